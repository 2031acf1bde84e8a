#include "redis_adapter.hpp"

#include <broker_parts/clock.hpp>
#include <broker_parts/start_gate.hpp>
#include <chrono>
#include <exception>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "backend.hpp"
#include "engine.hpp"
#include "settings.hpp"
#include "shared_state.hpp"

namespace signaling::redis_adapter {

namespace asio = boost::asio;
using plugin_api::Destination;
using plugin_api::LogLevel;
using plugin_api::Status;

namespace {

constexpr std::chrono::milliseconds tick_interval{20};
/// stop() may take so long to take the node's entries away; the server allows 5 s by default.
constexpr std::chrono::milliseconds leave_time{2'000};

std::string make_incarnation() {
  std::random_device random;
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (int i = 0; i < 16; ++i) text += digits[random() % digits.size()];
  return text;
}

}  // namespace

/// Everything between start and stop.
struct RedisAdapter::Running final : BackendObserver {
  Running(RedisAdapter& adapter, Settings settings_)
      : settings(std::move(settings_)),
        host(adapter.host_),
        inbox(settings.max_inbox_bytes),
        backend(make_backend(io, settings.backend, *this)),
        shared(backend->partition_count()),
        tick_timer(io),
        engine({*backend, settings, clock, *adapter.events_, host, *adapter.metrics_, shared, adapter.tag_, make_incarnation(),
                adapter.self_}),
        metrics(*adapter.metrics_) {}

  void run() {
    thread = std::thread([this] {
      guard([this] {
        engine.begin();
        backend->start();
        wait_for_tick();
      });
      // What escapes a handler ends that handler alone.
      while (!io.stopped()) guard([this] { io.run(); });
    });
  }

  template <class F>
  void guard(F f) {
    try {
      f();
    } catch (const std::exception& error) {
      host.log(LogLevel::error, std::string("an error was not expected here: ") + error.what());
    } catch (...) {
      host.log(LogLevel::error, "an error was not expected here");
    }
  }

  void wait_for_tick() {
    tick_timer.expires_after(tick_interval);
    tick_timer.async_wait([this](const boost::system::error_code& error) {
      if (error) return;
      // Armed before the work, which may throw.
      wait_for_tick();
      metrics.inbox.set(static_cast<double>(inbox.size()));
      engine.tick();
      if (engine.is_ready()) gate.set_ready();
    });
  }

  void take_inbox() {
    inbox.take(operations);
    engine.take(operations);
  }

  /// `operation` is left as it was where the result is not `ok`. [any thread]
  Status push(Operation&& operation) {
    switch (inbox.push(std::move(operation))) {
      case Inbox::Result::queued_first: asio::post(io, [this] { take_inbox(); }); return Status::ok;
      case Inbox::Result::queued: return Status::ok;
      case Inbox::Result::full: return Status::too_many;
      case Inbox::Result::closed: break;
    }
    return Status::closed;
  }

  /// The keys that the schema calls reloadable.
  void take_over(const Settings& fresh) {
    settings.operation_timeout = fresh.operation_timeout;
    settings.command_timeout = fresh.command_timeout;
    settings.max_members_per_room = fresh.max_members_per_room;
    settings.max_value_bytes = fresh.max_value_bytes;
    settings.max_waiting_operations = fresh.max_waiting_operations;
    backend->use_login_and_limits(fresh.backend);
  }

  /// [the thread that stops]
  void leave_and_join() {
    inbox.close();
    asio::post(io, [this] {
      take_inbox();
      engine.leave(clock.steady_us() + us_of(leave_time), [this] {
        // From a turn of its own: this one may be within the backend.
        asio::post(io, [this] {
          tick_timer.cancel();
          guard([this] { backend->stop(); });
          guard([this] { engine.close(); });
          io.stop();
        });
      });
    });
    thread.join();
  }

