#include "report.hpp"

#include <algorithm>
#include <iomanip>
#include <ostream>

#include <signaling/protocol/json_text.hpp>

namespace signaling::plugin_check {

namespace {

const char* word(CheckState state) {
  switch (state) {
    case CheckState::passed: return "passed";
    case CheckState::warned: return "warned";
    case CheckState::failed: return "failed";
    case CheckState::left_out: break;
  }
  return "left out";
}

std::string quoted(const std::string& text) {
  std::string json;
  protocol::append_json_string(text, json);
  return json;
}

std::ptrdiff_t count(const std::vector<CheckResult>& results, CheckState state) {
  return std::count_if(results.begin(), results.end(), [state](const CheckResult& result) { return result.state == state; });
}

}  // namespace

void print_result(std::ostream& out, const CheckResult& result) {
  out << std::left << std::setw(9) << word(result.state) << result.name;
  if (result.milliseconds >= 1000)
    out << " (" << result.milliseconds / 1000 << '.' << result.milliseconds % 1000 / 100 << " s)";
  out << '\n';
  for (const std::string& reason : result.reasons) {
    out << "           ";
    for (const char c : reason) {
      out << c;
      if (c == '\n') out << "           ";
    }
    out << '\n';
  }
  out.flush();
}

void print_summary(std::ostream& out, const std::vector<CheckResult>& results) {
  out << count(results, CheckState::passed) << " passed, " << count(results, CheckState::warned) << " warned, "
      << count(results, CheckState::failed) << " failed, " << count(results, CheckState::left_out) << " left out" << std::endl;
}

void print_json(std::ostream& out, const std::string& plugin, const std::vector<CheckResult>& results) {
  out << "{\"plugin\":" << quoted(plugin) << ",\"passed\":" << (has_failed(results) ? "false" : "true") << ",\"checks\":[";
  for (std::size_t i = 0; i < results.size(); ++i) {
    const CheckResult& result = results[i];
    out << (i == 0 ? "\n" : ",\n") << "{\"name\":" << quoted(result.name) << ",\"result\":\"" << word(result.state)
        << "\",\"milliseconds\":" << result.milliseconds << ",\"reasons\":[";
    for (std::size_t j = 0; j < result.reasons.size(); ++j) out << (j == 0 ? "" : ",") << quoted(result.reasons[j]);
    out << "]}";
  }
  out << "\n]}" << std::endl;
}

bool has_failed(const std::vector<CheckResult>& results) { return count(results, CheckState::failed) > 0; }

}  // namespace signaling::plugin_check
