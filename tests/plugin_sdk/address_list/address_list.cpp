// Lets in whose address is in a file, and refuses the handshakes of all others with 403.
//
//   [plugins.address_list]
//   file = "/etc/signaling/addresses"
//   check_interval = "2s"
//
// The file is read again when it has changed and at SIGHUP. One that cannot be used leaves the old list in force; the log says
// what is wrong, and /readyz says that something is.

#include <atomic>
#include <chrono>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/callbacks.hpp>
#include <signaling/plugin_api/plugin_main.hpp>

#include "ranges.hpp"
#include "reader.hpp"

namespace {

using namespace signaling::plugin_api;

constexpr ConfigKey schema[] = {
    {"file", KeyType::string, nullptr, 1, 4096, nullptr, true, true, false, "addresses and networks, one a line"},
    {"check_interval", KeyType::duration, "\"2s\"", 10, 3'600'000, nullptr, true, false, false,
     "how often to look for changes"},
};

class AddressList final : public BasicMiddleware {
 public:
  explicit AddressList(Host& host)
      : host_(host),
        reader_([this](const std::string& text) { use(text); }, [this](const std::string& what) { keep_old(what); }) {}

  /// Ends `--check`, the start, and the reload of the configuration where the file is bad.
  void validate(const ConfigView& config, Problems& problems) override {
    try {
      Ranges::read(read_file(std::string(config.string("file"))));
    } catch (const std::exception& error) {
      problems.add("file", error.what());
    }
  }

  void start(const ConfigView& config, Problems& problems) override {
    refused_ = &host_.metric(MetricKind::counter, "refused_total", "Handshakes from addresses that are not in the list", {});
    try {
      const auto ranges = std::make_shared<const Ranges>(Ranges::read(read_file(std::string(config.string("file")))));
      ranges_.assign(host_.loop_count(), ranges);
    } catch (const std::exception& error) {
      return problems.add("file", error.what());
    }
    watch(config);
  }

  void reload(const ConfigView& config, Problems&) override { watch(config); }
  void stop() override { reader_.stop(); }

  std::string_view health() const override {
    return is_well_ ? std::string_view() : "the file cannot be used: the addresses are those of before";
  }

  std::uint32_t hooks() const override { return hook_handshake; }

  void on_handshake(const Handshake& handshake, Verdict& verdict) override {
    if (ranges_[host_.current_loop()]->contains(handshake.address())) return verdict.pass();
    refused_->add(1);
    verdict.refuse("address not allowed");
  }

 private:
  void watch(const ConfigView& config) {
    reader_.watch(std::string(config.string("file")), std::chrono::milliseconds(config.duration_ms("check_interval")));
  }

  // On the reader's thread. Each loop has a pointer of its own, which that loop alone touches: no lock, no atomic.
  void use(const std::string& text) {
    const auto ranges = std::make_shared<const Ranges>(Ranges::read(text));
    for (std::uint32_t loop = 0; loop < host_.loop_count(); ++loop) {
      host_.post(loop, make_task([this, loop, ranges] { ranges_[loop] = ranges; }));
    }
    is_well_ = true;
    host_.log(LogLevel::info, std::to_string(ranges->size()) + " addresses and networks are let in");
  }

  void keep_old(const std::string& what) {
    is_well_ = false;
    host_.log(LogLevel::error, "the file cannot be used, the addresses are those of before: " + what);
  }

  Host& host_;
  Metric* refused_ = nullptr;
  std::vector<std::shared_ptr<const Ranges>> ranges_;  // by loop
  std::atomic<bool> is_well_ = true;
  Reader reader_;
};

}  // namespace

SIGNALING_PLUGIN(AddressList, schema);
