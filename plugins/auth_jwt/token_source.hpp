#pragma once
// Where in what a client sent its token stands.

#include <string>
#include <string_view>

#include <signaling/plugin_api/socket.hpp>

#include "options.hpp"

namespace signaling::auth_jwt {

/// Value of a cookie (RFC 6265 §5.4: `name=value; …`), quotes around it taken off; empty where there is none. Pure.
std::string_view find_cookie(std::string_view header, std::string_view name);
/// What follows `Bearer` (RFC 6750 §2.1); empty for other schemes. Pure.
std::string_view bearer_token(std::string_view authorization);

/// The token of the first source that has one; empty where none has. A source that has something else than text in its place
/// counts as having one that is no token.
std::string find_token(const plugin_api::Handshake& handshake, const Options& options);

/// The token in a JSON value: a string itself, or the member `key` of an object; as above.
std::string token_of(std::string_view json, std::string_view key);

}  // namespace signaling::auth_jwt
