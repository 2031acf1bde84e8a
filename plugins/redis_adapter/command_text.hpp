#pragma once
// Commands as the bytes that a server reads, through hiredis' formatter.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "script.hpp"

namespace signaling::redis_adapter {

std::string command_text(std::span<const std::string_view> args);
std::string command_text(std::initializer_list<std::string_view> args);

/// EVALSHA of a script, that can be made the EVAL of the same.
std::string evalsha_text(const Script& script, std::span<const std::string_view> keys, std::span<const std::string_view> args);
/// @param evalsha made by `evalsha_text` for that script.
std::string eval_text(std::string_view evalsha, const Script& script);

}  // namespace signaling::redis_adapter
