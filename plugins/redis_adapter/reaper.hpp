#pragma once
// Takes what a node has registered, in steps of bounded size.

#include <string>
#include <string_view>

#include "context.hpp"

namespace signaling::redis_adapter {

enum class ReapKind : char { lost = 'L', left = 'D' };

class Reaper {
 public:
  explicit Reaper(Context& context) : context_(context) {}

  /// Any number of nodes may do it at once. `death`: time of the node's death (16 digits). `done`: true once nothing is left.
  void reap(Partition partition, std::string tag, ReapKind kind, std::string death, Callback<void(bool)> done);

 private:
  struct Job;
  void step(std::shared_ptr<Job> job);

  Context& context_;
};

}  // namespace signaling::redis_adapter
