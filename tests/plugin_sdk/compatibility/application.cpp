// Calls every function of the border that an application has, in the headers of any minor version. Each event is one thing to
// do, and is answered with what came of it.

#include <cstdint>
#include <string>
#include <string_view>

#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/callbacks.hpp>
#include <signaling/plugin_api/json_build.hpp>
#include <signaling/plugin_api/json_slice.hpp>
#include <signaling/plugin_api/plugin_main.hpp>
#if SIGNALING_API_MINOR >= 1
#include <signaling/plugin_api/admin.hpp>
#include <signaling/plugin_api/counters.hpp>
#include <signaling/plugin_api/peers.hpp>
#endif

namespace {

using namespace signaling::plugin_api;
using json::Pieces;

constexpr ConfigKey schema[] = {
    {"greeting", KeyType::string, "\"hello\"", 1, 100, nullptr, true, false, false, "what a client is greeted with"},
    {"tables", KeyType::table_list, nullptr, 0, 4, nullptr, false, false, false, "never used"},
    {"tables.number", KeyType::integer, "7", 0, 9, nullptr, false, false, false, "never used"},
};

constexpr std::string_view space = "/aged";
constexpr std::uint32_t wait_ms = 5000;

class Texts final : public TextVisitor {
 public:
  bool on_text(std::string_view text) override {
    all += all.empty() ? "" : " ";
    all += text;
    return true;
  }
  std::string all;
};

class Aged final : public BasicApplication
#if SIGNALING_API_MINOR >= 1
    ,
                   public AdminHandler,
                   public PeerHandler
#endif
{
 public:
  explicit Aged(Host& host) : host_(host) {}

  void start(const ConfigView& config, Problems&) override {
    greeting_ = json::json_string(config.string("greeting"));
    const Label labels[] = {{"of", "tests"}};
    events_ = &host_.metric(MetricKind::counter, "events_total", "Events", labels);
    host_.metric(MetricKind::gauge, "level", "Gauge", {}).set(2.5);
    host_.metric(MetricKind::histogram, "seconds", "Histogram", {}).observe(0.5);
#if SIGNALING_API_MINOR >= 1
    static_cast<AdminCalls*>(host_.query(admin_calls_interface))->serve(*this);
    peers_ = static_cast<Peers*>(host_.query(peers_interface));
    peers_->receive(*this);
#endif
  }
  void reload(const ConfigView& config, Problems&) override {
    host_.log(LogLevel::info, "reloaded: " + std::string(config.string("greeting")));
  }
  std::string_view health() const override { return "aged"; }

  void claim_namespaces(NamespaceClaims& claims) override { claims.claim(space); }

  void on_connect(Socket& socket) override {
    const Handshake& came = socket.handshake();
    const std::string address = json::json_string(came.address());
    const std::string agent = json::json_string(came.header("x-test"));
    const std::string query = json::json_string(came.query("test"));
    socket.set_user(this);
    socket.set_data(R"({"aged":true})");
    socket.emit(Pieces(R"(["greeting",)", greeting_, ",", address, ",", agent, ",", query, ",", came.auth(), "]"));
  }

  void on_disconnect(Socket& socket, std::string_view reason) override {
    if (socket.user() == this) host_.log(LogLevel::info, "gone: " + std::string(reason));
  }

  void on_event(Socket& socket, const Event& event) override {
    events_->add(1);
    if (event.name == "echo") return answer(socket.id(), event.ack, event.args, event.attachments);
    if (event.name == "rooms") return rooms(socket, event.ack);
    if (event.name == "broadcast") return broadcast(socket, event);
    if (event.name == "ask") return ask(socket, event);
    if (event.name == "query") return query(socket, event.ack);
    if (event.name == "presence") return put(socket, event.ack);
    if (event.name == "timer") return timer(socket, event.ack);
    if (event.name == "servers") return servers(socket, event.ack);
    if (event.name == "remote") return remote(socket);
    if (event.name == "leave") return socket.disconnect(true);
#if SIGNALING_API_MINOR >= 1
    if (event.name == "counters") return counters(socket, event.ack);
    if (event.name == "peers") return peers(socket, event.ack);
#endif
  }

  void on_server_event(std::string_view, std::string_view, const Event&, ServerReply& reply) override {
    if (reply.wanted()) reply.defer().answer(Pieces("[1]"));
  }

#if SIGNALING_API_MINOR >= 1
  void on_admin_call(const AdminRequest& request, AdminReply& reply) override {
    reply.answer(200, std::string(R"({"path":)") + json::json_string(request.path) + "}");
  }
  void on_peer_event(std::string_view, const Event&, ServerReply& reply) override { reply.answer(Pieces("[1]")); }
#endif

 private:
  /// The client may be gone by then.
  void answer(std::string_view id, AckToken ack, std::string_view json, std::span<const Bytes> attachments = {}) {
    Socket* const socket = host_.namespaces().find_local(space, id);
    if (socket == nullptr || !ack.wanted()) return;
    const std::string_view text[] = {"[", json, "]"};
    socket->reply(ack, {text, attachments});
  }

  void rooms(Socket& socket, AckToken ack) {
    const Status joined = socket.join("room", Admission::open, &make_status_handler([](Status) {}));
    const Status held = socket.join("held", Admission::held);
    const Status admitted = socket.admit("held", 5);
    const bool is_in = socket.is_in("held");
    const Status left = socket.leave("held");
    Texts texts;
    socket.visit_rooms(texts);
    std::string all;
    for (const Status status : {joined, held, admitted, left}) all += std::string(to_string(status)) + " ";
    answer(socket.id(), ack, json::json_string(all + (is_in ? "in " : "out ") + texts.all));
  }

  void broadcast(Socket& socket, const Event& event) {
    const std::string_view to[] = {"room"};
    const std::string_view not_to[] = {socket.id()};
    const std::string_view text[] = {R"(["said",)", event.args, "]"};
    host_.namespaces().emit({.namespace_name = space, .rooms = to, .except = not_to}, {text, event.attachments},
                            {.compress = false, .local = true});
    auto on_answers = [this, id = std::string(socket.id()), ack = event.ack](
                          Status status, std::span<const BroadcastAckHandler::Answer> answers, std::uint32_t expected, auto) {
      answer(id, ack,
             json::json_string(std::string(to_string(status)) + " " + std::to_string(expected) + " " +
                               std::string(answers.empty() ? "" : answers.front().args)));
    };
    host_.namespaces().emit_with_ack({.namespace_name = space, .rooms = to, .except = not_to}, Pieces(R"(["confirm"])"),
                                     wait_ms, make_broadcast_ack_handler(std::move(on_answers)));
  }

  void ask(Socket& socket, const Event& event) {
    const std::string_view text[] = {R"(["asked",)", event.args, "]"};
    auto on_ack = [this, id = std::string(socket.id()), ack = event.ack](
                      std::string_view args, std::span<const Bytes> attachments) { answer(id, ack, args, attachments); };
    socket.emit_with_ack({text, event.attachments}, wait_ms, make_ack_handler(on_ack, [](Status) {}));
  }

  void query(Socket& socket, AckToken ack) {
    auto on_result = [this, id = std::string(socket.id()), ack](Status status, std::uint64_t count,
                                                                std::span<const SocketInfo> sockets, auto) {
      std::string text = std::string(to_string(status)) + " " + std::to_string(count);
      for (const SocketInfo& info : sockets) {
        if (info.id == id) text += " " + std::string(info.data) + " " + std::string(json::find(info.handshake, "address"));
      }
      answer(id, ack, json::json_string(text));
    };
    host_.namespaces().query({.namespace_name = space}, Projection::full, wait_ms, false, make_query_handler(on_result));
  }

  void put(Socket& socket, AckToken ack) {
    const std::string id(socket.id());
    auto on_list = [this, id, ack](Status status, std::uint64_t, bool, std::span<const PresenceEntry> members) {
      std::string text(to_string(status));
      for (const PresenceEntry& entry : members) text += " " + std::string(entry.value);
      host_.presence().remove(
          "room", id, make_presence_handler([this, id, ack, text](Status removed, std::uint64_t, bool existed, auto) {
            answer(id, ack, json::json_string(text + " " + std::string(to_string(removed)) + (existed ? " was there" : "")));
          }));
    };
    auto on_put = [this, on_list](Status, std::uint64_t, bool, auto) {
      host_.presence().list("room", make_presence_handler(on_list));
    };
    host_.presence().put("room", id, "value", 10, make_presence_handler(on_put));
  }

  void timer(Socket& socket, AckToken ack) {
    const std::uint64_t never = host_.start_timer(60'000, make_task([] {}));
    auto on_time = [this, id = std::string(socket.id()), ack, began = host_.monotonic_ms(), never] {
      const bool is_later = host_.monotonic_ms() > began && host_.wall_clock_ms() > 0;
      answer(id, ack, is_later && host_.cancel_timer(never) && host_.should_log(LogLevel::error) ? "true" : "false");
    };
    auto on_loop = [this, on_time] { host_.start_timer(5, make_task(on_time)); };
    host_.post(socket.loop(), make_task(on_loop));
  }

  void servers(Socket& socket, AckToken ack) {
    auto on_answers = [this, id = std::string(socket.id()), ack](Status status, auto answers, auto missing) {
      answer(id, ack,
             json::json_string(std::string(to_string(status)) + " " + std::to_string(answers.size() + missing.size()) + " of " +
                               std::string(host_.node_name())));
    };
    host_.namespaces().emit_to_servers(space, Pieces(R"(["anybody"])"), wait_ms, &make_server_answers_handler(on_answers));
  }

  /// Everything that is done to sockets by their ids.
  void remote(Socket& socket) {
    const std::string_view self[] = {socket.id()};
    const std::string_view remote_room[] = {"remote"};
    Namespaces& all = host_.namespaces();
    all.join({.namespace_name = space, .rooms = self}, remote_room);
    all.emit_to_member(space, socket.id(), "remote", Pieces(R"(["remote","in"])"), nullptr);
    all.leave({.namespace_name = space, .rooms = self}, remote_room);
    auto on_status = [&all, id = std::string(socket.id())](Status status) {
      all.emit_to_member(space, id, {}, Pieces(R"(["remote",")", to_string(status), R"("])"), nullptr);
      const std::string_view target[] = {id};
      all.disconnect({.namespace_name = space, .rooms = target}, false);
    };
    all.emit_to_member(space, socket.id(), "remote", Pieces(R"(["remote","still in"])"), &make_status_handler(on_status));
  }

#if SIGNALING_API_MINOR >= 1
  void counters(Socket& socket, AckToken ack) {
    auto* const shared = static_cast<SharedCounters*>(host_.query(SharedCounters::interface_name));
    if (shared == nullptr) return answer(socket.id(), ack, R"("none")");
    const CounterTake takes[] = {{"key", 3, 0.001, 10}, {"key", 8, 0.001, 10}};
    auto on_levels = [this, id = std::string(socket.id()), ack](std::span<const CounterLevel> levels) {
      std::string text;
      for (const CounterLevel& level : levels)
        text += std::string(to_string(level.status)) + (level.is_taken ? " taken " : " full ");
      answer(id, ack, json::json_string(text));
    };
    shared->take(takes, wait_ms, make_counter_handler(on_levels));
  }

  void peers(Socket& socket, AckToken ack) {
    auto on_answers = [this, id = std::string(socket.id()), ack](Status status, auto answers, auto) {
      answer(id, ack, json::json_string(std::string(to_string(status)) + " " + std::to_string(answers.size())));
    };
    peers_->send(Pieces(R"(["anybody"])"), wait_ms, &make_server_answers_handler(on_answers));
  }

  Peers* peers_ = nullptr;
#endif
  Host& host_;
  Metric* events_ = nullptr;
  std::string greeting_;
};

}  // namespace

SIGNALING_PLUGIN(Aged, schema);
