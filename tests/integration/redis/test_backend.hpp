#pragma once
// A backend on an io_context that the test turns by hand, and everything it has told.

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "redis_adapter/backend.hpp"

namespace signaling::redis_adapter {

struct Message {
  Partition partition;
  std::string channel;
  std::string payload;
  friend bool operator==(const Message&, const Message&) = default;
};

/// What a handler was told.
struct Told {
  Outcome outcome;
  std::string text;  ///< of the reply, or the reason
  long long integer;
};
std::ostream& operator<<(std::ostream& out, const Told& told);

class TestBackend final : public BackendObserver {
 public:
  explicit TestBackend(const BackendOptions& options);
  ~TestBackend();

  Backend& backend() { return *backend_; }
  Backend* operator->() { return backend_.get(); }
  void stop() { backend_->stop(); }

  /// Runs the loop until the condition holds; false when the time is over first.
  bool run_until(const std::function<bool()>& condition, std::chrono::milliseconds limit = std::chrono::seconds(10));
  void run_for(std::chrono::milliseconds time);
  bool wait_up(std::chrono::milliseconds limit = std::chrono::seconds(10));
  bool wait_down(std::chrono::milliseconds limit = std::chrono::seconds(10));

  /// One command, waited for.
  Told command(Partition partition, std::vector<std::string> args, std::chrono::milliseconds timeout = std::chrono::seconds(5));
  Told eval(Partition partition, const Script& script, std::vector<std::string> keys, std::vector<std::string> args);
  Told subscribe(Partition partition, const std::string& channel);
  Told publish(Partition partition, const std::string& channel, const std::string& payload);
  /// A handler that records; its result is at the index returned.
  ReplyHandler recorder();

  std::vector<Message> messages;
  std::vector<Told> told;              ///< by `recorder`
  std::vector<std::string> events;     ///< `up`, `up new`, `up moved`, `down`: one for each call
  std::map<Partition, int> up_counts;  ///< on_up minus on_down; 0 or 1
  std::vector<std::string> refusals;
  std::vector<std::string> log;
  std::string run_id;
  std::function<void()> on_up_hook;
  std::function<void(Partition)> on_down_hook;
  std::function<void(const Message&)> on_message_hook;

 private:
  void on_up(std::span<const Partition> partitions, const ServerIdentity& server) override;
  void on_down(std::span<const Partition> partitions, std::string_view reason) override;
  void on_message(Partition partition, std::string_view channel, std::string_view payload) override;
  void on_refused(std::string_view reason) override { refusals.emplace_back(reason); }
  void on_log(plugin_api::LogLevel, std::string_view text) override { log.emplace_back(text); }
  Told waited(std::size_t index);

  boost::asio::io_context io_;
  std::unique_ptr<Backend> backend_;
};

/// Options for addresses as a test has them; fails the test where they cannot be read.
BackendOptions options_for(const std::vector<std::string>& urls, TopologyKind topology = TopologyKind::single);

}  // namespace signaling::redis_adapter
