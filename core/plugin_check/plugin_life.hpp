#pragma once
// One plugin on a fake host, taken through its life with deadlines.

#include <chrono>
#include <functional>
#include <string>

#include <signaling/plugin_api/adapter.hpp>
#include <signaling/plugin_api/application.hpp>
#include <signaling/plugin_api/middleware.hpp>
#include <signaling/test_kit/fake_cluster.hpp>

#include "findings.hpp"
#include "plugin_under_test.hpp"

namespace signaling::plugin_check {

/// Each function is one step of the life: false where it failed, which was told by then; nothing may follow but the end.
class PluginLife {
 public:
  using Tell = std::function<void(const std::string& failure)>;
  /// @param step  told before each step
  PluginLife(PluginUnderTest& plugin, Tell fail, Tell step);
  /// Stops and destroys what was started and created, with nobody told.
  ~PluginLife();
  PluginLife(const PluginLife&) = delete;
  PluginLife& operator=(const PluginLife&) = delete;

  bool create();
  bool validate();
  bool start();
  bool reload();
  bool drain();
  bool stop();
  bool destroy();
  /// From create to start.
  bool begin() { return create() && validate() && start(); }
  /// From drain to destroy.
  bool end() { return drain() && stop() && destroy(); }

  testing::FakeCluster& cluster() { return cluster_; }
  testing::FakeHost& host() { return *host_; }
  plugin_api::Plugin& plugin() { return *object_; }
  plugin_api::Application& application() { return static_cast<plugin_api::Application&>(*object_); }
  plugin_api::Middleware& middleware() { return static_cast<plugin_api::Middleware&>(*object_); }

 private:
  bool step(const std::string& name, std::chrono::milliseconds deadline, const std::function<void()>& run);

  PluginUnderTest& under_test_;
  const Tell fail_;
  const Tell tell_step_;
  testing::FakeCluster cluster_;
  testing::FakeHost adapter_host_;  ///< adapters talk to something real, and so go by a real clock
  testing::FakeHost* host_;
  std::unique_ptr<plugin_api::AdapterEvents, void (*)(plugin_api::AdapterEvents*)> events_;
  plugin_api::Plugin* object_ = nullptr;
  bool is_started_ = false;
};

}  // namespace signaling::plugin_check
