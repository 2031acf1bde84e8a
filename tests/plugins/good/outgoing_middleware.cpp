// Sees what goes out: drops, replaces, or fails to decide, by the event's first argument.
#include <stdexcept>
#include <string_view>

#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/outgoing.hpp>
#include <signaling/plugin_api/plugin_main.hpp>

namespace {

using namespace signaling::plugin_api;

class Outgoing final : public BasicMiddleware, private OutgoingHook {
 public:
  explicit Outgoing(Host& host) : host_(host), seen_(host.metric(MetricKind::counter, "seen_total", "Events seen", {})) {}

  std::uint32_t hooks() const override { return 0; }
  void start(const ConfigView&, Problems& problems) override {
    auto* events = static_cast<OutgoingEvents*>(host_.query(OutgoingEvents::interface_name));
    if (events == nullptr) return problems.add("", "no hook for outgoing events");
    events->watch(*this);
  }

 private:
  void on_event_out(Socket& socket, const Event& event, OutgoingVerdict& verdict) override {
    seen_.add(1);
    const auto says = [&](std::string_view word) { return event.args.starts_with(word); };
    if (says("\"drop\"")) {
      verdict.drop();
    } else if (says("\"replace\"")) {
      const std::string_view text[] = {R"(["replaced",")", socket.id(), R"(",)", event.args, "]"};
      verdict.replace({text, event.attachments});
      verdict.pass();
    } else if (says("\"garbage\"")) {
      const std::string_view text[] = {R"({"no":"event"})"};
      verdict.replace({text});
      verdict.pass();
    } else if (says("\"throw\"")) {
      throw std::runtime_error("nothing goes out");
    } else if (says("\"emit\"")) {
      // Not shown to this hook again.
      const std::string_view text[] = {R"(["extra"])"};
      socket.emit({text});
      verdict.pass();
    } else if (says("\"leave\"")) {
      socket.disconnect(false);
      verdict.pass();
    } else if (!says("\"nothing\"")) {
      verdict.pass();
    }
  }

  Host& host_;
  Metric& seen_;
};

}  // namespace

SIGNALING_PLUGIN(Outgoing, no_schema);
