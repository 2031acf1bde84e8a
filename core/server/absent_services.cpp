#include <signaling/server/absent_services.hpp>

namespace signaling::server {

namespace {

using namespace plugin_api;

class AbsentNamespaces final : public Namespaces {
 public:
  void emit(const Target&, const Payload&, EmitFlags) override {}
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

class AbsentPresence final : public Presence {
 public:
  void put(std::string_view, std::string_view, std::string_view, std::uint32_t, PresenceHandler& handler) override {
    refuse(handler);
  }
  void remove(std::string_view, std::string_view, PresenceHandler& handler) override { refuse(handler); }
  void list(std::string_view, PresenceHandler& handler) override { refuse(handler); }

 private:
  static void refuse(PresenceHandler& handler) {
    handler.on_presence(Status::unavailable, 0, false, {});
    handler.release();
  }
};

}  // namespace

plugin_api::Namespaces& absent_namespaces() noexcept {
  static AbsentNamespaces namespaces;
  return namespaces;
}

plugin_api::Presence& absent_presence() noexcept {
  static AbsentPresence presence;
  return presence;
}

}  // namespace signaling::server
