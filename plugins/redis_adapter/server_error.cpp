#include "server_error.hpp"

#include <charconv>

namespace signaling::redis_adapter {
namespace {

/// `MOVED <slot> <host>:<port>`, the same with ASK. The host may be an IPv6 address without brackets, or empty.
ServerError redirection(Remedy remedy, std::string_view text) {
  const ServerError malformed{};
  ServerError error{remedy};
  const auto first = text.find(' ');
  const auto second = text.find(' ', first + 1);
  const auto colon = text.rfind(':');
  if (first == std::string_view::npos || second == std::string_view::npos || colon == std::string_view::npos || colon < second)
    return malformed;
  const auto slot = text.substr(first + 1, second - first - 1);
  const auto port = text.substr(colon + 1);
  if (std::from_chars(slot.data(), slot.data() + slot.size(), error.slot).ec != std::errc{}) return malformed;
  if (std::from_chars(port.data(), port.data() + port.size(), error.address.port).ec != std::errc{}) return malformed;
  error.address.host = text.substr(second + 1, colon - second - 1);
  if (error.address.host == "?") error.address.host.clear();
  return error;
}

}  // namespace

ServerError classify_error(std::string_view text) {
  const auto code = text.substr(0, text.find(' '));
  if (code == "MOVED") return redirection(Remedy::moved, text);
  if (code == "ASK") return redirection(Remedy::ask, text);
  if (code == "NOSCRIPT") return {Remedy::no_script};
  if (code == "READONLY") return {Remedy::demoted};
  // MASTERDOWN: a replica that has lost its master; a client that speaks to one has missed the change of roles.
  if (code == "MASTERDOWN") return {Remedy::demoted};
  for (const std::string_view passing : {"TRYAGAIN", "CLUSTERDOWN", "LOADING", "BUSY", "NOREPLICAS"})
    if (code == passing) return {Remedy::try_later};
  // Before Redis 7 the error of a command within a script was wrapped: "ERR Error running script (call to f_…): … -READONLY …".
  if (code == "ERR" && text.find("unning script") != std::string_view::npos &&
      text.find("-READONLY ") != std::string_view::npos)
    return {Remedy::demoted};
  return {};
}

}  // namespace signaling::redis_adapter
