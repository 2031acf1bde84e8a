// Matches clients that wait, two at a time, and names both of them a room that nobody else knows. What they do there is another
// application's business (webrtc_signaling's `join`).
//
//   client says   is told
//   find          waiting {}: nobody else is there yet
//                 matched {"room":…,"peer":<socket id>}
//                 again {}: the peer left before it was told; to be found again
//                 failed {"error":…}: it does not stand in the line, and may ask again
//   leave         acknowledgement {"left":true}, or {"left":false} where it was not in the line (any more)
//
// The line is a room of presence, so all nodes have the same one, in the order of entry. Who enters asks the first one in front
// of it, and only those in front are ever asked, so nobody waits for each other. The node of the one who is asked decides.

#include <mutex>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>

#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/callbacks.hpp>
#include <signaling/plugin_api/json_build.hpp>
#include <signaling/plugin_api/json_read.hpp>
#include <signaling/plugin_api/json_write.hpp>
#include <signaling/plugin_api/metrics.hpp>
#include <signaling/plugin_api/plugin_main.hpp>
#include <signaling/plugin_api/replies.hpp>
#include <signaling/plugin_api/schema.hpp>
#include <signaling/plugin_api/typed_config.hpp>

namespace {

using namespace signaling::plugin_api;
using json::Pieces;

constexpr Schema schema(key<std::string>("namespace", "/lobby").length(1, 64).help("Namespace that is served."));

constexpr std::string_view line = "line";
constexpr std::uint32_t answer_timeout_ms = 2000;
constexpr std::uint64_t retry_ms = 20;

std::string random_room() {
  constexpr char digits[] = "0123456789abcdef";
  std::random_device random;
  std::string room;
  for (int i = 0; i < 32; ++i) room += digits[random() % 16];
  return room;
}

class Lobby final : public BasicApplication {
 public:
  explicit Lobby(Host& host) : host_(host) {}

  void start(const ConfigView& config, Problems&) override {
    namespace_ = Config(config, schema).get<std::string>("namespace");
    matches_ = Counter(host_, "matches_total", "Pairs that were brought together");
  }

  void claim_namespaces(NamespaceClaims& claims) override { claims.claim(namespace_); }

  void on_event(Socket& socket, const Event& event) override {
    if (event.name == "find") enter(std::string(socket.id()));
    if (event.name == "leave") reply(socket, event, json::object("left", leave(std::string(socket.id()))));
  }

  void on_disconnect(Socket& socket, std::string_view) override { leave(std::string(socket.id())); }

  /// `["take",<one in front>,<seeker>,<room>]` from another node.
  void on_server_event(std::string_view, std::string_view, const Event& event, ServerReply& reply) override {
    const auto ids = json::read_args<std::string, std::string, std::string>(event.args);
    if (event.name != "take" || !ids) return;
    const auto& [first, seeker, room] = *ids;
    reply.answer(Pieces(take(first, seeker, room) ? "[true]" : "[false]"));
  }

 private:
  // All of this speaks of ids: by the time of an answer the socket may be gone, and half of them are on other nodes. A handler
  // that finds its socket no longer in the line has nothing to do.

  void enter(const std::string& id) {
    {
      const std::lock_guard lock(mutex_);
      if (!may_be_taken_.emplace(id, false).second) return;  // asks twice
    }
    auto on_entered = [this, id](Status status, std::uint64_t, bool, std::span<const PresenceEntry> others) {
      if (status != Status::ok) return fail(id, status);
      others.empty() ? wait(id) : ask(id, std::string(others.front().member));
    };
    host_.presence().put(line, id, {}, 0, make_presence_handler(std::move(on_entered)));
  }

  void look_again(const std::string& id) {
    auto on_list = [this, id](Status status, std::uint64_t, bool, std::span<const PresenceEntry> all) {
      if (status != Status::ok) return fail(id, status);
      if (all.empty() || all.front().member == id) return wait(id);
      ask(id, std::string(all.front().member));
    };
    host_.presence().list(line, make_presence_handler(std::move(on_list)));
  }

  /// Nobody is in front.
  void wait(const std::string& id) {
    {
      const std::lock_guard lock(mutex_);
      const auto found = may_be_taken_.find(id);
      if (found == may_be_taken_.end()) return;
      found->second = true;
    }
    tell(id, Pieces(R"(["waiting",{}])"));
  }

  void ask(const std::string& seeker, const std::string& first) {
    const std::string room = random_room();
    if (take(first, seeker, room)) return found(seeker, first, room);
    auto on_answers = [this, seeker, first, room](Status, std::span<const ServerAnswersHandler::Answer> answers, auto) {
      for (const auto& answer : answers) {
        if (answer.args == "[true]") return found(seeker, first, room);
      }
      // Somebody was faster, or the first one is about to be told of another; soon there is another first.
      host_.start_timer(retry_ms, make_task([this, seeker] {
                          if (is_in_line(seeker)) look_again(seeker);
                        }));
    };
    host_.namespaces().emit_to_servers(namespace_, Pieces(R"(["take",")", first, R"(",")", seeker, R"(",")", room, R"("])"),
                                       answer_timeout_ms, &make_server_answers_handler(std::move(on_answers)));
  }

  /// Whether `first` waits on this node; it then does no longer.
  bool take(const std::string& first, const std::string& seeker, const std::string& room) {
    {
      const std::lock_guard lock(mutex_);
      const auto found = may_be_taken_.find(first);
      if (found == may_be_taken_.end() || !found->second) return false;
      may_be_taken_.erase(found);
    }
    remove(first);
    tell_match(first, seeker, room);
    return true;
  }

  void found(const std::string& seeker, const std::string& first, const std::string& room) {
    if (!leave(seeker)) return tell(first, Pieces(R"(["again",{}])"));
    tell_match(seeker, first, room);
    matches_.add();
  }

  bool is_in_line(const std::string& id) {
    const std::lock_guard lock(mutex_);
    return may_be_taken_.contains(id);
  }

  bool leave(const std::string& id) {
    {
      const std::lock_guard lock(mutex_);
      if (may_be_taken_.erase(id) == 0) return false;
    }
    remove(id);
    return true;
  }

  /// One that stays would be the first in the line for ever.
  void remove(const std::string& id) {
    auto on_removed = [this, id](Status status, std::uint64_t, bool, auto) {
      if (status == Status::ok || status == Status::closed || is_in_line(id)) return;
      host_.start_timer(retry_ms, make_task([this, id] { remove(id); }));
    };
    host_.presence().remove(line, id, make_presence_handler(std::move(on_removed)));
  }

  void fail(const std::string& id, Status status) {
    if (leave(id)) tell(id, Pieces(R"(["failed",{"error":")", to_string(status), R"("}])"));
  }

  void tell_match(const std::string& id, const std::string& peer, const std::string& room) {
    tell(id, Pieces(R"(["matched",{"room":")", room, R"(","peer":")", peer, R"("}])"));
  }

  void tell(const std::string& id, const Payload& event) {
    host_.namespaces().emit_to_member(namespace_, id, {}, event, nullptr);
  }

  Host& host_;
  std::string namespace_;
  Counter matches_;
  std::mutex mutex_;                                    // loops share what follows; never held in a call of the host
  std::unordered_map<std::string, bool> may_be_taken_;  // sockets of this node that are in the line
};

}  // namespace

SIGNALING_PLUGIN(Lobby, schema);
