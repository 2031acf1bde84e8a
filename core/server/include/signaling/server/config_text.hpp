#pragma once
// The texts inside a configuration: environment references, durations, and guesses at misspelt keys. Pure.

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace signaling::server {

/// Value of an environment variable; nullopt where it is not set.
using Environment = std::function<std::optional<std::string>(std::string_view name)>;
/// That of the process.
Environment process_environment();

struct Expansion {
  std::string text;
  bool from_environment = false;  ///< at least one reference was replaced: the text may stand for a number or boolean
  std::string error;              ///< not empty: what is wrong with the references
};

/// Replaces `${NAME}` and `${NAME:-default}` (used where NAME is unset or empty, and expanded itself); `$${` gives `${`. Any
/// other `$` stays. NAME: letters, digits and `_`, no digit first.
Expansion expand_environment(std::string_view text, const Environment& environment);
/// Makes `expand_environment` give `text` back.
std::string escape_references(std::string_view text);

/// `25s`, `100ms`, `2m`, `1h`: whole number and unit, in milliseconds; nullopt where it is none or does not fit 64 bits.
std::optional<std::int64_t> parse_duration(std::string_view text) noexcept;
/// In the largest unit that divides it: `90s`, `1m`, `0s`.
std::string format_duration(std::int64_t milliseconds);

/// The candidate that `word` most likely was meant to be, or empty: few edits away (an exchange of neighbours is one), or
/// the same last part in another table.
std::string_view nearest_word(std::string_view word, std::span<const std::string_view> candidates);

/// `polling, websocket` out of `polling|websocket`.
std::string list_words(std::string_view words);
/// `word` is one of the words of `polling|websocket`.
bool is_listed(std::string_view word, std::string_view words) noexcept;

}  // namespace signaling::server
