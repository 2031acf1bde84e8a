#include <atomic>
#include <optional>

#include <signaling/base/quarantine.hpp>
#include <signaling/base/timer_queue.hpp>
#include <signaling/server/http_gate.hpp>
#include <signaling/server/http_rules.hpp>
#include <signaling/server/http_values.hpp>
#include <signaling/socketio/plugin_call.hpp>

namespace signaling::server {

using socketio::Fault;

/// What a hook has said.
struct HttpGate::Decision {
  enum class Kind : std::uint8_t { none, pass, refuse } kind = Kind::none;
  std::vector<std::pair<std::string, std::string>> headers;
  engine::HttpReply refusal;
};

/// The object that a hook sees: on the stack of the call until it is deferred, then on its own until the plugin ends it,
/// however late, and a while longer, so that a second verdict is noticed.
class HttpGate::Verdict final : public plugin_api::HttpVerdict {
 public:
  Verdict(HttpGate& gate, std::uint64_t number, std::uint32_t plugin)
      : gate_(gate), loop_(gate.environment_.loop), hooks_(gate.environment_.hooks), number_(number), plugin_(plugin) {}

  void add_header(std::string_view name, std::string_view value) override {
    if (is_decided_.load()) return;
    if (may_set_header(name, value)) {
      decision_.headers.emplace_back(name, value);
    } else {
      tell(Fault::bad_answer, "a header that a plugin may not set");
    }
  }
  void pass() override { decide(Decision::Kind::pass, {}); }
  void refuse(const plugin_api::HttpResponse& response) override {
    CheckedReply checked = check_reply(response);
    if (!checked.problem.empty()) tell(checked.fault, checked.problem);
    decide(Decision::Kind::refuse, std::move(checked.reply));
  }
  plugin_api::HttpVerdict& defer() override {
    if (deferred_ == nullptr) {
      deferred_ = new Verdict(gate_, number_, plugin_);
      deferred_->is_on_its_own_ = true;
      deferred_->decision_.headers = std::move(decision_.headers);
    }
    return *deferred_;
  }

  bool is_deferred() const noexcept { return deferred_ != nullptr; }
  Decision take() { return std::move(decision_); }

 private:
  void tell(Fault fault, std::string_view what) const { hooks_.on_fault(plugin_, fault, what); }
  void decide(Decision::Kind kind, engine::HttpReply&& refusal);

  HttpGate& gate_;  // touched on its loop alone: a plugin may decide after its end
  base::EventLoop& loop_;
  socketio::HookObserver& hooks_;
  const std::uint64_t number_;
  const std::uint32_t plugin_;
  bool is_on_its_own_ = false;
  std::atomic<bool> is_decided_{false};
  Verdict* deferred_ = nullptr;  // owned by the plugin's promise to decide
  Decision decision_;
};

/// One request on its way through the hooks; and after them, where they have set headers, in front of the real exchange.
class HttpGate::Passage final : public engine::HttpExchange, private engine::ExchangeOwner, private base::Timer {
 public:
  Passage(HttpGate& gate, engine::HttpExchange& exchange, std::uint64_t number)
      : gate_(gate), exchange_(&exchange), number_(number), view_(std::in_place, exchange.request()) {
    exchange.set_owner(this);
  }
  ~Passage() override {
    if (exchange_ != nullptr) exchange_->set_owner(nullptr);
  }

  void step() {
    while (next_ < gate_.chain_.size()) {
      const HttpHookBinding& binding = gate_.chain_[next_++];
      Verdict verdict(gate_, number_, binding.plugin);
      const bool threw = !socketio::call_plugin(hooks(), binding.plugin, loop().index(), socketio::HookKind::http_request,
                                                [&] { binding.hook->on_http_request(view_->get(), verdict); });
      if (verdict.is_deferred() && !threw) {
        is_waiting_ = true;
        loop().timers().arm(*this, loop().now() + gate_.timeout_);
        return;
      }
      Decision decision = verdict.take();
      if (decision.kind == Decision::Kind::none || threw) {
        if (!threw) hooks().on_fault(binding.plugin, Fault::no_verdict, "an HTTP request was neither passed nor refused");
        return answer(plain_http_reply(500, "internal error"));
      }
      if (!apply(std::move(decision))) return;
    }
    pass();
  }

