#include <algorithm>
#include <fstream>
#include <sstream>

#include <signaling/server/manifest_check.hpp>
#include <signaling/server/plugin_file.hpp>

#include "checks.hpp"

namespace signaling::plugin_check {

namespace {

std::vector<std::string> sorted_words(std::string_view text) {
  std::istringstream stream{std::string(text)};
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  std::sort(words.begin(), words.end());
  return words;
}

std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text.empty() ? "none" : text;
}

bool is_name(std::string_view text) {
  return !text.empty() && text.front() >= 'a' && text.front() <= 'z' &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == text.npos;
}

}  // namespace

CheckResult check_manifest(const Options& options, plugin_api::Manifest& manifest) {
  CheckResult result{"manifest", CheckState::passed, {}, 0};
  std::vector<std::string> warnings;
  const server::ManifestRead read = server::read_manifest(options.plugin);
  manifest = read.manifest;
  if (!read.error.empty()) {
    result.reasons.push_back(read.error);
  } else {
    server::ManifestExpectation expected;
    const std::string name = server::plugin_name(options.plugin);
    expected.name = name;
    result.reasons = server::check_manifest(manifest, expected).differences;
  }
  if (result.reasons.empty()) {
    const std::string_view kind = server::manifest_text(manifest.kind);
    if (kind != "adapter" && kind != "middleware" && kind != "application")
      result.reasons.push_back("kind: \"" + std::string(kind) + "\", must be adapter, middleware or application");
    if (!is_name(server::manifest_text(manifest.name)))
      result.reasons.push_back("name: a-z, 0-9 and _ alone, a letter first: it is a file and a TOML key");
    if (server::manifest_text(manifest.version).empty()) warnings.push_back("version: none");
    const auto has = sorted_words(server::manifest_text(manifest.capabilities));
    if (options.capabilities) {
      auto wanted = *options.capabilities;
      std::sort(wanted.begin(), wanted.end());
      if (wanted != has) result.reasons.push_back("capabilities: " + listed(has) + "; --capabilities says: " + listed(wanted));
    }
    for (const std::string& word : has) {
      if (kind == "adapter" && word != "cluster" && word != "history" && word != "counters")
        warnings.push_back("capability " + word + ": this version knows cluster, history and counters");
    }
    const std::string_view hash = server::manifest_text(manifest.api_hash);
    if (hash.size() != 64 || hash.find_first_not_of("0123456789abcdef") != hash.npos)
      result.reasons.push_back("api_hash: no SHA-256 in hexadecimal");
    const std::string json = options.plugin.substr(0, options.plugin.rfind('.')) + ".json";
    if (!std::ifstream(json)) warnings.push_back("no " + json + " beside it, which `signaling-server --list-plugins` reads");
  }
  if (!result.reasons.empty()) {
    result.state = CheckState::failed;
  } else if (!warnings.empty()) {
    result.state = CheckState::warned;
  }
  result.reasons.insert(result.reasons.end(), warnings.begin(), warnings.end());
  return result;
}

}  // namespace signaling::plugin_check
