#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <map>

#include <signaling/server/manifest_check.hpp>

namespace signaling::server {

namespace {

using plugin_api::Manifest;

void differ(ManifestVerdict& verdict, PluginError error, std::string text) {
  if (!verdict.error) verdict.error = error;
  verdict.differences.push_back(std::move(text));
}

std::string in_quotes(std::string_view text) { return "\"" + std::string(text) + "\""; }

/// Printable, whatever the bytes are.
std::string escaped(const char* bytes, std::size_t size) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < size; ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    if (byte >= 0x20 && byte < 0x7f) {
      text.push_back(bytes[i]);
    } else {
      text.append("\\x").append({digits[byte >> 4U], digits[byte & 15U]});
    }
  }
  return text;
}

template <std::size_t size>
bool is_terminated(const char (&text)[size]) {
  return std::memchr(text, 0, size) != nullptr;
}

std::map<std::string_view, std::string_view> toolchain_words(std::string_view text) {
  std::map<std::string_view, std::string_view> words;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    const std::size_t equals = word.find('=');
    if (word.empty()) continue;
    words[word.substr(0, equals)] = equals == std::string_view::npos ? std::string_view{} : word.substr(equals + 1);
  }
  return words;
}

void compare_version(unsigned major, unsigned minor, const ManifestExpectation& expected, ManifestVerdict& verdict) {
  const std::string found = std::to_string(major) + "." + std::to_string(minor);
  const std::string own = std::to_string(expected.api_major) + "." + std::to_string(expected.api_minor);
  if (major != expected.api_major) {
    differ(verdict, PluginError::api_version,
           "plugin API version: built for " + found + ", this server has " + own + " (the major must be the same)");
  } else if (minor > expected.api_minor) {
    differ(verdict, PluginError::api_version,
           "plugin API version: built for " + found + ", this server has " + own + " (the plugin must not be newer)");
  }
}

void compare_toolchain(std::string_view found, const ManifestExpectation& expected, ManifestVerdict& verdict) {
  const auto have = toolchain_words(found);
  const auto want = toolchain_words(expected.toolchain);
  const auto value = [](const auto& words, std::string_view key) {
    const auto at = words.find(key);
    return at == words.end() ? std::string_view("unknown") : at->second;
  };
  for (const auto& [key, wanted] : want) {
    if (value(have, key) == wanted) continue;
    differ(verdict, PluginError::toolchain,
           "toolchain, " + std::string(key) + ": built for " + std::string(value(have, key)) + ", this server has " +
               std::string(wanted));
  }
  for (const auto& [key, had] : have) {
    if (want.contains(key)) continue;
    differ(verdict, PluginError::toolchain,
           "toolchain, " + std::string(key) + ": built for " + std::string(had) + ", this server does not know it");
  }
}

bool has_ended_texts(const Manifest& manifest) {
  return is_terminated(manifest.kind) && is_terminated(manifest.name) && is_terminated(manifest.version) &&
         is_terminated(manifest.vendor) && is_terminated(manifest.capabilities) && is_terminated(manifest.api_hash) &&
         is_terminated(manifest.toolchain);
}

}  // namespace

ManifestVerdict check_manifest(const Manifest& manifest, const ManifestExpectation& expected) {
  ManifestVerdict verdict;
  if (std::memcmp(manifest.magic, plugin_api::manifest_magic, sizeof(manifest.magic)) != 0) {
    differ(verdict, PluginError::bad_manifest,
           "magic of the manifest: found \"" + escaped(manifest.magic, sizeof(manifest.magic)) + "\", expected \"" +
               escaped(plugin_api::manifest_magic, sizeof(plugin_api::manifest_magic)) + "\"");
    return verdict;
  }
  compare_version(manifest.api_major, manifest.api_minor, expected, verdict);
  // Of another major, only what stands before `api_minor` is certain: the rest is compared where it looks as ours does.
  const bool is_whole = manifest.size >= sizeof(Manifest);
  if (!is_whole || !has_ended_texts(manifest)) {
    if (verdict.error) return verdict;
    differ(verdict, PluginError::bad_manifest,
           is_whole ? "texts of the manifest: one of them has no end"
                    : "size of the manifest: found " + std::to_string(manifest.size) + " bytes, expected at least " +
                          std::to_string(sizeof(Manifest)));
    return verdict;
  }
  compare_toolchain(manifest_text(manifest.toolchain), expected, verdict);
  if (!expected.kind.empty() && manifest_text(manifest.kind) != expected.kind) {
    differ(verdict, PluginError::identity,
           "kind: it is " + in_quotes(manifest_text(manifest.kind)) + ", the configuration uses it as " +
               in_quotes(expected.kind));
  }
  if (!expected.name.empty() && manifest_text(manifest.name) != expected.name) {
    differ(verdict, PluginError::identity,
           "name: it calls itself " + in_quotes(manifest_text(manifest.name)) + ", its file says " + in_quotes(expected.name));
  }
  return verdict;
}

ManifestVerdict check_versions(std::string_view api, std::string_view toolchain, const ManifestExpectation& expected) {
  ManifestVerdict verdict;
  unsigned major = 0;
  unsigned minor = 0;
  const char* const end = api.data() + api.size();
  const auto first = std::from_chars(api.data(), end, major);
  const bool has_dot = first.ec == std::errc{} && first.ptr != end && *first.ptr == '.';
  const auto second = has_dot ? std::from_chars(first.ptr + 1, end, minor) : first;
  if (!has_dot || second.ec != std::errc{} || second.ptr != end) {
    differ(verdict, PluginError::api_version, "plugin API version: " + in_quotes(api) + " is none");
  } else {
    compare_version(major, minor, expected, verdict);
  }
  compare_toolchain(toolchain, expected, verdict);
  return verdict;
}

}  // namespace signaling::server
