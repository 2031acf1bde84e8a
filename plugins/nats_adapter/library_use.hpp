#pragma once
// The client library as a whole, which has threads of its own for as long as it is open.

namespace signaling::nats_adapter {

/// Keeps the library open; with the last one it is closed, and its threads end: a plugin leaves none behind. Made before the
/// first object of the library, destroyed after the last, which waits for at most a second. [any thread] but the library's own
class LibraryUse {
 public:
  /// @throws std::runtime_error where the library cannot be opened.
  LibraryUse();
  ~LibraryUse();
  LibraryUse(const LibraryUse&) = delete;
  LibraryUse& operator=(const LibraryUse&) = delete;
};

}  // namespace signaling::nats_adapter
