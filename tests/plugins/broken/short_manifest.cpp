// Says that it is smaller than the first version was.
#include "handmade.hpp"

namespace {
consteval signaling::plugin_api::Manifest bent(signaling::plugin_api::Manifest manifest) {
  manifest.size = 64;
  return manifest;
}
}  // namespace

HANDMADE_PLUGIN(bent);
