#pragma once
// The checks, in the order they are made.

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include <signaling/plugin_api/manifest.hpp>

#include "findings.hpp"
#include "options.hpp"

namespace signaling::plugin_check {

struct Check {
  std::string name;
  std::chrono::seconds limit;
  std::function<void(Findings&)> run;
  std::string left_out;  ///< not empty: why it is not made
};

/// `load`, `exports`, `schema`, `configuration`: what has to be well before anything of the plugin is run.
std::vector<Check> library_checks(const Options& options);
/// `life.*`
std::vector<Check> life_checks(const Options& options);
/// `contract.*`: GoogleTest's tests of this program that are for plugins of the manifest's kind and capabilities.
std::vector<Check> contract_checks(const Options& options, const plugin_api::Manifest& manifest);

/// `manifest`, made in this process: it runs no code of the plugin.
CheckResult check_manifest(const Options& options, plugin_api::Manifest& manifest);

}  // namespace signaling::plugin_check
