#pragma once
// Bases that do nothing, so that an author overrides only what the plugin is about. Header-only: they are part of the plugin.

#include <string_view>

#include <signaling/plugin_api/adapter.hpp>
#include <signaling/plugin_api/application.hpp>
#include <signaling/plugin_api/middleware.hpp>
#include <signaling/plugin_api/plugin.hpp>

namespace signaling::plugin_api {

/// Life-cycle functions that accept everything and do nothing, above any of the three interfaces.
template <class Interface>
class BasicPlugin : public Interface {
 public:
  void validate(const ConfigView&, Problems&) override {}
  void start(const ConfigView&, Problems&) override {}
  void reload(const ConfigView&, Problems&) override {}
  void drain(unsigned) override {}
  void stop() override {}
  std::string_view health() const override { return {}; }

  virtual ~BasicPlugin() = default;
};

/// Left to the author: `claim_namespaces`.
class BasicApplication : public BasicPlugin<Application> {
 public:
  void on_connect(Socket&) override {}
  void on_event(Socket&, const Event&) override {}
  void on_disconnect(Socket&, std::string_view) override {}
  void on_members_changed(std::string_view, std::span<const MemberChange>) override {}
  void on_server_event(std::string_view, std::string_view, const Event&, ServerReply&) override {}
};

/// Left to the author: `hooks`, and what it names. A hook that is not overridden passes everything.
class BasicMiddleware : public BasicPlugin<Middleware> {
 public:
  void on_handshake(const Handshake&, Verdict& verdict) override { verdict.pass(); }
  void on_connect(Socket&, Verdict& verdict) override { verdict.pass(); }
  void on_event(Socket&, const Event&, Verdict& verdict) override { verdict.pass(); }
  void on_disconnect(Socket&, std::string_view) override {}
};

/// Left to the author: everything but the life cycle and the optional history.
class BasicAdapter : public BasicPlugin<Adapter> {
 public:
  void history_append(std::string_view, Bytes, HistoryHandler& handler) override { refuse(handler); }
  void history_replay(std::string_view, std::uint64_t, HistoryHandler& handler) override { refuse(handler); }

 private:
  static void refuse(HistoryHandler& handler) {
    handler.on_history(Status::unsupported, 0, {});
    handler.release();
  }
};

}  // namespace signaling::plugin_api
