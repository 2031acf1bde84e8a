#pragma once
// Memory of finished objects that somebody might still call by mistake.

#include <array>
#include <cstddef>
#include <memory>
#include <mutex>

namespace signaling::base {

/// Keeps the last `size` objects, the oldest of which goes when one is added: a call that comes too late meets an object that
/// can tell. [any thread]
template <class Object, std::size_t size>
class Quarantine {
 public:
  void add(std::unique_ptr<Object> object) {
    const std::lock_guard lock(mutex_);
    objects_[next_].swap(object);
    next_ = (next_ + 1) % size;
  }

 private:
  std::mutex mutex_;  ///< guards what follows
  std::array<std::unique_ptr<Object>, size> objects_;
  std::size_t next_ = 0;
};

}  // namespace signaling::base
