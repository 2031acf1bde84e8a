#include "nats_adapter.hpp"

#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <nats/nats.h>
#include <optional>
#include <random>
#include <thread>
#include <utility>

#include "engine.hpp"
#include "envelope.hpp"
#include "inbox.hpp"
#include "library_use.hpp"
#include "session.hpp"
#include "shared_state.hpp"
#include "subjects.hpp"

namespace signaling::nats_adapter {

using plugin_api::Destination;
using plugin_api::LogLevel;
using plugin_api::Status;

namespace {

constexpr std::chrono::milliseconds tick_interval{20};
/// stop() may take so long to take the node's entries away; the server allows 5 s by default.
constexpr std::chrono::milliseconds leave_time{1'500};

std::uint64_t make_incarnation() {
  std::random_device random;
  return (std::uint64_t{random()} << 32 | random()) | 1;
}

/// How the start goes on, told from the adapter's thread to the one that waits in start().
class StartGate {
 public:
  void set_ready() { set(std::nullopt); }
  void set_refused(const std::string& reason) { set(reason); }
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
        if (!engine.refusal().empty()) gate.set_refused(engine.refusal());
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
  const SystemClock clock;
  const std::shared_ptr<Inbox> inbox;
  SharedState shared;
  Session session;
  Engine engine;
  Metrics& metrics;
  StartGate gate;
  std::atomic<bool> is_stopping{false};
  std::mutex settings_mutex;
  std::optional<Settings> new_settings;  ///< guarded by settings_mutex
  std::thread thread;
};

NatsAdapter::NatsAdapter(plugin_api::Host& host) : host_(host) {}

NatsAdapter::~NatsAdapter() { stop(); }

void NatsAdapter::validate(const plugin_api::ConfigView& config, plugin_api::Problems& problems) {
  read_settings(config, problems);
}

void NatsAdapter::attach(plugin_api::AdapterEvents& events, const plugin_api::NodeInfo& self) {
  events_ = &events;
  tag_ = self.tag;
  self_ = {std::string(self.name), std::string(self.version), std::string(self.capabilities)};
}

void NatsAdapter::start(const plugin_api::ConfigView& config, plugin_api::Problems& problems) {
  plugin_api::CountingProblems counting(problems);
  Settings settings = read_settings(config, counting);
  if (counting.has_any()) return;
  if (events_ == nullptr || tag_.size() != 4) return problems.add("", "the adapter was not told which node it serves");
  if (!metrics_) metrics_ = std::make_unique<Metrics>(host_);
  const auto patience = settings.connect_timeout + std::chrono::milliseconds(2'000);
  try {
    library_ = std::make_unique<LibraryUse>();
    running_ = std::make_unique<Running>(*this, std::move(settings));
  } catch (const std::exception& error) {
    return problems.add("", error.what());
  }
  running_->run();
  is_running_.store(true, std::memory_order_release);
  if (const auto refusal = running_->gate.wait(patience)) {
    stop();
    return problems.add("url", "NATS: " + *refusal);
  }
  if (!health().empty())
    host_.log(LogLevel::warn, "starting without NATS, which is tried again and again: " + std::string(health()));
}

void NatsAdapter::reload(const plugin_api::ConfigView& config, plugin_api::Problems& problems) {
  plugin_api::CountingProblems counting(problems);
  Settings fresh = read_settings(config, counting);
  if (counting.has_any() || !is_running_.load(std::memory_order_acquire)) return;
  const std::lock_guard lock(running_->settings_mutex);
  running_->new_settings = std::move(fresh);
}

void NatsAdapter::stop() {
  if (!is_running_.exchange(false, std::memory_order_acq_rel)) return;
  running_->leave_and_join();
  library_.reset();
}

std::string_view NatsAdapter::health() const {
  return is_running_.load(std::memory_order_acquire) ? running_->shared.health() : std::string_view("not running");
}

namespace {

Status refusal_of(Inbox::Result result) { return result == Inbox::Result::full ? Status::too_many : Status::closed; }

}  // namespace

void NatsAdapter::subscribe(std::string_view topic, plugin_api::SubscribeHandler& handler) {
  Operation operation{Operation::Kind::subscribe};
  operation.name = topic;
  operation.subscribe_handler = &handler;
  const Inbox::Result result = running_ ? running_->inbox->push(std::move(operation)) : Inbox::Result::closed;
  if (result == Inbox::Result::queued) return;
  handler.on_subscribed(refusal_of(result));
  handler.release();
}

void NatsAdapter::unsubscribe(std::string_view topic) {
  Operation operation{Operation::Kind::unsubscribe};
  operation.name = topic;
  if (running_) running_->inbox->push(std::move(operation));
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
  const Inbox::Result result = running_->inbox->push(std::move(operation));
  if (result == Inbox::Result::queued) return Status::ok;
  if (result == Inbox::Result::full) metrics_->dropped_full.add(1);
  return refusal_of(result);
}

namespace {

void ask(Inbox* inbox, Operation&& operation, plugin_api::PresenceHandler& handler) {
  operation.presence_handler = &handler;
  const Inbox::Result result = inbox != nullptr ? inbox->push(std::move(operation)) : Inbox::Result::closed;
  if (result == Inbox::Result::queued) return;
  handler.on_presence(refusal_of(result), 0, false, {});
  handler.release();
}

}  // namespace

void NatsAdapter::presence_put(std::string_view room, std::string_view member, std::string_view value,
                               std::uint32_t max_members, plugin_api::PresenceHandler& handler) {
  Operation operation{Operation::Kind::put};
  operation.name = room;
  operation.member = member;
  operation.body = value;
  operation.max_members = max_members;
  ask(running_ ? running_->inbox.get() : nullptr, std::move(operation), handler);
}

void NatsAdapter::presence_remove(std::string_view room, std::string_view member, plugin_api::PresenceHandler& handler) {
  Operation operation{Operation::Kind::remove};
  operation.name = room;
  operation.member = member;
  ask(running_ ? running_->inbox.get() : nullptr, std::move(operation), handler);
}

void NatsAdapter::presence_list(std::string_view room, plugin_api::PresenceHandler& handler) {
  Operation operation{Operation::Kind::list};
  operation.name = room;
  ask(running_ ? running_->inbox.get() : nullptr, std::move(operation), handler);
}

void NatsAdapter::visit_nodes(plugin_api::NodeVisitor& visitor) {
  visitor.on_node({tag_, self_.name, self_.version, self_.capabilities});
  if (!running_) return;
  const auto nodes = running_->shared.nodes();
  for (const auto& [tag, node] : *nodes) visitor.on_node({tag, node.name, node.version, node.capabilities});
}

}  // namespace signaling::nats_adapter
