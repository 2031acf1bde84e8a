#include <cstddef>
#include <stdexcept>

#include <signaling/plugin_api/placeholders.hpp>
#include <signaling/protocol/json_text.hpp>
#include <signaling/test_kit/received.hpp>

namespace signaling::testing {

using plugin_api::Bytes;
using plugin_api::Payload;

namespace {
constexpr std::uint32_t max_json_depth = 64;  // the server's default
}

Received receive(const Payload& payload) {
  Received received;
  for (const std::string_view piece : payload.text) received.text += piece;
  for (const Bytes& bytes : payload.attachments) {
    received.attachments.emplace_back(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  const std::size_t begin = received.text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos || received.text[begin] != '[' || !protocol::is_json(received.text, max_json_depth)) {
    throw std::logic_error("not a JSON array: " + received.text);
  }
  plugin_api::json::PlaceholderRewriter rewriter;
  rewriter.rewrite(received.text, payload.attachments);
  if (rewriter.attachments().size() != payload.attachments.size()) {
    throw std::logic_error("an attachment is not named: " + received.text);
  }
  return received;
}

}  // namespace signaling::testing
