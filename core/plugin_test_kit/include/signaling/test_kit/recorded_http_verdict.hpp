#pragma once
// What a middleware decides of an HTTP request, kept for the test.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <signaling/plugin_api/http_requests.hpp>
#include <signaling/test_kit/http_message.hpp>
#include <signaling/test_kit/verdict_life.hpp>

namespace signaling::testing {

/// One verdict of one hook; a deferred one is the same object. Forgotten it is a 500, late a 503.
class RecordedHttpVerdict final : public plugin_api::HttpVerdict, public VerdictLife {
 public:
  enum class Outcome {
    none,  ///< not yet
    passed,
    refused,
  };
  /// Without a host a deferred verdict has no deadline.
  explicit RecordedHttpVerdict(FakeHost* host = nullptr, std::uint32_t deadline_ms = default_deadline_ms)
      : VerdictLife(host, deadline_ms) {}

  // What the test looks at.
  Outcome outcome() const { return read(outcome_); }
  bool passed() const { return outcome() == Outcome::passed; }
  bool refused() const { return outcome() == Outcome::refused; }
  /// What `add_header` has set before the end.
  HttpHeaders headers() const { return read(headers_); }
  /// Of the refusal, without those headers.
  HttpAnswer answer() const { return read(answer_); }
  /// What a server would tell as the plugin's fault: headers that were left out, an answer that became a 500.
  std::vector<std::string> faults() const { return read(faults_); }
  /// `pass`, `refuse <status> <body>`, `deferred`, or nothing where there is no verdict.
  std::string text() const;

  // What the server does.
  /// The hook has returned: without verdict it is refused from here on.
  void end_hook();

  void add_header(std::string_view name, std::string_view value) override;
  void pass() override {
    end([this] { outcome_ = Outcome::passed; });
  }
  void refuse(const plugin_api::HttpResponse& response) override;
  plugin_api::HttpVerdict& defer() override;

 private:
  void set_refusal(HttpAnswer answer);

  // Guarded by the life's mutex.
  Outcome outcome_ = Outcome::none;
  HttpHeaders headers_;
  HttpAnswer answer_;
  std::vector<std::string> faults_;
};

}  // namespace signaling::testing
