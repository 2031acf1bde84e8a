#pragma once
// Verdicts that are given later: the server wants each of them in the end, also where the plugin stops first.

#include <cstddef>
#include <memory>
#include <utility>

#include <signaling/plugin_api/middleware.hpp>

namespace signaling::rate_limit {

/// Those of one loop. On it; `refuse_all` after it has ended.
class HeldVerdicts {
 public:
  /// One of them; made by `hold`. Refuses where it is destroyed undecided.
  class Held {
   public:
    Held(HeldVerdicts& list, plugin_api::Verdict& verdict) : list_(&list), verdict_(&verdict), next_(list.first_) {
      if (next_ != nullptr) next_->previous_ = this;
      list.first_ = this;
      ++list.size_;
    }
    ~Held() {
      if (plugin_api::Verdict* verdict = take()) verdict->refuse({});
    }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;

    /// To be decided now, once; nullptr where it has been.
    plugin_api::Verdict* take() noexcept {
      if (list_ == nullptr) return nullptr;
      (previous_ != nullptr ? previous_->next_ : list_->first_) = next_;
      if (next_ != nullptr) next_->previous_ = previous_;
      --list_->size_;
      list_ = nullptr;
      return verdict_;
    }

   private:
    HeldVerdicts* list_;
    plugin_api::Verdict* verdict_;
    Held* next_;
    Held* previous_ = nullptr;
  };

  /// @param deferred  what `Verdict::defer` gave
  std::unique_ptr<Held> hold(plugin_api::Verdict& deferred) { return std::make_unique<Held>(*this, deferred); }
  std::size_t size() const noexcept { return size_; }
  /// Who holds them finds them decided.
  void refuse_all() {
    while (first_ != nullptr) first_->take()->refuse({});
  }

 private:
  Held* first_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace signaling::rate_limit
