// What a node remembers of changes takes its memory at once: it does not grow for the hours that the first thousands of them
// take to come. A program of its own: it counts every `operator new`.

#include <support/counted_allocations.hpp>

#include <gtest/gtest.h>

#include "cluster/heard_changes.hpp"

namespace signaling::socketio::cluster {
namespace {

TEST(HeardChangesAllocation, NoneAfterTheFirstChange) {
  HeardChanges heard;
  const std::size_t before_all = allocations;
  heard.on_broadcast("member", 1);
  EXPECT_EQ(allocations - before_all, 2u) << "else nothing is counted";
  const std::size_t before = allocations;
  for (std::uint64_t mark = 2; mark <= 3 * RecentKeys::capacity; ++mark) {
    heard.on_broadcast("member", mark);
    heard.on_told("member", mark);
  }
  EXPECT_EQ(allocations - before, 0u);
}

}  // namespace
}  // namespace signaling::socketio::cluster
