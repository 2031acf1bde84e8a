#include "upgrade_probe.hpp"

#include <utility>

#include "engine_context.hpp"
#include "engine_session.hpp"

namespace signaling::engine {
namespace {

// Never called: its channel is closed before anything can arrive.
class Nobody final : public WebSocketHandler {
  void on_websocket_message(bool, std::string_view) override {}
  void on_websocket_closed(std::uint16_t, bool) override {}
  void on_websocket_drained() override {}
};

}  // namespace

UpgradeProbe::UpgradeProbe(EngineSession& session, EngineContext& context, HttpExchange& exchange, bool base64)
    : session_(session),
      context_(context),
      upgrade_(context.loop().now(), context.options().upgrade_timeout),
      base64_(base64),
      channel_(&exchange.accept_websocket(*this, {})) {
  context_.loop().timers().arm(*this, upgrade_.deadline());
}

void UpgradeProbe::stop() {
  context_.loop().timers().disarm(*this);
  if (channel_ != nullptr) std::exchange(channel_, nullptr)->close(close_without_status);
}

void UpgradeProbe::on_websocket_message(bool is_binary, std::string_view data) {
  perform(upgrade_.on_message(is_binary, data, context_.loop().now()));
}

void UpgradeProbe::on_websocket_closed(std::uint16_t, bool) {
  channel_ = nullptr;
  session_.drop_probe();
}

void UpgradeProbe::on_timer(base::TimePoint now) { perform(upgrade_.on_time(now)); }

// The session retires this object in the last two cases; it is destroyed at the end of the turn.
void UpgradeProbe::perform(Upgrade::Action action) {
  switch (action) {
    case Upgrade::Action::answer_probe: channel_->send(context_.probe_answer()); break;
    case Upgrade::Action::end_poll: session_.end_poll(); break;
    case Upgrade::Action::wait: break;
    case Upgrade::Action::fail: return session_.drop_probe();
    case Upgrade::Action::complete:
      context_.loop().timers().disarm(*this);
      return session_.complete_upgrade(*std::exchange(channel_, nullptr), base64_);
  }
  context_.loop().timers().arm(*this, upgrade_.deadline());
}

void accept_and_close(HttpExchange& exchange) {
  static Nobody nobody;
  exchange.accept_websocket(nobody, {}).close(close_without_status);
}

}  // namespace signaling::engine
