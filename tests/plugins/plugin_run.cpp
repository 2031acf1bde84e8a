// plugin_run DIRECTORY KIND NAME [TOML]: takes one plugin through its whole life and calls into it where the border carries
// values both ways. Prints what the plugin did; exits as the server would. For plugins of other compilers and other trees.

#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <spdlog/sinks/stdout_sinks.h>

#include <signaling/server/absent_services.hpp>
#include <signaling/server/plugin_registry.hpp>

namespace {

using namespace signaling;
using namespace signaling::plugin_api;

std::string joined(const Payload& payload) {
  std::string text;
  for (const std::string_view piece : payload.text) text += piece;
  return text + " +" + std::to_string(payload.attachments.size());
}

class PrintedNamespaces final : public Namespaces {
 public:
  void emit(const Target& target, const Payload& event, EmitFlags) override {
    std::cout << "emit to " << target.namespace_name << ": " << joined(event) << '\n';
  }
  void emit_with_ack(const Target&, const Payload&, std::uint32_t, BroadcastAckHandler& handler, EmitFlags) override {
    handler.on_answers(Status::ok, {}, 0, {});
    handler.release();
  }
  void emit_to_member(std::string_view, std::string_view, std::string_view, const Payload&, StatusHandler* handler) override {
    if (handler == nullptr) return;
    handler->on_status(Status::not_found);
    handler->release();
  }
  void join(const Target&, std::span<const std::string_view>) override {}
  void leave(const Target&, std::span<const std::string_view>) override {}
  void disconnect(const Target&, bool) override {}
  void query(const Target&, Projection, std::uint32_t, bool, QueryHandler& handler) override {
    handler.on_result(Status::ok, 0, {}, {});
    handler.release();
  }
  Socket* find_local(std::string_view, std::string_view) override { return nullptr; }
  void emit_to_servers(std::string_view, const Payload&, std::uint32_t, ServerAnswersHandler* handler) override {
    if (handler == nullptr) return;
    handler->on_answers(Status::ok, {}, {});
    handler->release();
  }
};

class PlainHandshake final : public Handshake {
 public:
  std::string_view address() const override { return "192.0.2.7"; }
  std::string_view url() const override { return "/socket.io/?EIO=4"; }
  std::string_view query(std::string_view) const override { return {}; }
  std::string_view header(std::string_view) const override { return {}; }
  bool secure() const override { return false; }
  bool cross_origin() const override { return false; }
  std::int64_t issued_ms() const override { return 1'700'000'000'000; }
  std::string_view auth() const override { return "{}"; }
};

class PrintedSocket final : public Socket {
 public:
  explicit PrintedSocket(std::string name = "/") : name_(std::move(name)) {}

  std::string_view id() const override { return "aaaabbbbccccddddeeee"; }
  std::string_view namespace_name() const override { return name_; }
  std::uint32_t loop() const override { return 0; }
  const Handshake& handshake() const override { return handshake_; }
  std::string_view transport() const override { return "websocket"; }
  bool is_connected() const override { return true; }
  EmitResult emit(const Payload& event, EmitFlags) override {
    std::cout << "emit to socket: " << joined(event) << '\n';
    return EmitResult::sent;
  }
  void emit_with_ack(const Payload&, std::uint32_t, AckHandler& handler, EmitFlags) override {
    handler.on_failure(Status::timeout);
    handler.release();
  }
  EmitResult reply(AckToken ack, const Payload& args) override {
    std::cout << "reply " << ack.id << ": " << joined(args) << '\n';
    return EmitResult::sent;
  }
  Status join(std::string_view, Admission, StatusHandler* handler) override {
    if (handler != nullptr) {
      handler->on_status(Status::ok);
      handler->release();
    }
    return Status::ok;
  }
  Status admit(std::string_view, std::uint64_t) override { return Status::ok; }
  Status leave(std::string_view) override { return Status::ok; }
  bool is_in(std::string_view) const override { return false; }
  void visit_rooms(TextVisitor&) const override {}
  void disconnect(bool) override { std::cout << "disconnect\n"; }
  std::string_view data() const override { return "{}"; }
  Status set_data(std::string_view) override { return Status::ok; }
  std::string_view claims() const override { return {}; }
  Status set_claims(std::string_view) override { return Status::ok; }
  void* user() const override { return user_; }
  void set_user(void* pointer) override { user_ = pointer; }

