// Built for the next plugin API.
#include "handmade.hpp"

#undef SIGNALING_API_MAJOR
#define SIGNALING_API_MAJOR 2

namespace {
consteval signaling::plugin_api::Manifest bent(signaling::plugin_api::Manifest manifest) {
  manifest.api_major = 2;
  return manifest;
}
}  // namespace

HANDMADE_PLUGIN(bent);
