#include <signaling/protocol/placeholder.hpp>

#include "placeholder_scanner.hpp"

namespace signaling::protocol {
boost::system::result<void, PacketError> check_placeholders(std::string_view json, std::uint32_t count) {
  for (const detail::Placeholder& placeholder : detail::find_placeholders(json)) {
    if (!placeholder.number || *placeholder.number >= count) return PacketError::bad_placeholder;
  }
  return {};
}

}  // namespace signaling::protocol