 private:
  const std::string name_;
  PlainHandshake handshake_;
  void* user_ = nullptr;
};

class PrintedClaims final : public NamespaceClaims {
 public:
  void claim(std::string_view name) override {
    std::cout << "claims " << name << '\n';
    last = name;
  }
  std::string last = "/";
};

class PrintedVerdict final : public Verdict {
 public:
  void pass() override { std::cout << "pass\n"; }
  void refuse(std::string_view message, std::string_view) override { std::cout << "refuse " << message << '\n'; }
  void disconnect() override { std::cout << "disconnect\n"; }
  void replace(const Payload& event) override { std::cout << "replace " << joined(event) << '\n'; }
  Verdict& defer() override { return *this; }
};

void use(Application& application) {
  PrintedClaims claims;
  application.claim_namespaces(claims);
  PrintedSocket socket(claims.last);
  application.on_connect(socket);
  const std::byte blob[3]{};
  const Bytes attachments[] = {blob};
  Event event{"say", R"(["say",{"_placeholder":true,"num":0}])", R"({"_placeholder":true,"num":0})", attachments, AckToken{7}};
  application.on_event(socket, event);
  event.ack = {};
  application.on_event(socket, event);
  application.on_disconnect(socket, "transport close");
}

void use(Middleware& middleware) {
  PrintedVerdict verdict;
  PlainHandshake handshake;
  PrintedSocket socket;
  if ((middleware.hooks() & hook_handshake) != 0) middleware.on_handshake(handshake, verdict);
  if ((middleware.hooks() & hook_connect) != 0) middleware.on_connect(socket, verdict);
  if ((middleware.hooks() & hook_event) != 0) middleware.on_event(socket, {"say", R"(["say"])", "", {}, {}}, verdict);
}

int fail(const server::PluginRegistry& registry) {
  for (const server::PluginFailure& failure : registry.failures()) std::cerr << failure.message << '\n';
  return registry.exit_code();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::cerr << "usage: plugin_run DIRECTORY KIND NAME [TOML]\n";
    return 2;
  }
  const std::string kind = argv[2];
  server::PluginSettings settings;
  settings.directories = {argv[1]};
  if (kind == "adapter") settings.adapter = argv[3];
  if (kind == "middleware") settings.middleware = {argv[3]};
  if (kind == "application") settings.applications = {argv[3]};
  const auto sink = std::make_shared<spdlog::sinks::stdout_sink_mt>();
  server::PluginMetrics metrics;
  server::PluginHooks hooks(1);
  server::PluginServices services;
  services.node_name = "sig1";
  services.server_version = "0.1.0";
  services.metrics = &metrics;
  services.hooks = &hooks;
  services.logger = [&sink](std::string_view component) {
    auto logger = std::make_shared<spdlog::logger>(std::string(component), sink);
    logger->set_pattern("%l %n: %v");
    return logger;
  };
  PrintedNamespaces namespaces;
  server::PluginRegistry registry(settings, services);
  server::ConfigProblems problems;
  const auto document = server::parse_document(argc > 4 ? argv[4] : "", "argument", {}, problems);
  if (!registry.prepare(document, server::process_environment())) return fail(registry);
  registry.set_sockets(namespaces, [](std::string_view) -> Presence& { return server::absent_presence(); });
  const bool is_well = registry.start() && registry.startup_call("use", [&registry] {
    for (const auto& middleware : registry.middleware()) use(*middleware.plugin);
    for (const auto& application : registry.applications()) use(*application.plugin);
  });
  const bool is_stopped = registry.stop();
  std::cout.flush();
  return is_well && is_stopped ? 0 : fail(registry);
}
