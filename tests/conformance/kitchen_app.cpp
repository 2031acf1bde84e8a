// An application whose events call every function of the plugin API that concerns sockets, so that tests can drive them
// from a client. Each event takes one object and answers by its acknowledgement. Namespaces: `/kitchen`, and `/dynamic-*`.

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/callbacks.hpp>
#include <signaling/plugin_api/json_build.hpp>
#include <signaling/plugin_api/json_slice.hpp>
#include <signaling/plugin_api/placeholders.hpp>
#include <signaling/plugin_api/plugin_main.hpp>

namespace {

namespace api = signaling::plugin_api;
namespace json = signaling::plugin_api::json;

std::string text_of(std::string_view string_slice) {
  std::string buffer;
  return std::string(json::decode(string_slice, buffer));
}

std::vector<std::string> texts_of(std::string_view array) {
  std::vector<std::string> texts;
  for (auto elements = json::Elements::of(array); elements.next();) texts.push_back(text_of(elements.value()));
  return texts;
}

std::string array_of(std::span<const std::string_view> texts) {
  std::string out = "[";
  for (const std::string_view text : texts) {
    if (out.size() > 1) out.push_back(',');
    json::append_json_string(out, text);
  }
  return out + "]";
}

std::string_view name_of(api::EmitResult result) {
  switch (result) {
    case api::EmitResult::sent: return "sent";
    case api::EmitResult::dropped: return "dropped";
    case api::EmitResult::closed: return "closed";
  }
  return "unknown";
}

/// The argument of a request, and what several of them have in common.
class Request {
 public:
  Request(const api::Socket& socket, const api::Event& event) : event_(event) {
    json::Elements elements(event.args);
    if (elements.next()) argument_ = elements.value();
    rooms_ = texts_of(get("rooms"));
    except_ = texts_of(get("except"));
    rooms_view_.assign(rooms_.begin(), rooms_.end());
    except_view_.assign(except_.begin(), except_.end());
    target_ = {.namespace_name = socket.namespace_name(), .rooms = rooms_view_, .except = except_view_};
    if (const std::string_view other = get("namespace"); !other.empty()) {
      namespace_ = text_of(other);
      target_.namespace_name = namespace_;
    }
    target_.before_mark = static_cast<std::uint64_t>(number("before_mark"));
  }
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  std::string_view get(std::string_view key) const {
    return json::type_of(argument_) == json::Type::object ? json::find(argument_, key) : std::string_view();
  }
  std::string text(std::string_view key) const { return text_of(get(key)); }
  std::int64_t number(std::string_view key) const { return json::integer(get(key)).value_or(0); }
  bool flag(std::string_view key) const { return json::boolean(get(key)); }

  const api::Target& target() const { return target_; }
  api::EmitFlags flags() const {
    return {.is_volatile = flag("volatile"), .compress = get("compress") != "false", .local = flag("local")};
  }
  std::uint32_t timeout() const {
    const auto configured = number("timeout");
    return configured > 0 ? static_cast<std::uint32_t>(configured) : 5000;
  }
  /// The member `event`, an array, as a payload of its own; valid as long as the request and until the next call.
  api::Payload event() {
    piece_ = rewriter_.rewrite(get("event"), event_.attachments);
    return {api::TextPieces(&piece_, 1), rewriter_.attachments()};
  }

 private:
  const api::Event& event_;
  std::string_view argument_;
  std::vector<std::string> rooms_;
  std::vector<std::string> except_;
  std::vector<std::string_view> rooms_view_;
  std::vector<std::string_view> except_view_;
  std::string namespace_;
  api::Target target_;
  json::PlaceholderRewriter rewriter_;
  std::string_view piece_;
};

class KitchenApp final : public api::BasicApplication {
 public:
  explicit KitchenApp(api::Host& host) : host_(host) {}

  void claim_namespaces(api::NamespaceClaims& claims) override {
    claims.claim("/kitchen");
    claims.claim("/dynamic-*");
  }

  void on_connect(api::Socket& socket) override {
    if (socket.namespace_name() == "/kitchen") return;
    socket.emit(json::Pieces(R"(["welcome",)", json::json_string(socket.namespace_name()), "]"));
  }

