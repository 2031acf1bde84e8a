#include <utility>

#include <signaling/base/sid.hpp>
#include <signaling/server/session_router.hpp>

namespace signaling::server {

SessionRouter::SessionRouter(std::string engine_path, std::string node_tag, std::uint32_t loops)
    : engine_path_(std::move(engine_path)), node_tag_(std::move(node_tag)), loops_(loops) {}

std::uint32_t SessionRouter::loop_for(const engine::HttpRequest& request, std::uint32_t current) const {
  if (loops_ == 1 || !request.path.starts_with(engine_path_)) return current;
  std::string text;
  if (!request.query_value("sid", text)) return current;
  const std::optional<base::Sid> sid = base::Sid::parse(text);
  // An id of another node, or none at all: whoever has the connection answers.
  if (!sid || sid->node_tag() != node_tag_ || sid->loop() >= loops_) return current;
  return sid->loop();
}

}  // namespace signaling::server
