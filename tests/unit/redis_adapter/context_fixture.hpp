#pragma once
// What the parts above the backend share, for tests of one of them: node AAAA, a Redis played by hand, a clock of the test's
// own.

#include <redis_adapter/context.hpp>
#include <redis_adapter/outbox.hpp>
#include <support/no_events.hpp>

#include <gtest/gtest.h>

#include <signaling/test_kit/fake_host.hpp>

#include "fake_backend.hpp"

namespace signaling::redis_adapter {

class ContextFixture : public ::testing::Test {
 protected:
  FakeBackend backend_;
  FakeClock clock_;
  testing::FakeHost host_;
  test::NoEvents events_;
  Settings settings_;
  Scripts scripts_;
  Names names_{"s", backend_};
  Metrics metrics_{host_};
  Context context_{backend_, names_, settings_, scripts_, clock_, events_, host_, metrics_, "AAAA", "0123456789abcdef"};
  Outbox outbox_{context_};
};

}  // namespace signaling::redis_adapter