  // Told to the room "watchers", so that tests see reasons and order.
  void on_disconnect(api::Socket& socket, std::string_view reason) override {
    const std::string_view watchers[] = {"watchers"};
    host_.namespaces().emit({.namespace_name = socket.namespace_name(), .rooms = watchers},
                            json::Pieces(R"(["gone",")", socket.id(), R"(",)", json::json_string(reason), "]"));
  }

  // Of the kitchen of another node. Told to this node's part of the room "watchers"; answers by its name.
  void on_server_event(std::string_view namespace_name, std::string_view from_node, const api::Event& event,
                       api::ServerReply& reply) override {
    const std::string_view watchers[] = {"watchers"};
    host_.namespaces().emit(
        {.namespace_name = namespace_name, .rooms = watchers},
        json::Pieces(R"(["server-event",)", json::json_string(from_node), ",", event.text, "]").payload(event.attachments),
        {.local = true});
    if (event.name == "silent") return;
    const std::string answer = "[" + json::json_string(host_.node_name()) + "," + std::string(event.text) + "]";
    if (event.name == "late") {
      json::Elements arguments(event.args);
      const std::int64_t delay = arguments.next() ? json::integer(arguments.value()).value_or(1) : 1;
      host_.start_timer(static_cast<std::uint64_t>(std::max<std::int64_t>(1, delay)),
                        api::make_task([answer, &later = reply.defer()] { later.answer(json::Pieces(answer)); }));
      return;
    }
    reply.answer(json::Pieces(answer).payload(event.attachments));
  }

  void on_event(api::Socket& socket, const api::Event& event) override {
    static const std::unordered_map<std::string_view, void (KitchenApp::*)(api::Socket&, const api::Event&)> handlers = {
        {"echo", &KitchenApp::on_echo},
        {"ack", &KitchenApp::on_ack},
        {"ack-twice", &KitchenApp::on_ack_twice},
        {"ack-later", &KitchenApp::on_ack_later},
        {"info", &KitchenApp::on_info},
        {"join", &KitchenApp::on_join},
        {"admit", &KitchenApp::on_admit},
        {"leave", &KitchenApp::on_leave},
        {"rooms", &KitchenApp::on_rooms},
        {"emit", &KitchenApp::on_emit},
        {"emit-self", &KitchenApp::on_emit_self},
        {"emit-with-ack", &KitchenApp::on_emit_with_ack},
        {"emit-to-member", &KitchenApp::on_emit_to_member},
        {"ask", &KitchenApp::on_ask},
        {"sockets-join", &KitchenApp::on_sockets_join},
        {"sockets-leave", &KitchenApp::on_sockets_leave},
        {"sockets-disconnect", &KitchenApp::on_sockets_disconnect},
        {"query", &KitchenApp::on_query},
        {"emit-to-servers", &KitchenApp::on_emit_to_servers},
        {"set-data", &KitchenApp::on_set_data},
        {"presence-put", &KitchenApp::on_presence_put},
        {"presence-remove", &KitchenApp::on_presence_remove},
        {"presence-list", &KitchenApp::on_presence_list},
        {"post-loops", &KitchenApp::on_post_loops},
        {"disconnect-me", &KitchenApp::on_disconnect_me},
        {"throw", &KitchenApp::on_throw},
    };
    if (const auto found = handlers.find(event.name); found != handlers.end()) {
      (this->*found->second)(socket, event);
    } else {
      // Catch-all: any other event is told back with its name.
      const std::string_view comma = event.args.empty() ? "" : ",";
      socket.emit(json::Pieces(R"(["any",)", json::json_string(event.name), comma, event.args, "]").payload(event.attachments));
    }
  }

 private:
  /// Who waits for an answer: by id, since the socket may have gone when it comes.
  struct Caller {
    std::string namespace_name;
    std::string id;
    api::AckToken ack;
  };
  static Caller caller_of(const api::Socket& socket, const api::Event& event) {
    return {std::string(socket.namespace_name()), std::string(socket.id()), event.ack};
  }

  void answer(const Caller& caller, std::string_view json, std::span<const api::Bytes> attachments = {}) {
    api::Socket* socket = host_.namespaces().find_local(caller.namespace_name, caller.id);
    if (socket != nullptr) socket->reply(caller.ack, json::Pieces("[", json, "]").payload(attachments));
  }
  static void answer(api::Socket& socket, const api::Event& event, std::string_view json) {
    socket.reply(event.ack, json::Pieces("[", json, "]"));
  }
  static void answer_text(api::Socket& socket, const api::Event& event, std::string_view text) {
    answer(socket, event, json::json_string(text));
  }

