#include "cluster_message.hpp"

namespace signaling::socketio::cluster {

Known read_kind(Reader& reader, Kind& kind) {
  std::uint8_t version = 0;
  std::uint8_t number = 0;
  reader(version, number);
  if (version != message_version) return Known::version;
  if (number == 0 || number > kind_count) return Known::kind;
  kind = static_cast<Kind>(number);
  return Known::yes;
}

plugin_api::Status status_of(std::uint8_t wire) noexcept {
  return wire <= static_cast<std::uint8_t>(plugin_api::Status::closed) ? static_cast<plugin_api::Status>(wire)
                                                                       : plugin_api::Status::timeout;
}

}  // namespace signaling::socketio::cluster
