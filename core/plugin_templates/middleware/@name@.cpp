#include "@name@.hpp"

namespace @name@ {

using namespace signaling::plugin_api;

void @Name@::start(const ConfigView& config, Problems& problems) {
  refused_ = &host_.metric(MetricKind::counter, "refused_total", "Handshakes that were refused", {});
  message_ = config.string("message");
  reload(config, problems);
}

void @Name@::reload(const ConfigView& config, Problems&) { is_closed_ = config.boolean("closed"); }

// Every way through a hook ends in a verdict: one that returns without is refused by the server.
void @Name@::on_handshake(const Handshake&, Verdict& verdict) {
  if (!is_closed_) return verdict.pass();
  refused_->add(1);
  verdict.refuse(message_);
}

}  // namespace @name@
