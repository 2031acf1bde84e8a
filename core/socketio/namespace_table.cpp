#include "namespace_table.hpp"

#include <algorithm>
#include <stdexcept>

namespace signaling::socketio {
namespace {

bool is_namespace_name(std::string_view name) {
  if (name.empty() || name.front() != '/' || name.size() > 256) return false;
  return std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c != ',' && c != '?' && c != 0x7f; });
}

}  // namespace

void NamespaceTable::claim(std::string_view name_or_pattern, const ApplicationBinding& application) {
  if (!is_namespace_name(name_or_pattern)) {
    throw std::runtime_error("plugin \"" + application.name + "\" claims \"" + std::string(name_or_pattern) +
                             "\", which is no namespace name: it must begin with '/' and hold no blanks, ',' or '?'");
  }
  const auto refuse_taken = [&](const ApplicationBinding& owner) {
    throw std::runtime_error("plugin \"" + application.name + "\" claims the namespace \"" + std::string(name_or_pattern) +
                             "\", which plugin \"" + owner.name + "\" already serves");
  };
  if (name_or_pattern.find('*') == std::string_view::npos) {
    const auto [at, is_new] = exact_.try_emplace(std::string(name_or_pattern), &application);
    if (!is_new) refuse_taken(*at->second);
    return;
  }
  for (const auto& [pattern, owner] : patterns_) {
    if (pattern == name_or_pattern) refuse_taken(*owner);
  }
  patterns_.emplace_back(name_or_pattern, &application);
}

const ApplicationBinding* NamespaceTable::find(std::string_view name) const {
  if (const auto found = exact_.find(name); found != exact_.end()) return found->second;
  if (patterns_.empty() || !is_namespace_name(name)) return nullptr;  // a client chose it: no control characters
  for (const auto& [pattern, owner] : patterns_) {
    if (matches_pattern(pattern, name)) return owner;
  }
  return nullptr;
}

}  // namespace signaling::socketio
