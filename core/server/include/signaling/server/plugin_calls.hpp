#pragma once
// Calls of the admin listener that plugins answer: POST /plugins/<plugin>/<path>.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <signaling/base/event_loop.hpp>
#include <signaling/engine/http_exchange.hpp>
#include <signaling/plugin_api/admin.hpp>
#include <signaling/socketio/hooks.hpp>

namespace signaling::server {

/// Carries a call from the admin listener's loop to a plugin's and its answer back.
///
/// Ownership: shared with calls under way, so that an answer that comes after the listener's end finds nothing and does no
/// harm.
class PluginCalls final : public std::enable_shared_from_this<PluginCalls> {
 public:
  /// Calls that wait for their answers; more get 503. After this time they get 504.
  static constexpr std::size_t max_waiting = 256;
  static constexpr std::chrono::seconds timeout{10};

  /// One call on its way; what is destroyed unanswered is answered with 503.
  class Call;
  /// Takes a call to its plugin. [admin loop], quick
  using Taker = std::function<void(std::unique_ptr<Call>)>;

  /// Gets what plugins do against the rules; may be nullptr.
  explicit PluginCalls(socketio::HookObserver* hooks = nullptr);
  ~PluginCalls();
  PluginCalls(const PluginCalls&) = delete;
  PluginCalls& operator=(const PluginCalls&) = delete;

  /// [any thread]
  void add(const std::string& plugin, std::uint32_t number, Taker taker);
  void remove(const std::string& plugin);

  /// The loop of the admin listener, once before it takes calls; nullptr once it runs no more.
  void set_loop(base::EventLoop* loop);
  /// `rest` is what follows `/plugins/`; 404 where nobody serves that. [admin loop]
  void call(engine::HttpExchange& exchange, std::string_view rest);

 private:
  class Waiting;
  struct State;
  std::unique_ptr<State> state_;
  socketio::HookObserver* const hooks_;
};

class PluginCalls::Call final : public plugin_api::AdminReply {
 public:
  Call(std::shared_ptr<PluginCalls> calls, std::uint64_t number, const engine::HttpRequest& request, std::string_view path,
       std::uint32_t plugin)
      : path_(path),
        query_(request.query),
        body_(request.body),
        calls_(std::move(calls)),
        number_(number),
        plugin_(plugin),
        hooks_(calls_->hooks_) {}
  ~Call();

  /// True once it has been answered and is gone.
  std::shared_ptr<const std::atomic<bool>> is_answered() const noexcept { return is_answered_; }
  plugin_api::AdminRequest request() const noexcept { return {path_, query_, body_}; }
  /// Ends the plugin's right to this object, which is kept for a while, so that a second answer is noticed.
  void answer(unsigned status, std::string_view json) override;

 private:
  const std::shared_ptr<std::atomic<bool>> is_answered_ = std::make_shared<std::atomic<bool>>(false);
  void send(unsigned status, std::string_view json);

  std::string path_;
  std::string query_;
  std::string body_;
  std::shared_ptr<PluginCalls> calls_;
  std::uint64_t number_;
  const std::uint32_t plugin_;
  socketio::HookObserver* const hooks_;
};

}  // namespace signaling::server
