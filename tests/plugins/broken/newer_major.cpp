// Built for the next plugin API.
#include "handmade.hpp"

#undef SIGNALING_API_MAJOR
#undef SIGNALING_API_MINOR
#define SIGNALING_API_MAJOR 2
#define SIGNALING_API_MINOR 0

namespace {
consteval signaling::plugin_api::Manifest bent(signaling::plugin_api::Manifest manifest) {
  manifest.api_major = 2;
  manifest.api_minor = 0;
  return manifest;
}
}  // namespace

HANDMADE_PLUGIN(bent);
