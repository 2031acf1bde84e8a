#pragma once
// Included by exactly one source of a plugin: `SIGNALING_PLUGIN(Class, schema)` makes the library a plugin.

#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>

#include <signaling/plugin_api/adapter.hpp>
#include <signaling/plugin_api/api_hash.hpp>
#include <signaling/plugin_api/application.hpp>
#include <signaling/plugin_api/config.hpp>
#include <signaling/plugin_api/host.hpp>
#include <signaling/plugin_api/manifest.hpp>
#include <signaling/plugin_api/middleware.hpp>
#include <signaling/plugin_api/plugin.hpp>
#include <signaling/plugin_api/version.hpp>

namespace signaling::plugin_api {

/// For a plugin whose table takes no keys: `SIGNALING_PLUGIN(Class, signaling::plugin_api::no_schema)`.
inline constexpr std::span<const ConfigKey> no_schema{};

namespace detail {

/// Does not compile where the text and its zero do not fit.
template <std::size_t size>
consteval void copy_text(char (&target)[size], std::string_view text) {
  if (text.size() >= size) throw "signaling: this text of the plugin's manifest is too long";
  for (std::size_t i = 0; i < text.size(); ++i) target[i] = text[i];
}

/// Passes on what the constructor throws: the host turns it into its message.
template <class Class>
Plugin* create(Host& host) {
  if constexpr (std::is_constructible_v<Class, Host&>) {
    return new Class(host);
  } else {
    static_cast<void>(host);
    return new Class();
  }
}

template <class Class>
void destroy(Plugin* plugin) {
  delete static_cast<Class*>(plugin);
}

struct ManifestTexts {
  std::string_view kind;
  std::string_view name;
  std::string_view version;
  std::string_view vendor;
  std::string_view capabilities;
};

template <class Class>
consteval Manifest make_manifest(const ManifestTexts& texts, std::span<const ConfigKey> schema) {
  static_assert(std::is_constructible_v<Class, Host&> || std::is_default_constructible_v<Class>,
                "signaling: a plugin's class is made from a Host& or from nothing");
  Manifest manifest{};
  for (std::size_t i = 0; i < sizeof(manifest_magic); ++i) manifest.magic[i] = manifest_magic[i];
  manifest.size = sizeof(Manifest);
  manifest.api_major = api_major;
  manifest.api_minor = api_minor;
  copy_text(manifest.kind, texts.kind);
  copy_text(manifest.name, texts.name);
  copy_text(manifest.version, texts.version);
  copy_text(manifest.vendor, texts.vendor);
  copy_text(manifest.capabilities, texts.capabilities);
  copy_text(manifest.api_hash, api_hash);
  copy_text(manifest.toolchain, toolchain);
  manifest.schema = schema.data();
  manifest.schema_size = static_cast<std::uint32_t>(schema.size());
  manifest.create = &create<Class>;
  manifest.destroy = &destroy<Class>;
  return manifest;
}

}  // namespace detail
}  // namespace signaling::plugin_api

/// Exported whatever the library's default visibility is. The host reads it from the file before it loads the library.
extern "C" {
extern __attribute__((visibility("default"))) const signaling::plugin_api::Manifest signaling_plugin_manifest;
}

#define SIGNALING_STRINGIZE_EXPANDED(text) #text
#define SIGNALING_STRINGIZE(text) SIGNALING_STRINGIZE_EXPANDED(text)

/// What the build copies into `<name>.json`: it reads the text out of the library's bytes and runs nothing of it.
#define SIGNALING_PLUGIN_MANIFEST_FILE                                                                                     \
  "{\"signaling_plugin\":1"                                                                                                \
  ",\"name\":\"" SIGNALING_PLUGIN_NAME "\",\"kind\":\"" SIGNALING_PLUGIN_KIND "\",\"version\":\"" SIGNALING_PLUGIN_VERSION \
  "\",\"vendor\":\"" SIGNALING_PLUGIN_VENDOR "\",\"capabilities\":\"" SIGNALING_PLUGIN_CAPABILITIES                        \
  "\",\"api\":\"" SIGNALING_STRINGIZE(SIGNALING_API_MAJOR) "." SIGNALING_STRINGIZE(                                        \
      SIGNALING_API_MINOR) "\",\"api_hash\":\"" SIGNALING_API_HASH "\",\"toolchain\":\"" SIGNALING_TOOLCHAIN "\"}"

#if defined(__has_attribute)
#if __has_attribute(retain)
#define SIGNALING_RETAIN __attribute__((used, retain))
#endif
#endif
#if !defined(SIGNALING_RETAIN)
#define SIGNALING_RETAIN __attribute__((used))
#endif

/// At global scope, once in the library. `Class` implements the interface of the plugin's KIND and is constructible from
/// `Host&` or from nothing; the second argument is a static array of `ConfigKey`, or `signaling::plugin_api::no_schema`.
/// The texts come from `signaling_add_plugin`.
#define SIGNALING_PLUGIN(Class, ...)                                                                        \
  static_assert(std::is_base_of_v<::signaling::plugin_api::SIGNALING_PLUGIN_INTERFACE, Class>,              \
                "signaling: KIND " SIGNALING_PLUGIN_KIND                                                    \
                " of signaling_add_plugin wants a class derived from "                                      \
                "signaling::plugin_api::" SIGNALING_STRINGIZE(SIGNALING_PLUGIN_INTERFACE));                 \
  constinit const ::signaling::plugin_api::Manifest signaling_plugin_manifest =                             \
      ::signaling::plugin_api::detail::make_manifest<Class>(                                                \
          {SIGNALING_PLUGIN_KIND, SIGNALING_PLUGIN_NAME, SIGNALING_PLUGIN_VERSION, SIGNALING_PLUGIN_VENDOR, \
           SIGNALING_PLUGIN_CAPABILITIES},                                                                  \
          __VA_ARGS__);                                                                                     \
  SIGNALING_RETAIN static const char signaling_plugin_manifest_file[] = SIGNALING_PLUGIN_MANIFEST_FILE
