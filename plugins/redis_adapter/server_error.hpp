#pragma once
// What an error reply of a server asks its client to do.

#include <cstdint>
#include <string_view>

#include "options.hpp"

namespace signaling::redis_adapter {

enum class Remedy : std::uint8_t {
  none,       ///< final: the caller has to know
  moved,      ///< the slot is served by `address` from now on
  ask,        ///< this command alone goes to `address`, after ASKING
  try_later,  ///< nothing was done, and it may work in a moment
  demoted,    ///< the server is no master any more
  no_script,  ///< EVAL in place of EVALSHA
};

struct ServerError {
  Remedy remedy = Remedy::none;
  std::uint32_t slot = 0;
  ServerAddress address = {};  ///< an empty host: the one that answered
};

/// @param text of the error reply, without the leading `-`. Pure.
ServerError classify_error(std::string_view text);

}  // namespace signaling::redis_adapter
