// Built for a later version of the same plugin API.
#include "handmade.hpp"

#undef SIGNALING_API_MINOR
#define SIGNALING_API_MINOR 200

namespace {
consteval signaling::plugin_api::Manifest bent(signaling::plugin_api::Manifest manifest) {
  manifest.api_minor = 200;
  return manifest;
}
}  // namespace

HANDMADE_PLUGIN(bent);