  void on_echo(api::Socket& socket, const api::Event& event) {
    const std::string_view comma = event.args.empty() ? "" : ",";
    socket.emit(json::Pieces(R"(["echo-back")", comma, event.args, "]").payload(event.attachments));
  }

  void on_ack(api::Socket& socket, const api::Event& event) {
    socket.reply(event.ack, json::Pieces("[", event.args, "]").payload(event.attachments));
  }

  void on_ack_twice(api::Socket& socket, const api::Event& event) {
    answer_text(socket, event, "first");
    const auto second = socket.reply(event.ack, json::Pieces(R"(["second"])"));
    socket.emit(json::Pieces(R"(["second-answer",")", name_of(second), R"("])"));
  }

  void on_ack_later(api::Socket& socket, const api::Event& event) {
    const Request request(socket, event);
    host_.start_timer(static_cast<std::uint64_t>(request.number("ms")),
                      api::make_task([this, caller = caller_of(socket, event)] { answer(caller, R"("later")"); }));
  }

  void on_info(api::Socket& socket, const api::Event& event) {
    const Request request(socket, event);
    const api::Handshake& handshake = socket.handshake();
    std::string out = R"({"id":)" + json::json_string(socket.id());
    const auto add = [&out](std::string_view key, std::string_view value) {
      out.append(",\"").append(key).append("\":").append(value);
    };
    add("namespace", json::json_string(socket.namespace_name()));
    add("loop", std::to_string(socket.loop()));
    add("current_loop", std::to_string(host_.current_loop()));
    add("loops", std::to_string(host_.loop_count()));
    add("node", json::json_string(host_.node_name()));
    add("transport", json::json_string(socket.transport()));
    add("connected", socket.is_connected() ? "true" : "false");
    add("address", json::json_string(handshake.address()));
    add("url", json::json_string(handshake.url()));
    add("query", json::json_string(handshake.query(request.text("query"))));
    add("header", json::json_string(handshake.header(request.text("header"))));
    add("secure", handshake.secure() ? "true" : "false");
    add("cross_origin", handshake.cross_origin() ? "true" : "false");
    add("issued", std::to_string(handshake.issued_ms()));
    add("now", std::to_string(host_.wall_clock_ms()));
    add("auth", handshake.auth());
    add("data", socket.data());
    add("claims", json::json_string(socket.claims()));
    answer(socket, event, out + "}");
  }

  void on_join(api::Socket& socket, const api::Event& event) {
    const Request request(socket, event);
    const auto admission = request.flag("held") ? api::Admission::held : api::Admission::open;
    answer_text(socket, event, api::to_string(socket.join(request.text("room"), admission)));
  }

  void on_admit(api::Socket& socket, const api::Event& event) {
    const Request request(socket, event);
    answer_text(socket, event,
                api::to_string(socket.admit(request.text("room"), static_cast<std::uint64_t>(request.number("mark")))));
  }

  void on_leave(api::Socket& socket, const api::Event& event) {
    const Request request(socket, event);
    answer_text(socket, event, api::to_string(socket.leave(request.text("room"))));
  }

  void on_rooms(api::Socket& socket, const api::Event& event) {
    class Collector final : public api::TextVisitor {
     public:
      bool on_text(std::string_view text) override {
        texts.emplace_back(text);
        return true;
      }
      std::vector<std::string> texts;
    } collector;
    socket.visit_rooms(collector);
    answer(socket, event, array_of(std::vector<std::string_view>(collector.texts.begin(), collector.texts.end())));
  }

  void on_emit(api::Socket& socket, const api::Event& event) {
    Request request(socket, event);
    host_.namespaces().emit(request.target(), request.event(), request.flags());
    answer_text(socket, event, "ok");
  }

  void on_emit_self(api::Socket& socket, const api::Event& event) {
    Request request(socket, event);
    const auto times = std::max<std::int64_t>(1, request.number("times"));
    std::uint64_t sent = 0;
    for (std::int64_t i = 0; i < times; ++i) sent += socket.emit(request.event(), request.flags()) == api::EmitResult::sent;
    answer(socket, event, std::to_string(sent));
  }

