#pragma once
// Plugins whose manifest is bent after it was made right. Such a library must be refused before any of its code runs, so that
// each also carries a constructor that ends the process.

#include <cstdlib>

#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/plugin_main.hpp>

namespace {

class Nothing final : public signaling::plugin_api::BasicApplication {
 public:
  void claim_namespaces(signaling::plugin_api::NamespaceClaims&) override {}
};

[[gnu::constructor]] void code_of_a_refused_plugin_runs() { std::abort(); }

consteval signaling::plugin_api::Manifest good_manifest() {
  return signaling::plugin_api::detail::make_manifest<Nothing>(
      {SIGNALING_PLUGIN_KIND, SIGNALING_PLUGIN_NAME, SIGNALING_PLUGIN_VERSION, SIGNALING_PLUGIN_VENDOR,
       SIGNALING_PLUGIN_CAPABILITIES},
      signaling::plugin_api::no_schema);
}

}  // namespace

/// `change` is a consteval function from Manifest to Manifest.
#define HANDMADE_PLUGIN(change)                                                                        \
  constinit const signaling::plugin_api::Manifest signaling_plugin_manifest = change(good_manifest()); \
  SIGNALING_RETAIN static const char signaling_plugin_manifest_file[] = SIGNALING_PLUGIN_MANIFEST_FILE
