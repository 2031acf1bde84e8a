#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include <signaling/plugin_api/basic_plugin.hpp>

namespace @name@ {

/// Keys of `[plugins.@name@]`.
inline constexpr signaling::plugin_api::ConfigKey schema[] = {
    {"max_text_bytes", signaling::plugin_api::KeyType::integer, "1000", 1, 100'000, nullptr, true, false, false,
     "longest text that one may say"},
};

/// Everybody in `/@name@` gets what one of them says.
class @Name@ final : public signaling::plugin_api::BasicApplication {
 public:
  explicit @Name@(signaling::plugin_api::Host& host) : host_(host) {}

  void start(const signaling::plugin_api::ConfigView& config, signaling::plugin_api::Problems& problems) override;
  void reload(const signaling::plugin_api::ConfigView& config, signaling::plugin_api::Problems& problems) override;
  void claim_namespaces(signaling::plugin_api::NamespaceClaims& claims) override { claims.claim("/@name@"); }
  void on_event(signaling::plugin_api::Socket& socket, const signaling::plugin_api::Event& event) override;

 private:
  signaling::plugin_api::Host& host_;
  signaling::plugin_api::Metric* said_ = nullptr;
  std::atomic<std::int64_t> max_text_bytes_{0};  ///< read by every event loop, written by a reload
};

}  // namespace @name@
