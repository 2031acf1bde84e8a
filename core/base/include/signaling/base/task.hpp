#pragma once
// A move-only `void()` that keeps small closures inside itself, so that posting between loops allocates nothing.

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

namespace signaling::base {

class Task {
 public:
  static constexpr std::size_t inline_size = 56;

  Task() = default;
  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, Task> && std::is_invocable_v<std::remove_cvref_t<F>&>)
      Task(F&& f) {  // implicit, as std::function is
    using Decayed = std::remove_cvref_t<F>;
    if constexpr (sizeof(Decayed) <= inline_size && alignof(Decayed) <= alignof(std::max_align_t) &&
                  std::is_nothrow_move_constructible_v<Decayed>) {
      ::new (static_cast<void*>(storage_)) Decayed(std::forward<F>(f));
      operations_ = &inline_operations<Decayed>;
    } else {
      ::new (static_cast<void*>(storage_)) Decayed*(new Decayed(std::forward<F>(f)));
      operations_ = &heap_operations<Decayed>;
    }
  }
  Task(Task&& other) noexcept : operations_(std::exchange(other.operations_, nullptr)) {
    if (operations_ != nullptr) operations_->relocate(other.storage_, storage_);
  }
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      reset();
      operations_ = std::exchange(other.operations_, nullptr);
      if (operations_ != nullptr) operations_->relocate(other.storage_, storage_);
    }
    return *this;
  }
  ~Task() { reset(); }

  void operator()() { operations_->run(storage_); }
  explicit operator bool() const noexcept { return operations_ != nullptr; }

 private:
  struct Operations {
    void (*run)(void*);
    void (*relocate)(void* from, void* to) noexcept;
    void (*destroy)(void*) noexcept;
  };
  template <class F>
  static F& as(void* storage) noexcept {
    return *std::launder(static_cast<F*>(storage));
  }
  template <class F>
  static constexpr Operations inline_operations{[](void* s) { as<F>(s)(); },
                                                [](void* from, void* to) noexcept {
                                                  ::new (to) F(std::move(as<F>(from)));
                                                  as<F>(from).~F();
                                                },
                                                [](void* s) noexcept { as<F>(s).~F(); }};
  template <class F>
  static constexpr Operations heap_operations{[](void* s) { (*as<F*>(s))(); },
                                              [](void* from, void* to) noexcept { ::new (to) F*(as<F*>(from)); },
                                              [](void* s) noexcept { delete as<F*>(s); }};

  void reset() noexcept {
    if (operations_ != nullptr) std::exchange(operations_, nullptr)->destroy(storage_);
  }

  const Operations* operations_ = nullptr;
  alignas(std::max_align_t) std::byte storage_[inline_size];
};

}  // namespace signaling::base
