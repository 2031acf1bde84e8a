// Writes each call of its life into the log, and notes where one is made on another thread than the first.
#include <string>
#include <thread>

#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/plugin_main.hpp>

namespace {

using namespace signaling::plugin_api;

class Recorder final : public BasicApplication {
 public:
  explicit Recorder(Host& host) : host_(host), thread_(std::this_thread::get_id()) { record("create"); }
  ~Recorder() override { record("destroy"); }
  void validate(const ConfigView&, Problems&) override { record("validate"); }
  void start(const ConfigView&, Problems&) override { record("start"); }
  void drain(unsigned) override { record("drain"); }
  void stop() override { record("stop"); }
  std::string_view health() const override { return "as well as can be expected"; }
  void claim_namespaces(NamespaceClaims&) override { record("claim_namespaces"); }

 private:
  void record(std::string_view call) {
    const bool same_thread = std::this_thread::get_id() == thread_;
    host_.log(LogLevel::info, std::string("recorded ") + std::string(call) + (same_thread ? "" : " on another thread"));
  }

  Host& host_;
  const std::thread::id thread_;
};

}  // namespace

SIGNALING_PLUGIN(Recorder, no_schema);
