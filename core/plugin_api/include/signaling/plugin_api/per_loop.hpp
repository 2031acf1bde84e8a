#pragma once
// State that each event loop has for itself, so that nothing has to be locked.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include <signaling/plugin_api/host.hpp>
#include <signaling/plugin_api/post.hpp>
#include <signaling/plugin_api/socket.hpp>

namespace signaling::plugin_api {

/// One `T` for each loop, on cache lines of its own; it stays where it is.
///
///     PerLoop<Rooms> rooms(host, [&](std::uint32_t) { return Rooms(limits); });   // in `start`
///     rooms.of(socket).join(socket);                                              // in a hook
///     rooms.on_each([limits](Rooms& each) { each.set_limits(limits); });          // in `reload`
///
/// Made and destroyed [startup]; a `T` is for its own loop alone, or for the thread of the life cycle while no loop runs.
template <class T>
class PerLoop {
 public:
  PerLoop() = default;
  /// `make(std::uint32_t loop)` gives a `T`, which need not be movable. Without it, `T()`.
  template <class Make>
  PerLoop(Host& host, Make make) : host_(&host) {
    slots_.reserve(host.loop_count());
    for (std::uint32_t loop = 0; loop < host.loop_count(); ++loop) slots_.emplace_back(new Slot{make(loop)});
  }
  explicit PerLoop(Host& host) : PerLoop(host, [](std::uint32_t) { return T(); }) {}

  std::size_t size() const noexcept { return slots_.size(); }
  /// That of loop number `loop`, below `size()`.
  T& at(std::uint32_t loop) const { return slots_[loop]->value; }
  /// That of the socket's loop, on which every hook of the socket runs.
  T& of(const Socket& socket) const { return at(socket.loop()); }
  /// That of the calling loop. Throws std::logic_error on a thread that is no loop.
  T& here() const {
    const std::uint32_t loop = host_ == nullptr ? 0 : host_->current_loop();
    if (loop >= slots_.size()) throw std::logic_error("PerLoop::here on a thread that is no event loop");
    return at(loop);
  }

  /// `f(T&)` on that loop, later. [any thread]
  template <class F>
  void on(std::uint32_t loop, F f) const {
    post(*host_, loop, [slot = slots_[loop].get(), f = std::move(f)]() mutable { f(slot->value); });
  }
  /// `f(T&)` on each loop, later, each with a copy of its own. [any thread]
  template <class F>
  void on_each(const F& f) const {
    for (std::uint32_t loop = 0; loop < slots_.size(); ++loop) on(loop, f);
  }
  /// `f(T&)` for each, now: before the first hook, or where the loops have ended (in `stop`). [startup]
  template <class F>
  void visit(F f) const {
    for (const auto& slot : slots_) f(slot->value);
  }

 private:
  struct alignas(64) Slot {
    T value;
  };

  Host* host_ = nullptr;
  std::vector<std::unique_ptr<Slot>> slots_;
};

}  // namespace signaling::plugin_api
