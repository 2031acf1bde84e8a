#include "test_backend.hpp"

#include <ostream>

#include <gtest/gtest.h>

#include "redis_adapter/url.hpp"

namespace signaling::redis_adapter {

std::ostream& operator<<(std::ostream& out, const Told& told) {
  return out << to_string(told.outcome) << " \"" << told.text << "\" " << told.integer;
}

TestBackend::TestBackend(const BackendOptions& options) : backend_(make_backend(io_, options, *this)) { backend_->start(); }

TestBackend::~TestBackend() {
  backend_->stop();
  if (::testing::Test::HasFailure())
    for (const auto& line : log) std::cerr << "  log: " << line << '\n';
}

bool TestBackend::run_until(const std::function<bool()>& condition, std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    const auto left = end - std::chrono::steady_clock::now();
    if (left <= left.zero()) return false;
    io_.run_one_for(std::min<std::chrono::nanoseconds>(left, std::chrono::milliseconds(5)));
    if (io_.stopped()) io_.restart();
  }
  return true;
}

void TestBackend::run_for(std::chrono::milliseconds time) {
  run_until([] { return false; }, time);
}

bool TestBackend::wait_up(std::chrono::milliseconds limit) {
  return run_until([this] { return backend_->are_all_up(); }, limit);
}

bool TestBackend::wait_down(std::chrono::milliseconds limit) {
  return run_until([this] { return !backend_->are_all_up(); }, limit);
}

ReplyHandler TestBackend::recorder() {
  return [this](const Reply& reply) {
    told.push_back(
        {reply.outcome, std::string(reply.value != nullptr ? text_of(*reply.value) : reply.text), reply.integer(-1)});
  };
}

Told TestBackend::waited(std::size_t index) {
  if (!run_until([&] { return told.size() > index; })) return {Outcome::timeout, "the handler was never called", -2};
  return told[index];
}

Told TestBackend::command(Partition partition, std::vector<std::string> args, std::chrono::milliseconds timeout) {
  const auto index = told.size();
  const std::vector<std::string_view> views(args.begin(), args.end());
  backend_->command(partition, views, timeout, recorder());
  return waited(index);
}

Told TestBackend::eval(Partition partition, const Script& script, std::vector<std::string> keys,
                       std::vector<std::string> args) {
  const auto index = told.size();
  const std::vector<std::string_view> key_views(keys.begin(), keys.end());
  const std::vector<std::string_view> arg_views(args.begin(), args.end());
  backend_->eval(partition, script, key_views, arg_views, std::chrono::seconds(5), recorder());
  return waited(index);
}

Told TestBackend::subscribe(Partition partition, const std::string& channel) {
  const auto index = told.size();
  backend_->subscribe(partition, channel, recorder());
  return waited(index);
}

Told TestBackend::publish(Partition partition, const std::string& channel, const std::string& payload) {
  const auto index = told.size();
  backend_->publish(partition, channel, payload, std::chrono::seconds(5), recorder());
  return waited(index);
}

void TestBackend::on_up(std::span<const Partition> partitions, const ServerIdentity& server) {
  EXPECT_FALSE(server.run_id.empty());
  run_id = server.run_id;
  for (const auto partition : partitions) EXPECT_EQ(++up_counts[partition], 1);
  events.emplace_back(server.is_planned_move ? "up moved" : server.is_new_server ? "up new" : "up");
  if (on_up_hook) on_up_hook();
}

void TestBackend::on_down(std::span<const Partition> partitions, std::string_view) {
  for (const auto partition : partitions) {
    EXPECT_EQ(--up_counts[partition], 0);
    if (on_down_hook) on_down_hook(partition);
  }
  events.emplace_back("down");
}

void TestBackend::on_message(Partition partition, std::string_view channel, std::string_view payload) {
  messages.push_back({partition, std::string(channel), std::string(payload)});
  if (on_message_hook) on_message_hook(messages.back());
}

BackendOptions options_for(const std::vector<std::string>& urls, TopologyKind topology) {
  BackendOptions options;
  options.topology = topology;
  options.backoff_min = std::chrono::milliseconds(20);
  options.backoff_max = std::chrono::milliseconds(200);
  std::string problem;
  EXPECT_TRUE(apply_urls(urls, options, problem)) << problem;
  return options;
}

}  // namespace signaling::redis_adapter
