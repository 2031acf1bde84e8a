// Breaks the rules for verdicts: `twice`, `never`, `nothing` or `thrown`, in the query of a handshake, the auth of a CONNECT or
// an event's name.
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/plugin_main.hpp>

namespace {

using namespace signaling::plugin_api;

/// Kept, so that to a leak checker they belong to somebody; for ever, since they may not be let go either.
auto& forgotten = *new std::vector<Verdict*>;

class Faulty final : public BasicMiddleware {
 public:
  std::uint32_t hooks() const override { return hook_handshake | hook_connect | hook_event; }
  void on_handshake(const Handshake& handshake, Verdict& verdict) override { decide(handshake.query("handshake"), verdict); }
  void on_connect(Socket& socket, Verdict& verdict) override {
    const std::string_view auth = socket.handshake().auth();
    for (const std::string_view how : {"twice", "never", "nothing", "thrown"}) {
      if (auth.find("\"" + std::string(how) + "\"") != std::string_view::npos) return decide(how, verdict);
    }
    verdict.pass();
  }
  void on_event(Socket&, const Event& event, Verdict& verdict) override {
    if (event.name == "garbage") {
      const std::string_view text = "no event";
      verdict.replace({{&text, 1}});
      return verdict.pass();
    }
    decide(event.name, verdict);
  }

 private:
  static void decide(std::string_view how, Verdict& verdict) {
    if (how == "twice") {
      Verdict& later = verdict.defer();
      later.pass();
      later.refuse("too late");
    } else if (how == "never") {
      forgotten.push_back(&verdict.defer());
    } else if (how == "thrown") {
      throw std::runtime_error("undecided");
    } else if (how != "nothing") {
      verdict.pass();
    }
  }
};

}  // namespace

SIGNALING_PLUGIN(Faulty, no_schema);