  void on_up(std::span<const Partition> partitions, const ServerIdentity& server) override { engine.on_up(partitions, server); }
  void on_down(std::span<const Partition> partitions, std::string_view reason) override { engine.on_down(partitions, reason); }
  void on_message(Partition partition, std::string_view channel, std::string_view payload) override {
    engine.on_message(partition, channel, payload);
  }
  void on_refused(std::string_view reason) override { gate.set_refused(reason); }
  void on_log(LogLevel level, std::string_view text) override {
    if (host.should_log(level)) host.log(level, text);
  }

  Settings settings;  ///< changed on the adapter's thread alone
  plugin_api::Host& host;
  broker_parts::SystemClock clock;
  Inbox inbox;
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
  std::unique_ptr<Backend> backend;
  SharedState shared;
  asio::steady_timer tick_timer;
  Engine engine;
  Metrics& metrics;
  broker_parts::StartGate gate;
  std::vector<Operation> operations;
  std::thread thread;
};

RedisAdapter::RedisAdapter(plugin_api::Host& host) : BrokerAdapter(host, "Redis") {}

RedisAdapter::~RedisAdapter() { stop(); }

void RedisAdapter::validate(const plugin_api::ConfigView& config, plugin_api::Problems& problems) {
  read_settings(config, problems);
}

void RedisAdapter::start(const plugin_api::ConfigView& config, plugin_api::Problems& problems) {
  plugin_api::CountingProblems counting(problems);
  Settings settings = read_settings(config, counting);
  if (counting.has_any() || !knows_its_node(problems)) return;
  if (!metrics_) metrics_ = std::make_unique<Metrics>(host_);
  const auto patience = settings.start_wait;
  try {
    running_ = std::make_unique<Running>(*this, std::move(settings));
  } catch (const std::exception& error) {
    return problems.add("", error.what());
  }
  running_->run();
  finish_start(running_->gate, patience, problems);
}

void RedisAdapter::reload(const plugin_api::ConfigView& config, plugin_api::Problems& problems) {
  plugin_api::CountingProblems counting(problems);
  Settings fresh = read_settings(config, counting);
  if (counting.has_any() || !is_running()) return;
  asio::post(running_->io, [running = running_.get(), fresh = std::move(fresh)] { running->take_over(fresh); });
}

void RedisAdapter::leave_and_join() { running_->leave_and_join(); }

const broker_parts::ClusterView* RedisAdapter::view() const { return running_ ? &running_->shared : nullptr; }

Status RedisAdapter::hand_over(Operation&& operation) {
  return running_ ? running_->push(std::move(operation)) : Status::closed;
}

Status RedisAdapter::publish(const Destination& destination, plugin_api::Bytes message) {
  if (!running_) return Status::closed;
  const Partition partition =
      destination.kind == Destination::Kind::all ? 0 : running_->backend->partition_of(destination.name);
  if (!running_->shared.is_up(partition)) {
    metrics_->dropped_away.add(1);
    return Status::unavailable;
  }
  Operation operation;
  operation.kind = Operation::Kind::publish;
  operation.destination = destination.kind;
  operation.name = destination.name;
  operation.body.assign(reinterpret_cast<const char*>(message.data()), message.size());
  const Status status = running_->push(std::move(operation));
  if (status == Status::too_many) metrics_->dropped_full.add(1);
  return status;
}

void RedisAdapter::take_counters(std::span<const plugin_api::CounterTake> takes, std::uint32_t wait_ms,
                                 plugin_api::CounterHandler& handler) {
  auto batch = std::make_unique<CounterBatch>();
  batch->handler = &handler;
  for (const plugin_api::CounterTake& take : takes) {
    batch->takes.push_back({std::string(take.key), take.amount, take.rate, take.limit});
  }
  if (!running_) return batch->answer_all(Status::closed);
  batch->deadline_us = running_->clock.steady_us() + wait_ms * us_per_ms;
  Operation operation;
  operation.kind = Operation::Kind::count;
  operation.counters = std::move(batch);
  const Status status = running_->push(std::move(operation));
  if (status != Status::ok) operation.counters->answer_all(status);  // left as it was
}

}  // namespace signaling::redis_adapter
