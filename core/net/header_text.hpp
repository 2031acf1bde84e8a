#pragma once
// Pieces of HTTP header values: comma-separated lists, tokens, parameters (RFC 9110 section 5.6).

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace signaling::net {

std::string_view trim(std::string_view text) noexcept;
/// ASCII case does not matter.
bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept;
/// Takes the next element off the front of a list with that separator, trimmed; quoted strings are not looked into.
std::string_view take_element(std::string_view& list, char separator = ',') noexcept;
/// `token` is an element of the list.
bool list_contains(std::string_view list, std::string_view token) noexcept;

/// Adds a field name to the Vary header, which is made where there is none.
void add_vary(std::vector<std::pair<std::string, std::string>>& headers, std::string_view field);

}  // namespace signaling::net