  void on_emit_with_ack(api::Socket& socket, const api::Event& event) {
    Request request(socket, event);
    auto& handler = api::make_broadcast_ack_handler(
        [this, caller = caller_of(socket, event)](api::Status status, std::span<const api::BroadcastAckHandler::Answer> answers,
                                                  std::uint32_t expected, std::span<const std::string_view> missing) {
          std::string out = R"({"status":)" + json::json_string(api::to_string(status)) + R"(,"answers":{)";
          bool first = true;
          for (const auto& one : answers) {
            if (!std::exchange(first, false)) out.push_back(',');
            out.append(json::json_string(one.socket_id)).append(":").append(one.args);
          }
          out.append(R"(},"expected":)").append(std::to_string(expected));
          out.append(R"(,"missing":)").append(array_of(missing));
          answer(caller, out + "}");
        });
    host_.namespaces().emit_with_ack(request.target(), request.event(), request.timeout(), handler, request.flags());
  }

  void on_emit_to_member(api::Socket& socket, const api::Event& event) {
    Request request(socket, event);
    auto& handler = api::make_status_handler([this, caller = caller_of(socket, event)](api::Status status) {
      answer(caller, json::json_string(api::to_string(status)));
    });
    host_.namespaces().emit_to_member(request.target().namespace_name, request.text("id"), request.text("room"),
                                      request.event(), &handler);
  }

  void on_ask(api::Socket& socket, const api::Event& event) {
    Request request(socket, event);
    const Caller caller = caller_of(socket, event);
    auto& handler = api::make_ack_handler(
        [this, caller](std::string_view args, std::span<const api::Bytes> attachments) {
          answer(caller, json::string_body(args), attachments);  // without its brackets: they come back with the answer's own
        },
        [this, caller](api::Status status) { answer(caller, json::json_string(api::to_string(status))); });
    socket.emit_with_ack(request.event(), request.timeout(), handler, request.flags());
  }

  static std::vector<std::string_view> views(const std::vector<std::string>& texts) { return {texts.begin(), texts.end()}; }

  void on_sockets_join(api::Socket& socket, const api::Event& event) {
    const Request request(socket, event);
    const auto rooms = texts_of(request.get("join"));
    host_.namespaces().join(request.target(), views(rooms));
    answer_text(socket, event, "ok");
  }

  void on_sockets_leave(api::Socket& socket, const api::Event& event) {
    const Request request(socket, event);
    const auto rooms = texts_of(request.get("leave"));
    host_.namespaces().leave(request.target(), views(rooms));
    answer_text(socket, event, "ok");
  }

  void on_sockets_disconnect(api::Socket& socket, const api::Event& event) {
    const Request request(socket, event);
    answer_text(socket, event, "ok");
    host_.namespaces().disconnect(request.target(), request.flag("close"));
  }

  void on_query(api::Socket& socket, const api::Event& event) {
    const Request request(socket, event);
    const std::string kind = request.text("projection");
    const auto projection = kind == "count" ? api::Projection::count
                            : kind == "ids" ? api::Projection::ids
                                            : api::Projection::full;
    auto& handler =
        api::make_query_handler([this, caller = caller_of(socket, event)](api::Status status, std::uint64_t count,
                                                                          std::span<const api::SocketInfo> sockets,
                                                                          std::span<const std::string_view> missing) {
          std::string out = R"({"status":)" + json::json_string(api::to_string(status));
          out.append(R"(,"count":)").append(std::to_string(count)).append(R"(,"sockets":[)");
          bool first = true;
          for (const auto& info : sockets) {
            if (!std::exchange(first, false)) out.push_back(',');
            out.append(R"({"id":)").append(json::json_string(info.id));
            out.append(R"(,"node":)").append(json::json_string(info.node));
            out.append(R"(,"handshake":)").append(info.handshake.empty() ? "null" : info.handshake);
            out.append(R"(,"data":)").append(info.data.empty() ? "null" : info.data);
            out.append(R"(,"rooms":)").append(array_of(info.rooms)).append("}");
          }
          out.append(R"(],"missing":)").append(array_of(missing));
          answer(caller, out + "}");
        });
    host_.namespaces().query(request.target(), projection, request.timeout(), request.flag("local"), handler);
  }

