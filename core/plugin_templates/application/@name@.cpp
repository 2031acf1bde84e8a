#include "@name@.hpp"

namespace @name@ {

using namespace signaling::plugin_api;

void @Name@::start(const ConfigView& config, Problems& problems) {
  said_ = &host_.metric(MetricKind::counter, "said_total", "What clients have said", {});
  reload(config, problems);
}

void @Name@::reload(const ConfigView& config, Problems&) { max_text_bytes_ = config.integer("max_text_bytes"); }

// `event.args` is JSON without its brackets, as the client wrote it: it can be sent on without being read.
void @Name@::on_event(Socket& socket, const Event& event) {
  if (event.name != "say") return;
  const bool is_short = event.args.size() <= static_cast<std::size_t>(max_text_bytes_.load());
  if (is_short && !event.args.empty()) {
    said_->add(1);
    const std::string_view text[] = {R"(["said",")", socket.id(), R"(",)", event.args, "]"};
    host_.namespaces().emit({.namespace_name = socket.namespace_name()}, {text, event.attachments});
  }
  if (!event.ack.wanted()) return;
  const std::string_view answer[] = {is_short ? R"([{"ok":true}])" : R"([{"ok":false,"error":"too-long"}])"};
  socket.reply(event.ack, {answer});
}

}  // namespace @name@
