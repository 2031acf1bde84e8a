#include "redis_adapter.hpp"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <random>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "backend.hpp"
#include "engine.hpp"

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

std::string text_of_bytes(plugin_api::Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

/// How the start goes on, told from the adapter's thread to the one that waits in start().
class StartGate {
 public:
  void set_ready() { set(std::nullopt); }
  void set_refused(std::string_view reason) { set(std::string(reason)); }
  /// The reason of a refusal; nullopt where the adapter is ready, or nothing was heard in time.
  std::optional<std::string> wait(std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, timeout, [this] { return is_set_; });
    return refusal_;
  }

 private:
  void set(std::optional<std::string> refusal) {
    const std::lock_guard lock(mutex_);
    if (std::exchange(is_set_, true)) return;
    refusal_ = std::move(refusal);
    changed_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_set_ = false;
  std::optional<std::string> refusal_;
};

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

  Inbox::Result push(Operation&& operation) {
    const Inbox::Result result = inbox.push(std::move(operation));
    if (result == Inbox::Result::queued_first) asio::post(io, [this] { take_inbox(); });
    return result;
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
      engine.leave(clock.steady_us() + leave_time.count() * us_per_ms, [this] {
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
  SystemClock clock;
  Inbox inbox;
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
  std::unique_ptr<Backend> backend;
  SharedState shared;
  asio::steady_timer tick_timer;
  Engine engine;
  Metrics& metrics;
  StartGate gate;
  std::vector<Operation> operations;
  std::thread thread;
};

RedisAdapter::RedisAdapter(plugin_api::Host& host) : host_(host) {}

RedisAdapter::~RedisAdapter() { stop(); }

void RedisAdapter::validate(const plugin_api::ConfigView& config, plugin_api::Problems& problems) {
  read_settings(config, problems);
}

void RedisAdapter::attach(plugin_api::AdapterEvents& events, const plugin_api::NodeInfo& self) {
  events_ = &events;
  tag_ = self.tag;
  self_ = {std::string(self.name), std::string(self.version), std::string(self.capabilities)};
}

void RedisAdapter::start(const plugin_api::ConfigView& config, plugin_api::Problems& problems) {
  plugin_api::CountingProblems counting(problems);
  Settings settings = read_settings(config, counting);
  if (counting.has_any()) return;
  if (events_ == nullptr || tag_.size() != 4) return problems.add("", "the adapter was not told which node it serves");
  if (!metrics_) metrics_ = std::make_unique<Metrics>(host_);
  const auto patience = settings.start_wait;
  try {
    running_ = std::make_unique<Running>(*this, std::move(settings));
  } catch (const std::exception& error) {
    return problems.add("", error.what());
  }
  running_->run();
  is_running_.store(true, std::memory_order_release);
  if (const auto refusal = running_->gate.wait(patience)) {
    stop();
    problems.add("url", *refusal);
    return;
  }
  if (!health().empty())
    host_.log(LogLevel::warn, "starting without Redis, which is tried again and again: " + std::string(health()));
}

void RedisAdapter::reload(const plugin_api::ConfigView& config, plugin_api::Problems& problems) {
  plugin_api::CountingProblems counting(problems);
  Settings fresh = read_settings(config, counting);
  if (counting.has_any() || !is_running_.load(std::memory_order_acquire)) return;
  asio::post(running_->io, [running = running_.get(), fresh = std::move(fresh)] { running->take_over(fresh); });
}

void RedisAdapter::stop() {
  if (!is_running_.exchange(false, std::memory_order_acq_rel)) return;
  running_->leave_and_join();
}

std::string_view RedisAdapter::health() const {
  return is_running_.load(std::memory_order_acquire) ? running_->shared.health() : std::string_view("not running");
}

namespace {

Status refusal_of(Inbox::Result result) { return result == Inbox::Result::full ? Status::too_many : Status::closed; }

}  // namespace

void RedisAdapter::subscribe(std::string_view topic, plugin_api::SubscribeHandler& handler) {
  Operation operation{Operation::Kind::subscribe};
  operation.name = topic;
  operation.subscribe_handler = &handler;
  const Inbox::Result result = running_ ? running_->push(std::move(operation)) : Inbox::Result::closed;
  if (result == Inbox::Result::queued || result == Inbox::Result::queued_first) return;
  handler.on_subscribed(refusal_of(result));
  handler.release();
}

void RedisAdapter::unsubscribe(std::string_view topic) {
  Operation operation{Operation::Kind::unsubscribe};
  operation.name = topic;
  if (running_) running_->push(std::move(operation));
}

Status RedisAdapter::publish(const Destination& destination, plugin_api::Bytes message) {
  if (!running_) return Status::closed;
  const Partition partition =
      destination.kind == Destination::Kind::all ? 0 : running_->backend->partition_of(destination.name);
  if (!running_->shared.is_up(partition)) {
    metrics_->dropped_away.add(1);
    return Status::unavailable;
  }
  Operation operation{Operation::Kind::publish};
  operation.destination = destination.kind;
  operation.name = destination.name;
  operation.body = text_of_bytes(message);
  const Inbox::Result result = running_->push(std::move(operation));
  if (result == Inbox::Result::queued || result == Inbox::Result::queued_first) return Status::ok;
  if (result == Inbox::Result::full) metrics_->dropped_full.add(1);
  return refusal_of(result);
}

namespace {

template <class Push>
void ask(Operation::Kind kind, std::string_view room, std::string_view member, std::string_view value,
         std::uint32_t max_members, plugin_api::PresenceHandler& handler, Push push) {
  Operation operation{kind};
  operation.name = room;
  operation.member = member;
  operation.body = value;
  operation.max_members = max_members;
  operation.presence_handler = &handler;
  const Inbox::Result result = push(std::move(operation));
  if (result == Inbox::Result::queued || result == Inbox::Result::queued_first) return;
  handler.on_presence(refusal_of(result), 0, false, {});
  handler.release();
}

}  // namespace

void RedisAdapter::presence_put(std::string_view room, std::string_view member, std::string_view value,
                                std::uint32_t max_members, plugin_api::PresenceHandler& handler) {
  ask(Operation::Kind::put, room, member, value, max_members, handler,
      [this](Operation&& operation) { return running_ ? running_->push(std::move(operation)) : Inbox::Result::closed; });
}

void RedisAdapter::presence_remove(std::string_view room, std::string_view member, plugin_api::PresenceHandler& handler) {
  ask(Operation::Kind::remove, room, member, {}, 0, handler,
      [this](Operation&& operation) { return running_ ? running_->push(std::move(operation)) : Inbox::Result::closed; });
}

void RedisAdapter::presence_list(std::string_view room, plugin_api::PresenceHandler& handler) {
  ask(Operation::Kind::list, room, {}, {}, 0, handler,
      [this](Operation&& operation) { return running_ ? running_->push(std::move(operation)) : Inbox::Result::closed; });
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
  Operation operation{Operation::Kind::count};
  operation.counters = std::move(batch);
  const Inbox::Result result = running_->push(std::move(operation));
  if (result == Inbox::Result::queued || result == Inbox::Result::queued_first) return;
  operation.counters->answer_all(refusal_of(result));  // left as it was
}

void RedisAdapter::visit_nodes(plugin_api::NodeVisitor& visitor) {
  visitor.on_node({tag_, self_.name, self_.version, self_.capabilities});
  if (!running_) return;
  const auto nodes = running_->shared.nodes();
  for (const auto& [tag, node] : *nodes) visitor.on_node({tag, node.name, node.version, node.capabilities});
}

}  // namespace signaling::redis_adapter
