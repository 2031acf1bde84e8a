#include <map>
#include <mutex>
#include <unordered_map>
#include <utility>

#include <signaling/base/quarantine.hpp>
#include <signaling/base/timer_queue.hpp>
#include <signaling/server/plugin_calls.hpp>

namespace signaling::server {

namespace {

engine::HttpReply json_reply(unsigned status, std::string body) {
  engine::HttpReply reply;
  reply.status = status;
  reply.content_type = "application/json";
  reply.body = std::move(body);
  reply.headers.emplace_back("Cache-Control", "no-store");
  return reply;
}

std::string error_body(std::string_view text) { return "{\"error\":\"" + std::string(text) + "\"}\n"; }

}  // namespace

struct PluginCalls::State {
  std::mutex mutex;  ///< guards what follows
  base::EventLoop* loop = nullptr;
  struct Server {
    std::uint32_t plugin;
    Taker taker;
  };
  std::unordered_map<std::string, Server> takers;

  // On the admin loop alone.
  std::uint64_t last_number = 0;
  std::map<std::uint64_t, std::unique_ptr<Waiting>> waiting;
};

/// The caller's part of a call.
class PluginCalls::Waiting final : public engine::ExchangeOwner, public base::Timer {
 public:
  Waiting(State& state, engine::HttpExchange& exchange, std::uint64_t number, std::uint32_t plugin,
          socketio::HookObserver* hooks)
      : state_(state), exchange_(&exchange), number_(number), plugin_(plugin), hooks_(hooks) {
    exchange.set_owner(this);
  }
  ~Waiting() override {
    if (exchange_ != nullptr) exchange_->set_owner(nullptr);
  }

  void answer(unsigned status, std::string body) {
    engine::HttpExchange& exchange = *std::exchange(exchange_, nullptr);
    exchange.set_owner(nullptr);
    exchange.respond(json_reply(status, std::move(body)));
  }

 private:
  void on_exchange_lost() override {
    exchange_ = nullptr;
    state_.waiting.erase(number_);
  }
  void on_timer(base::TimePoint) override {
    const auto node = state_.waiting.extract(number_);
    if (hooks_ != nullptr) {
      hooks_->on_fault(plugin_, socketio::Fault::never_completed, "no answer to a call of the admin listener in time");
    }
    node.mapped()->answer(504, error_body("the plugin has not answered in time"));
  }

  State& state_;
  engine::HttpExchange* exchange_;
  const std::uint64_t number_;
  const std::uint32_t plugin_;
  socketio::HookObserver* const hooks_;
};

PluginCalls::PluginCalls(socketio::HookObserver* hooks) : state_(std::make_unique<State>()), hooks_(hooks) {}
PluginCalls::~PluginCalls() = default;

void PluginCalls::add(const std::string& plugin, std::uint32_t number, Taker taker) {
  const std::lock_guard lock(state_->mutex);
  state_->takers[plugin] = {number, std::move(taker)};
}

void PluginCalls::remove(const std::string& plugin) {
  const std::lock_guard lock(state_->mutex);
  state_->takers.erase(plugin);
}

void PluginCalls::set_loop(base::EventLoop* loop) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->loop = loop;
  }
  if (loop == nullptr) state_->waiting.clear();
}

void PluginCalls::call(engine::HttpExchange& exchange, std::string_view rest) {
  const std::size_t slash = rest.find('/');
  const std::string plugin(rest.substr(0, slash));
  const std::string_view path = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
  State::Server server{};
  base::EventLoop* loop = nullptr;
  {
    const std::lock_guard lock(state_->mutex);
    const auto found = state_->takers.find(plugin);
    if (found != state_->takers.end()) server = found->second;
    loop = state_->loop;
  }
  if (!server.taker || loop == nullptr) return exchange.respond(json_reply(404, error_body("no such plugin answers calls")));
  if (state_->waiting.size() >= max_waiting) return exchange.respond(json_reply(503, error_body("too many calls wait")));
  const std::uint64_t number = ++state_->last_number;
  auto call = std::make_unique<Call>(shared_from_this(), number, exchange.request(), path, server.plugin);
  auto waiting = std::make_unique<Waiting>(*state_, exchange, number, server.plugin, hooks_);
  loop->timers().arm(*waiting, loop->now() + timeout);
  state_->waiting.emplace(number, std::move(waiting));
  server.taker(std::move(call));
}

PluginCalls::Call::~Call() {
  if (!is_answered_->load()) send(503, error_body("the plugin is not running"));
}

void PluginCalls::Call::answer(unsigned status, std::string_view json) {
  static base::Quarantine<Call, 256> finished;
  if (is_answered_->exchange(true)) {
    if (hooks_ != nullptr) {
      hooks_->on_fault(plugin_, socketio::Fault::completed_twice, "a second answer to the same call of the admin listener");
    }
    return;
  }
  send(status >= 200 && status <= 599 ? status : 500, json);
  calls_.reset();
  finished.add(std::unique_ptr<Call>(this));
}

void PluginCalls::Call::send(unsigned status, std::string_view json) {
  State& state = *calls_->state_;
  const std::lock_guard lock(state.mutex);
  if (state.loop == nullptr) return;
  state.loop->post([calls = calls_, number = number_, status, body = std::string(json)]() mutable {
    const auto node = calls->state_->waiting.extract(number);
    if (!node.empty()) node.mapped()->answer(status, std::move(body));
  });
}

}  // namespace signaling::server
