#pragma once
// What of the suite an adapter has to pass, decided before anything runs: no test skips itself.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "plugin_library.hpp"

namespace signaling::testing {

/// Throws std::runtime_error unless the manifest has exactly these words (separated by commas): one that got lost, and one
/// that nobody knows to be tested, are mistakes.
void check_capabilities(const PluginLibrary& library, std::string_view expected);

/// Takes the suites of capabilities that the manifest lacks out of GoogleTest's filter, and prints which and why.
void leave_out_suites(const PluginLibrary& library);

/// How many items of a topic the adapter keeps: `named` on the command line, else the table's `history_max_items`; 0 without
/// a history. Throws std::runtime_error where neither tells.
std::size_t history_bound(const PluginLibrary& library, const std::string& toml, std::optional<std::size_t> named);

}  // namespace signaling::testing
