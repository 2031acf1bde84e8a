#pragma once
// The one symbol a plugin exports: plain C data that the host reads before any code of the plugin runs.

#include <cstddef>
#include <cstdint>

#include <signaling/plugin_api/config.hpp>

namespace signaling::plugin_api {

class Host;
class Plugin;

inline constexpr char manifest_symbol[] = "signaling_plugin_manifest";
inline constexpr char manifest_magic[8] = {'S', 'I', 'G', 'P', 'L', 'U', 'G', '1'};

/// Layout of the exported symbol. The fields up to `api_minor` never move; later ones are only appended, and `size` tells
/// how many there are. Texts are zero-terminated inside their arrays.
struct Manifest {
  char magic[8];
  std::uint32_t size;       ///< sizeof(Manifest) of the plugin's build
  std::uint16_t api_major;  ///< must equal the host's
  std::uint16_t api_minor;  ///< must not be newer than the host's
  char kind[16];            ///< adapter, middleware, application
  char name[64];            ///< equals the file's name without `.so`
  char version[32];
  char vendor[64];
  char capabilities[256];  ///< words separated by spaces
  char api_hash[65];       ///< SHA-256 of the public headers, hexadecimal: for messages and `--list-plugins`
  char toolchain[128];     ///< what must agree
  const ConfigKey* schema;
  std::uint32_t schema_size;
  /// May throw. Returns an object that implements the interface of `kind`: `Adapter*`, `Middleware*` or `Application*`,
  /// converted to `Plugin*`.
  Plugin* (*create)(Host& host);
  void (*destroy)(Plugin* plugin);
};

}  // namespace signaling::plugin_api
