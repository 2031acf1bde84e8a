// Built with what does not fit this server; for another API and under another name as well.
#include "handmade.hpp"

#undef SIGNALING_TOOLCHAIN
#define SIGNALING_TOOLCHAIN "cpu=z80 bits=8 abi=itanium stdlib=libc++ sanitizer=none"

namespace {
consteval signaling::plugin_api::Manifest bent(signaling::plugin_api::Manifest manifest) {
  for (char& c : manifest.toolchain) c = 0;
  signaling::plugin_api::detail::copy_text(manifest.toolchain, "cpu=z80 bits=8 abi=itanium stdlib=libc++ sanitizer=none");
  return manifest;
}
}  // namespace

HANDMADE_PLUGIN(bent);
