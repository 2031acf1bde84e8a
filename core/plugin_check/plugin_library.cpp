#include "plugin_library.hpp"

#include <cstring>
#include <dlfcn.h>
#include <stdexcept>

namespace signaling::testing {

PluginLibrary::PluginLibrary(const std::string& path) {
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw std::runtime_error(dlerror());
  manifest_ = static_cast<const plugin_api::Manifest*>(dlsym(library, plugin_api::manifest_symbol));
  if (manifest_ == nullptr || std::memcmp(manifest_->magic, plugin_api::manifest_magic, sizeof manifest_->magic) != 0) {
    throw std::runtime_error(path + ": no plugin manifest");
  }
}

}  // namespace signaling::testing
