#pragma once
// What a middleware decides, kept for the test.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <signaling/plugin_api/handshake_refusals.hpp>
#include <signaling/plugin_api/middleware.hpp>
#include <signaling/test_kit/received.hpp>
#include <signaling/test_kit/verdict_life.hpp>

namespace signaling::testing {

/// One verdict; a deferred one is the same object.
class RecordedVerdict final : public plugin_api::Verdict, public VerdictLife {
 public:
  enum class Outcome {
    none,  ///< not yet
    passed,
    refused,
    disconnected,
  };
  /// Without a host a deferred verdict has no deadline.
  explicit RecordedVerdict(FakeHost* host = nullptr, std::uint32_t deadline_ms = default_deadline_ms)
      : VerdictLife(host, deadline_ms) {}

  // What the test looks at.
  Outcome outcome() const { return read(outcome_); }
  bool passed() const { return outcome() == Outcome::passed; }
  bool refused() const { return outcome() == Outcome::refused; }
  bool disconnected() const { return outcome() == Outcome::disconnected; }
  std::string message() const { return read(message_); }  ///< of the refusal
  std::string data() const { return read(data_); }        ///< JSON, of the refusal
  unsigned status() const { return read(status_); }       ///< of a handshake refused by `HandshakeRefusals`; else 403
  unsigned retry_after_seconds() const { return read(retry_after_seconds_); }
  /// What goes on instead, where `replace` was called before the end.
  std::optional<Received> replacement() const { return read(replacement_); }
  /// `pass`, `refuse <message><data>`, `disconnect`, `deferred`, or nothing where there is no verdict.
  std::string text() const;

  // What the server does.
  /// The hook has returned: without verdict it is refused from here on.
  void end_hook();

  void pass() override {
    end([this] { outcome_ = Outcome::passed; });
  }
  void refuse(std::string_view message, std::string_view data_json = {}) override;
  void disconnect() override {
    end([this] { outcome_ = Outcome::disconnected; });
  }
  void replace(const plugin_api::Payload& event) override;
  plugin_api::Verdict& defer() override;
  void refuse_handshake(const plugin_api::HandshakeRefusal& refusal);

 private:
  void set_refusal(std::string_view message);

  // Guarded by the life's mutex.
  Outcome outcome_ = Outcome::none;
  std::string message_;
  std::string data_;
  unsigned status_ = 403;
  unsigned retry_after_seconds_ = 0;
  std::optional<Received> replacement_;
};

/// `Host::query(HandshakeRefusals::interface_name)` for plugins that are given `RecordedVerdict`s; every `FakeNode` has it.
class FakeRefusals final : public plugin_api::HandshakeRefusals {
 public:
  void refuse(plugin_api::Verdict& verdict, const plugin_api::HandshakeRefusal& refusal) override {
    static_cast<RecordedVerdict&>(verdict).refuse_handshake(refusal);
  }
};

}  // namespace signaling::testing
