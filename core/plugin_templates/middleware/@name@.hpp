#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include <signaling/plugin_api/basic_plugin.hpp>

namespace @name@ {

/// Keys of `[plugins.@name@]`.
inline constexpr signaling::plugin_api::ConfigKey schema[] = {
    {"closed", signaling::plugin_api::KeyType::boolean, "false", 0, 0, nullptr, true, false, false,
     "nobody new is let in; who is there stays"},
    {"message", signaling::plugin_api::KeyType::string, "\"closed for maintenance\"", 1, 200, nullptr, false, false, false,
     "what those are told who are not let in"},
};

/// Lets clients in, or nobody while the node is closed.
class @Name@ final : public signaling::plugin_api::BasicMiddleware {
 public:
  explicit @Name@(signaling::plugin_api::Host& host) : host_(host) {}

  void start(const signaling::plugin_api::ConfigView& config, signaling::plugin_api::Problems& problems) override;
  void reload(const signaling::plugin_api::ConfigView& config, signaling::plugin_api::Problems& problems) override;
  std::uint32_t hooks() const override { return signaling::plugin_api::hook_handshake; }
  void on_handshake(const signaling::plugin_api::Handshake& handshake, signaling::plugin_api::Verdict& verdict) override;

 private:
  signaling::plugin_api::Host& host_;
  signaling::plugin_api::Metric* refused_ = nullptr;
  std::string message_;
  std::atomic<bool> is_closed_{false};  ///< read by every event loop, written by a reload
};

}  // namespace @name@
