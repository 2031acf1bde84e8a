// The symbol is there and is no manifest.
#include "handmade.hpp"

namespace {
consteval signaling::plugin_api::Manifest bent(signaling::plugin_api::Manifest manifest) {
  manifest.magic[7] = '\x02';
  return manifest;
}
}  // namespace

HANDMADE_PLUGIN(bent);
