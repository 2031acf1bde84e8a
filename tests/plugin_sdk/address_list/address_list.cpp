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

#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/log.hpp>
#include <signaling/plugin_api/metrics.hpp>
#include <signaling/plugin_api/per_loop.hpp>
#include <signaling/plugin_api/plugin_main.hpp>
#include <signaling/plugin_api/schema.hpp>
#include <signaling/plugin_api/typed_config.hpp>

#include "ranges.hpp"
#include "reader.hpp"

namespace {

using namespace signaling::plugin_api;
using namespace std::chrono_literals;

constexpr Schema schema(
    key<std::string>("file").length(1, 4096).required().reloadable().help("Addresses and networks, one a line."),
    key<std::chrono::milliseconds>("check_interval", "2s").range(10ms, 1h).reloadable().help("How often to look for changes."));

std::shared_ptr<const Ranges> read(const ConfigView& config) {
  return std::make_shared<const Ranges>(Ranges::read(read_file(Config(config, schema).get<std::string>("file"))));
}

class AddressList final : public BasicMiddleware {
 public:
  explicit AddressList(Host& host)
      : log_(host),
        host_(host),
        reader_([this](const std::string& text) { use(text); }, [this](const std::string& what) { keep_old(what); }) {}

  /// Ends `--check`, the start, and the reload of the configuration where the file is bad.
  void validate(const ConfigView& config, Problems& problems) override {
    try {
      read(config);
    } catch (const std::exception& error) {
      problems.add("file", error.what());
    }
  }

  void start(const ConfigView& config, Problems& problems) override {
    refused_ = Counter(host_, "refused_total", "Handshakes from addresses that are not in the list");
    try {
      ranges_ = Lists(host_, [ranges = read(config)](std::uint32_t) { return ranges; });
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
    if (ranges_.here()->contains(handshake.address())) return verdict.pass();
    refused_.add();
    verdict.refuse("address not allowed");
  }

 private:
  using Lists = PerLoop<std::shared_ptr<const Ranges>>;

  void watch(const ConfigView& view) {
    const Config config(view, schema);
    reader_.watch(config.get<std::string>("file"), config.get<std::chrono::milliseconds>("check_interval"));
  }

  // On the reader's thread. Each loop has a pointer of its own, which that loop alone touches: no lock, no atomic.
  void use(const std::string& text) {
    const auto fresh = std::make_shared<const Ranges>(Ranges::read(text));
    ranges_.on_each([fresh](std::shared_ptr<const Ranges>& ranges) { ranges = fresh; });
    is_well_ = true;
    log_.info(fresh->size(), " addresses and networks are let in");
  }

  void keep_old(const std::string& what) {
    is_well_ = false;
    log_.error("the file cannot be used, the addresses are those of before: ", what);
  }

  const Log log_;
  Host& host_;
  Counter refused_;
  Lists ranges_;
  std::atomic<bool> is_well_ = true;
  Reader reader_;  // last: its thread ends before the rest
};

}  // namespace

SIGNALING_PLUGIN(AddressList, schema);