  // `event` as ever; names that the other side knows: `silent` (no answer), `late` with milliseconds; everything else is
  // answered with `[node name, event]`. With `"quiet":true` nobody is asked to answer.
  void on_emit_to_servers(api::Socket& socket, const api::Event& event) {
    Request request(socket, event);
    if (request.flag("quiet")) {
      host_.namespaces().emit_to_servers(request.target().namespace_name, request.event(), request.timeout(), nullptr);
      answer_text(socket, event, "ok");
      return;
    }
    auto& handler =
        api::make_server_answers_handler([this, caller = caller_of(socket, event)](
                                             api::Status status, std::span<const api::ServerAnswersHandler::Answer> answers,
                                             std::span<const std::string_view> missing) {
          std::string out = R"({"status":)" + json::json_string(api::to_string(status)) + R"(,"answers":{)";
          bool first = true;
          for (const auto& one : answers) {
            if (!std::exchange(first, false)) out.push_back(',');
            out.append(json::json_string(one.node)).append(":").append(one.args);
          }
          out.append(R"(},"missing":)").append(array_of(missing));
          answer(caller, out + "}");
        });
    host_.namespaces().emit_to_servers(request.target().namespace_name, request.event(), request.timeout(), &handler);
  }

  void on_set_data(api::Socket& socket, const api::Event& event) {
    const Request request(socket, event);
    answer_text(socket, event, api::to_string(socket.set_data(request.get("data"))));
  }

  api::PresenceHandler& presence_handler(api::Socket& socket, const api::Event& event) {
    return api::make_presence_handler([this, caller = caller_of(socket, event)](api::Status status, std::uint64_t mark,
                                                                                bool existed,
                                                                                std::span<const api::PresenceEntry> others) {
      std::string out = R"({"status":)" + json::json_string(api::to_string(status));
      out.append(R"(,"mark":)").append(std::to_string(mark));
      out.append(R"(,"existed":)").append(existed ? "true" : "false").append(R"(,"others":[)");
      bool first = true;
      for (const auto& entry : others) {
        if (!std::exchange(first, false)) out.push_back(',');
        out.append(R"({"member":)").append(json::json_string(entry.member));
        out.append(R"(,"value":)").append(json::json_string(entry.value)).append("}");
      }
      answer(caller, out + "]}");
    });
  }

  void on_presence_put(api::Socket& socket, const api::Event& event) {
    const Request request(socket, event);
    host_.presence().put(request.text("room"), socket.id(), request.text("value"),
                         static_cast<std::uint32_t>(request.number("max")), presence_handler(socket, event));
  }

  void on_presence_remove(api::Socket& socket, const api::Event& event) {
    const Request request(socket, event);
    host_.presence().remove(request.text("room"), socket.id(), presence_handler(socket, event));
  }

  void on_presence_list(api::Socket& socket, const api::Event& event) {
    const Request request(socket, event);
    host_.presence().list(request.text("room"), presence_handler(socket, event));
  }

  // Hops over every loop and back, and answers with the numbers it saw.
  void on_post_loops(api::Socket& socket, const api::Event& event) {
    hop(caller_of(socket, event), host_.current_loop(), 0, "");
  }
  void hop(Caller caller, std::uint32_t home, std::uint32_t next, std::string seen) {
    const bool is_done = next == host_.loop_count();
    host_.post(is_done ? home : next,
               api::make_task([this, caller = std::move(caller), home, next, is_done, seen = std::move(seen)]() mutable {
                 if (is_done) {
                   answer(caller, "[" + seen + "]");
                 } else {
                   if (!seen.empty()) seen.push_back(',');
                   seen.append(std::to_string(host_.current_loop()));
                   hop(std::move(caller), home, next + 1, std::move(seen));
                 }
               }));
  }

  void on_disconnect_me(api::Socket& socket, const api::Event& event) {
    const Request request(socket, event);
    const bool close = request.flag("close");
    answer_text(socket, event, "bye");
    socket.disconnect(close);
  }

  void on_throw(api::Socket&, const api::Event&) { throw std::runtime_error("the kitchen is on fire"); }

  api::Host& host_;
};

}  // namespace

SIGNALING_PLUGIN(KitchenApp, signaling::plugin_api::no_schema);
