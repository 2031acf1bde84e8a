// Thinks for an hour about every event: what waits is left to the stop.
#include <chrono>
#include <utility>
#include <vector>

#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/later_verdict.hpp>
#include <signaling/plugin_api/per_loop.hpp>
#include <signaling/plugin_api/plugin_main.hpp>
#include <signaling/plugin_api/timer.hpp>

namespace {

using namespace signaling::plugin_api;
using namespace std::chrono_literals;

class Holding final : public BasicMiddleware {
 public:
  explicit Holding(Host& host) : host_(host) {}

  void start(const ConfigView&, Problems&) override { timers_ = PerLoop<std::vector<Timer>>(host_); }
  std::uint32_t hooks() const override { return hook_event; }
  void on_event(Socket& socket, const Event&, Verdict& verdict) override {
    timers_.of(socket).push_back(run_after(host_, 1h, [later = LaterVerdict(verdict)]() mutable { later.pass(); }));
    socket.emit({held_});
  }

 private:
  static constexpr std::string_view held_[] = {R"(["held"])"};
  Host& host_;
  PerLoop<std::vector<Timer>> timers_;
};

}  // namespace

SIGNALING_PLUGIN(Holding, no_schema);
