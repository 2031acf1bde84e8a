#pragma once
// The report: one line a check, reasons under those that failed.

#include <iosfwd>
#include <string>
#include <vector>

#include "findings.hpp"

namespace signaling::plugin_check {

/// Line by line, as the results come; flushed after each.
void print_result(std::ostream& out, const CheckResult& result);
/// Last line: how many of which.
void print_summary(std::ostream& out, const std::vector<CheckResult>& results);
/// `{"plugin":…,"passed":bool,"checks":[{"name":…,"result":"passed|warned|failed|left out","milliseconds":n,"reasons":[…]}]}`
void print_json(std::ostream& out, const std::string& plugin, const std::vector<CheckResult>& results);
bool has_failed(const std::vector<CheckResult>& results);

}  // namespace signaling::plugin_check
