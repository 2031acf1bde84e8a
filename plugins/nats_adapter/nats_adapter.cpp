#include "nats_adapter.hpp"

#include <atomic>
#include <broker_parts/clock.hpp>
#include <broker_parts/start_gate.hpp>
#include <chrono>
#include <exception>
#include <mutex>
#include <nats/nats.h>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>

#include "engine.hpp"
#include "envelope.hpp"
#include "inbox.hpp"
#include "library_use.hpp"
#include "session.hpp"
#include "settings.hpp"
#include "shared_state.hpp"
#include "subjects.hpp"

namespace signaling::nats_adapter {

using plugin_api::Destination;
using plugin_api::Status;

namespace {

constexpr std::chrono::milliseconds tick_interval{20};
/// stop() may take so long to take the node's entries away; the server allows 5 s by default.
constexpr std::chrono::milliseconds leave_time{1'500};

std::uint64_t make_incarnation() {
  std::random_device random;
  return (std::uint64_t{random()} << 32 | random()) | 1;
}

}  // namespace

/// Everything between start and stop.
struct NatsAdapter::Running {
  Running(NatsAdapter& adapter, Settings settings_)
      : settings(std::move(settings_)),
        incarnation(make_incarnation()),
        subjects(settings.prefix, incarnation),
        inbox(std::make_shared<Inbox>(settings.max_queue_bytes)),
        session(settings, subjects, "signaling " + adapter.self_.name, inbox),
        engine({settings, clock, *adapter.events_, adapter.host_, *adapter.metrics_, shared, subjects, session,
                NodeId{adapter.tag_, incarnation}, adapter.self_}),
        metrics(*adapter.metrics_) {}

  void run() {
    thread = std::thread([this] { work(); });
  }

  void work() {
    using Time = std::chrono::steady_clock::time_point;
    engine.begin();
    Inbox::Content content;
    Time next_tick = std::chrono::steady_clock::now() + tick_interval;
    std::optional<Time> deadline;
    while (true) {
      // Asked first: what was handed over before the inbox was closed is then taken below.
      const bool is_leaving = is_stopping.load(std::memory_order_acquire);
      inbox->take(content, next_tick);
      take_new_settings();
      engine.take(content);
      content.clear();
      const Time now = std::chrono::steady_clock::now();
      if (now >= next_tick) {
        next_tick = now + tick_interval;
        metrics.inbox_bytes.set(static_cast<double>(inbox->bytes()));
        engine.tick();
        if (engine.is_ready()) gate.set_ready();
        if (!engine.refusal().empty()) gate.set_refused("NATS: " + engine.refusal());
      }
      if (is_leaving && !deadline) {
        deadline = now + leave_time;
        engine.leave();
      }
      if (deadline && (engine.has_left() || now >= *deadline)) break;
    }
    session.stop(engine.close());
    // A connection that was made too late holds the inbox, and the inbox it.
    inbox->take(content, std::chrono::steady_clock::now());
    content.clear();
    nats_ReleaseThreadMemory();
  }

  void take_new_settings() {
    const std::lock_guard lock(settings_mutex);
    if (!new_settings) return;
    settings.operation_timeout = new_settings->operation_timeout;
    settings.request_timeout = new_settings->request_timeout;
    settings.max_members_per_room = new_settings->max_members_per_room;
    settings.max_value_bytes = new_settings->max_value_bytes;
    settings.max_waiting_operations = new_settings->max_waiting_operations;
    session.use_login(new_settings->login);
    new_settings.reset();
  }

  /// [the thread that stops]
  void leave_and_join() {
    inbox->close();
    is_stopping.store(true, std::memory_order_release);
    thread.join();
  }

  Settings settings;  ///< changed on the adapter's thread alone
  const std::uint64_t incarnation;
  const Subjects subjects;
  const broker_parts::SystemClock clock;
  const std::shared_ptr<Inbox> inbox;
  SharedState shared;
  Session session;
  Engine engine;
  Metrics& metrics;
  broker_parts::StartGate gate;
  std::atomic<bool> is_stopping{false};
  std::mutex settings_mutex;
  std::optional<Settings> new_settings;  ///< guarded by settings_mutex
  std::thread thread;
};

NatsAdapter::NatsAdapter(plugin_api::Host& host) : BrokerAdapter(host, "NATS") {}

NatsAdapter::~NatsAdapter() { stop(); }

void NatsAdapter::validate(const plugin_api::ConfigView& config, plugin_api::Problems& problems) {
  read_settings(config, problems);
}

void NatsAdapter::start(const plugin_api::ConfigView& config, plugin_api::Problems& problems) {
  plugin_api::CountingProblems counting(problems);
  Settings settings = read_settings(config, counting);
  if (counting.has_any() || !knows_its_node(problems)) return;
  if (!metrics_) metrics_ = std::make_unique<Metrics>(host_);
  const auto patience = settings.connect_timeout + std::chrono::milliseconds(2'000);
  try {
    library_ = std::make_unique<LibraryUse>();
    running_ = std::make_unique<Running>(*this, std::move(settings));
  } catch (const std::exception& error) {
    return problems.add("", error.what());
  }
  running_->run();
  finish_start(running_->gate, patience, problems);
}

void NatsAdapter::reload(const plugin_api::ConfigView& config, plugin_api::Problems& problems) {
  plugin_api::CountingProblems counting(problems);
  Settings fresh = read_settings(config, counting);
  if (counting.has_any() || !is_running()) return;
  const std::lock_guard lock(running_->settings_mutex);
  running_->new_settings = std::move(fresh);
}

void NatsAdapter::leave_and_join() {
  running_->leave_and_join();
  library_.reset();
}

const broker_parts::ClusterView* NatsAdapter::view() const { return running_ ? &running_->shared : nullptr; }

Status NatsAdapter::hand_over(Operation&& operation) {
  return running_ ? running_->inbox->push(std::move(operation)) : Status::closed;
}

Status NatsAdapter::publish(const Destination& destination, plugin_api::Bytes message) {
  if (!running_) return Status::closed;
  const std::size_t max_payload = running_->shared.max_payload();
  if (max_payload == 0) {
    metrics_->dropped_away.add(1);
    return Status::unavailable;
  }
  if (message.size() + envelope_overhead > max_payload) {
    metrics_->dropped_size.add(1);
    return Status::too_many;
  }
  Operation operation{Operation::Kind::publish};
  operation.destination = destination.kind;
  operation.name = destination.name;
  operation.body.assign(reinterpret_cast<const char*>(message.data()), message.size());
  const Status status = running_->inbox->push(std::move(operation));
  if (status == Status::too_many) metrics_->dropped_full.add(1);
  return status;
}

}  // namespace signaling::nats_adapter
