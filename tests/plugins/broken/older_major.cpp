// Built for the plugin API before this one.
#include "handmade.hpp"

#undef SIGNALING_API_MAJOR
#undef SIGNALING_API_MINOR
#define SIGNALING_API_MAJOR 0
#define SIGNALING_API_MINOR 9

namespace {
consteval signaling::plugin_api::Manifest bent(signaling::plugin_api::Manifest manifest) {
  manifest.api_major = 0;
  manifest.api_minor = 9;
  return manifest;
}
}  // namespace

HANDMADE_PLUGIN(bent);