  void resume(Decision&& decision) {
    if (!is_waiting_) return;  // the time was up
    is_waiting_ = false;
    loop().timers().disarm(*this);
    if (apply(std::move(decision))) step();
  }

  // engine::HttpExchange, for the engine.
  const engine::HttpRequest& request() const override { return exchange_->request(); }
  void respond(engine::HttpReply&& reply) override { answer(std::move(reply)); }
  engine::WebSocketChannel& accept_websocket(engine::WebSocketHandler& handler,
                                             const std::vector<std::pair<std::string, std::string>>& headers) override {
    const auto self = gate_.passages_.extract(number_);
    std::vector<std::pair<std::string, std::string>> all = headers;
    all.insert(all.end(), headers_.begin(), headers_.end());
    return take_exchange().accept_websocket(handler, all);
  }
  void set_owner(engine::ExchangeOwner* owner) override { owner_ = owner; }

 private:
  base::EventLoop& loop() const noexcept { return gate_.environment_.loop; }
  socketio::HookObserver& hooks() const noexcept { return gate_.environment_.hooks; }

  /// False where this is over.
  bool apply(Decision&& decision) {
    for (auto& header : decision.headers) headers_.push_back(std::move(header));
    if (decision.kind == Decision::Kind::pass) return true;
    answer(std::move(decision.refusal));
    return false;
  }

  engine::HttpExchange& take_exchange() {
    engine::HttpExchange& exchange = *std::exchange(exchange_, nullptr);
    exchange.set_owner(nullptr);
    return exchange;
  }

  /// Ends this object.
  void answer(engine::HttpReply&& reply) {
    const auto self = gate_.passages_.extract(number_);
    reply.headers.insert(reply.headers.end(), headers_.begin(), headers_.end());
    take_exchange().respond(std::move(reply));
  }

  void pass() {
    view_.reset();
    net::HttpService& next = gate_.environment_.next;
    if (!headers_.empty()) return next.handle(*this);
    const auto self = gate_.passages_.extract(number_);
    next.handle(take_exchange());
  }

  // engine::ExchangeOwner
  void on_exchange_lost() override {
    exchange_ = nullptr;
    const auto self = gate_.passages_.extract(number_);
    if (owner_ != nullptr) owner_->on_exchange_lost();
  }
  void on_answer_wanted() override {
    if (owner_ != nullptr) owner_->on_answer_wanted();
  }

  void on_timer(base::TimePoint) override {
    is_waiting_ = false;
    hooks().on_fault(gate_.chain_[next_ - 1].plugin, Fault::never_completed, "no verdict on an HTTP request in time");
    answer(plain_http_reply(503, "no verdict in time"));
  }

  HttpGate& gate_;
  engine::HttpExchange* exchange_;
  const std::uint64_t number_;
  std::optional<HttpRequestView> view_;
  std::size_t next_ = 0;
  bool is_waiting_ = false;
  std::vector<std::pair<std::string, std::string>> headers_;
  engine::ExchangeOwner* owner_ = nullptr;
};

void HttpGate::Verdict::decide(Decision::Kind kind, engine::HttpReply&& refusal) {
  static base::Quarantine<Verdict, 1024> finished;
  if (is_decided_.exchange(true)) return tell(Fault::completed_twice, "a second verdict on the same HTTP request");
  decision_.kind = kind;
  decision_.refusal = std::move(refusal);
  if (!is_on_its_own_) return;
  loop_.post([gate = &gate_, number = number_, decision = std::make_unique<Decision>(std::move(decision_))] {
    const auto found = gate->passages_.find(number);
    if (found != gate->passages_.end()) found->second->resume(std::move(*decision));
  });
  finished.add(std::unique_ptr<Verdict>(this));
}

HttpGate::HttpGate(std::vector<HttpHookBinding> chain, base::Milliseconds timeout, const Environment& environment)
    : chain_(std::move(chain)), timeout_(timeout), environment_(environment) {}

HttpGate::~HttpGate() = default;

void HttpGate::handle(engine::HttpExchange& exchange) {
  const std::uint64_t number = ++last_number_;
  Passage& passage = *passages_.emplace(number, std::make_unique<Passage>(*this, exchange, number)).first->second;
  passage.step();
}

}  // namespace signaling::server
