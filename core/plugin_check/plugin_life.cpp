#include "plugin_life.hpp"

#include <exception>
#include <utility>

#include <signaling/test_kit/fake_config.hpp>

#include "adapter_contract/recording_events.hpp"

namespace signaling::plugin_check {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// The server's defaults: plugins.start_timeout and stop_timeout.
constexpr auto start_deadline = 10s;
constexpr auto stop_deadline = 5s;
/// Has no reason to take long, nor a deadline of its own.
constexpr auto quick = 1s;

void refuse_problems(const testing::FakeProblems& problems) {
  std::string all;
  for (const std::string& problem : problems.list) all += (all.empty() ? "" : "; ") + problem;
  if (!all.empty()) throw std::runtime_error("it reported: " + all);
}

}  // namespace

PluginLife::PluginLife(PluginUnderTest& plugin, Tell fail, Tell step)
    : under_test_(plugin),
      fail_(std::move(fail)),
      tell_step_(std::move(step)),
      adapter_host_("node", 1, testing::FakeHost::ClockKind::real),
      host_(plugin.is("adapter") ? &adapter_host_ : &cluster_.node(0).host()),
      events_(new testing::RecordingEvents,
              [](plugin_api::AdapterEvents* events) { delete static_cast<testing::RecordingEvents*>(events); }) {}

PluginLife::~PluginLife() {
  if (object_ == nullptr) return;
  try {
    if (is_started_) object_->stop();
    under_test_.manifest().destroy(object_);
  } catch (...) {  // a check of its own tells of that
  }
}

bool PluginLife::step(const std::string& name, std::chrono::milliseconds deadline, const std::function<void()>& run) {
  tell_step_(name);
  const auto begin = Clock::now();
  try {
    run();
    host_->run_posted();
  } catch (const std::exception& error) {
    fail_(name + ": " + error.what());
    return false;
  } catch (...) {
    fail_(name + " threw what is no std::exception");
    return false;
  }
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin);
  if (took <= deadline) return true;
  fail_(name + " took " + std::to_string(took.count()) + " ms, its deadline is " + std::to_string(deadline.count()) + " ms");
  return false;
}

bool PluginLife::create() {
  return step("create", quick, [&] {
    object_ = under_test_.manifest().create(*host_);
    if (object_ == nullptr) throw std::runtime_error("it returned no object");
  });
}

bool PluginLife::validate() {
  return step("validate", start_deadline, [&] {
    testing::FakeProblems problems;
    object_->validate(*under_test_.config, problems);
    refuse_problems(problems);
  });
}

bool PluginLife::start() {
  if (under_test_.is("adapter")) {
    auto& adapter = static_cast<plugin_api::Adapter&>(*object_);
    const auto attach = [&] { adapter.attach(*events_, {"AAAA", host_->node_name(), host_->server_version(), "test"}); };
    if (!step("attach", quick, attach)) return false;
  }
  const auto start = [&] {
    testing::FakeProblems problems;
    is_started_ = true;
    object_->start(*under_test_.config, problems);
    refuse_problems(problems);
  };
  return step("start", start_deadline, start) && step("health", quick, [&] { object_->health(); });
}

bool PluginLife::reload() {
  return step("reload", start_deadline, [&] {
    testing::FakeProblems problems;
    object_->reload(*under_test_.config, problems);
    refuse_problems(problems);
  });
}

bool PluginLife::drain() {
  return step("drain", 1s + stop_deadline, [&] { object_->drain(1'000); });
}

bool PluginLife::stop() {
  is_started_ = false;
  return step("stop", stop_deadline, [&] { object_->stop(); });
}

bool PluginLife::destroy() {
  return step("destroy", stop_deadline, [&] { under_test_.manifest().destroy(std::exchange(object_, nullptr)); });
}

}  // namespace signaling::plugin_check
