#pragma once
// Work for a turn of its own, so that nobody is called back from within the function that he calls.

#include <memory>
#include <vector>

#include <boost/asio/post.hpp>

#include "callback.hpp"
#include "environment.hpp"

namespace signaling::redis_adapter {

/// In order, one turn for all that was added before it. What is left when it is destroyed is not run.
class Deferred {
 public:
  explicit Deferred(Environment& environment) : environment_(environment) {}

  void add(Callback<void()> work) {
    work_.push_back(std::move(work));
    if (work_.size() > 1) return;
    asio::post(environment_.io, [this, alive = std::weak_ptr<bool>(alive_)] {
      if (!alive.expired()) run();
    });
  }
  /// Now, instead of later.
  void run() {
    std::vector<Callback<void()>> work;
    work.swap(work_);
    for (auto& each : work) environment_.guarded("deferred work", each);
  }

 private:
  Environment& environment_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::vector<Callback<void()>> work_;
};

}  // namespace signaling::redis_adapter
