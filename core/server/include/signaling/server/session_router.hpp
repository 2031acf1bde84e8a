#pragma once
// Which event loop a request belongs to.

#include <cstdint>
#include <string>

#include <signaling/net/http_service.hpp>

namespace signaling::server {

/// A request that names a session of this node belongs to the loop whose number is in the id. Constant; any loop.
class SessionRouter final : public net::ConnectionRouter {
 public:
  /// @param engine_path  with `/` at the end
  /// @param node_tag     the 4 characters that ids of this node begin with
  SessionRouter(std::string engine_path, std::string node_tag, std::uint32_t loops);
  std::uint32_t loop_for(const engine::HttpRequest& request, std::uint32_t current) const override;

 private:
  std::string engine_path_;
  std::string node_tag_;
  std::uint32_t loops_;
};

}  // namespace signaling::server
