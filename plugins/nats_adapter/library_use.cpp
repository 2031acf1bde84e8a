#include "library_use.hpp"

#include <cstdint>
#include <mutex>
#include <nats/nats.h>
#include <stdexcept>
#include <string>

namespace signaling::nats_adapter {
namespace {

constexpr std::int64_t close_wait_ms = 1'000;
/// The library must not be opened and closed at the same time.
std::mutex mutex;
int uses = 0;  ///< guarded by mutex

}  // namespace

LibraryUse::LibraryUse() {
  const std::lock_guard lock(mutex);
  if (uses == 0) {
    if (const natsStatus status = nats_Open(-1); status != NATS_OK)
      throw std::runtime_error(std::string("the client library of NATS cannot be opened: ") + natsStatus_GetText(status));
  }
  ++uses;
}

LibraryUse::~LibraryUse() {
  const std::lock_guard lock(mutex);
  if (--uses == 0) nats_CloseAndWait(close_wait_ms);
}

}  // namespace signaling::nats_adapter
