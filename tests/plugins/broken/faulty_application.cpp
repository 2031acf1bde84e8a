// Starts well and then breaks the rules of the border, one at a time, as the event's name says; answers when it has done so.
#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include <signaling/plugin_api/admin.hpp>
#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/callbacks.hpp>
#include <signaling/plugin_api/plugin_main.hpp>

namespace {

using namespace signaling::plugin_api;

constexpr std::string_view some_namespace = "/faulty";

class Faulty final : public BasicApplication, private AdminHandler {
 public:
  explicit Faulty(Host& host) : host_(host) {}

  void start(const ConfigView&, Problems&) override {
    static_cast<AdminCalls*>(host_.query(admin_calls_interface))->serve(*this);
  }
  void claim_namespaces(NamespaceClaims& claims) override { claims.claim(some_namespace); }

  void on_event(Socket& socket, const Event& event) override {
    const auto emit = [&](std::string_view text, std::span<const Bytes> attachments = {}) {
      socket.emit({{&text, 1}, attachments});
      host_.namespaces().emit({.namespace_name = some_namespace}, {{&text, 1}, attachments});
    };
    if (event.name == "json") {
      emit(R"(["broken",)");
    } else if (event.name == "array") {
      emit(R"({"no":"array"})");
    } else if (event.name == "name") {
      emit(R"([{"no":"name"}])");
    } else if (event.name == "utf8") {
      emit("[\"broken\",\"\xC3\x28\"]");
    } else if (event.name == "placeholder") {
      const std::byte byte{1};
      const Bytes attachments[] = {{&byte, 1}};
      emit(R"(["broken",{"_placeholder":true,"num":3}])", attachments);
    } else if (event.name == "huge") {
      emit("[\"broken\",\"" + std::string(5'000'000, 'x') + "\"]");
    } else if (event.name == "ack") {
      const std::string_view text = "{}";
      socket.reply(event.ack, {{&text, 1}});
      return;  // nothing was sent: the answer below would be a second one
    } else if (event.name == "unknown ack") {
      const std::string_view text = "[1]";
      socket.reply(AckToken{123'456}, {{&text, 1}});
    } else if (event.name == "thread") {
      call_from_thread(socket);
    } else if (event.name == "no loop") {
      host_.post(99, make_task([] {}));
    } else if (event.name == "block") {
      block();
    } else if (event.name == "block later") {
      host_.start_timer(1, make_task([this] { block(); }));
    } else if (event.name == "handler") {
      const std::string_view text = R"(["question"])";
      socket.emit_with_ack(
          {{&text, 1}}, 5'000,
          make_ack_handler([](std::string_view, std::span<const Bytes>) { throw std::runtime_error("no answer"); },
                           [](Status) {}));
    } else if (event.name == "join") {
      socket.join(event.args.substr(1, event.args.size() - 2));
    } else if (event.name == "reach") {
      return join_and_tell(socket, event);
    } else if (event.name == "presence") {
      return ask_presence(socket, event);
    }
    const std::string_view done = "[true]";
    socket.reply(event.ack, {{&done, 1}});
  }

 private:
  void on_admin_call(const AdminRequest& request, AdminReply& reply) override {
    reply.answer(200, "1");
    if (request.path == "twice") reply.answer(200, "2");
  }

  void block() {
    std::this_thread::sleep_for(std::chrono::milliseconds(3'500));
    const std::string_view text = R"(["over"])";
    host_.namespaces().emit({.namespace_name = some_namespace}, {{&text, 1}});
  }

  /// Everything that belongs to a loop. Waited for, so that nothing but the thread is wrong.
  void call_from_thread(Socket& socket) {
    std::thread([&] {
      const std::string_view text = R"(["broken"])";
      socket.emit({{&text, 1}});
      socket.join("room");
      socket.set_data("1");
      socket.disconnect(true);
      host_.namespaces().emit({.namespace_name = some_namespace}, {{&text, 1}});
      host_.namespaces().query({.namespace_name = some_namespace}, Projection::count, 1'000, true,
                               make_query_handler([](auto&&...) {}));
      host_.presence().list("room", make_presence_handler([](auto&&...) {}));
      host_.start_timer(1, make_task([] {}));
    }).join();
  }

  /// Answers with the text of a status, where the asker is still there.
  auto answer_with_status(Socket& asker, const Event& event) {
    return [this, id = std::string(asker.id()), ack = event.ack](Status status, auto&&...) {
      Socket* const socket = host_.namespaces().find_local(some_namespace, id);
      const std::string_view text[] = {"[\"", to_string(status), "\"]"};
      if (socket != nullptr) socket->reply(ack, {text});
    };
  }
  void join_and_tell(Socket& socket, const Event& event) {
    const std::string room(event.args.substr(1, event.args.size() - 2));
    socket.join(room, Admission::open, &make_status_handler(answer_with_status(socket, event)));
  }
  void ask_presence(Socket& socket, const Event& event) {
    const std::string room(event.args.substr(1, event.args.size() - 2));
    host_.presence().put(room, socket.id(), "{}", 0, make_presence_handler(answer_with_status(socket, event)));
  }

  Host& host_;
};

}  // namespace

SIGNALING_PLUGIN(Faulty, no_schema);
