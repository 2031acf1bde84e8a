// Differs in everything at once: all of it must be told.
#include "handmade.hpp"

namespace {
consteval signaling::plugin_api::Manifest bent(signaling::plugin_api::Manifest manifest) {
  manifest.api_minor = 7;
  for (char& c : manifest.toolchain) c = 0;
  signaling::plugin_api::detail::copy_text(manifest.toolchain, "cpu=z80 bits=8 abi=itanium stdlib=libc++ sanitizer=none");
  manifest.kind[0] = 'A';
  manifest.name[0] = 'b';
  return manifest;
}
}  // namespace

HANDMADE_PLUGIN(bent);
