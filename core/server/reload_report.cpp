#include <algorithm>
#include <string_view>

#include <signaling/protocol/json_text.hpp>
#include <signaling/server/reload_report.hpp>

namespace signaling::server {

namespace {

void append_field(std::string& out, std::string_view name, std::string_view value) {
  protocol::append_json_string(name, out);
  out += ':';
  protocol::append_json_string(value, out);
}

void append_texts(std::string& out, std::string_view name, const std::vector<std::string>& texts) {
  protocol::append_json_string(name, out);
  out += ":[";
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (i != 0) out += ',';
    protocol::append_json_string(texts[i], out);
  }
  out += ']';
}

void append_changes(std::string& out, std::string_view name, const std::vector<ConfigChange>& changes, bool needs_restart) {
  protocol::append_json_string(name, out);
  out += ":[";
  bool is_first = true;
  for (const ConfigChange& change : changes) {
    if (change.needs_restart != needs_restart) continue;
    out += is_first ? "{" : ",{";
    is_first = false;
    append_field(out, "key", change.key);
    out += ',';
    append_field(out, "old", change.before);
    out += ',';
    append_field(out, "new", change.after);
    out += '}';
  }
  out += ']';
}

}  // namespace

std::string ConfigChange::text() const { return key + ": " + before + " -> " + after; }

std::string ReloadReport::json() const {
  std::string out = "{";
  append_field(out, "status", is_refused() ? "refused" : "reloaded");
  out += ',';
  if (is_refused()) {
    append_texts(out, "problems", problems);
  } else {
    append_changes(out, "changed", changes, false);
    out += ',';
    append_changes(out, "needs_restart", changes, true);
    out += ',';
    append_texts(out, "notes", notes);
  }
  return out += "}\n";
}

void ReloadReport::log(spdlog::logger& log, std::string_view file) const {
  for (const std::string& problem : problems) log.error("{}", problem);
  for (const ConfigChange& change : changes)
    log.log(change.needs_restart ? spdlog::level::warn : spdlog::level::info, "{}{}", change.text(),
            change.needs_restart ? " needs a restart" : "");
  for (const std::string& note : notes) log.info("{}", note);
  if (is_refused()) {
    log.error("not reloaded: {} problem{}; what was in force stays in force", problems.size(), problems.size() == 1 ? "" : "s");
    return;
  }
  const auto restarts =
      std::count_if(changes.begin(), changes.end(), [](const ConfigChange& change) { return change.needs_restart; });
  log.info("reloaded {}: {} changed, {} need a restart", file, changes.size() - static_cast<std::size_t>(restarts), restarts);
}

}  // namespace signaling::server
