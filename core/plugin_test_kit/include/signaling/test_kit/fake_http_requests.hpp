#pragma once
// The hook for HTTP requests of the Socket.IO path, in the hands of the test: `host.http_requests().send({…})`.

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <signaling/plugin_api/http_requests.hpp>
#include <signaling/test_kit/http_message.hpp>
#include <signaling/test_kit/recorded_http_verdict.hpp>

namespace signaling::testing {

class FakeHost;

/// One request on its way through the hooks, each of which may take its time. Where one has deferred, it goes on by
/// `FakeHost::run_posted` after the verdict, or is refused by `FakeHost::advance`. One thread, but for its verdicts. Owned by
/// the host, for good.
class HttpPassage {
 public:
  HttpPassage(FakeHost& host, std::uint32_t deadline_ms, std::vector<plugin_api::HttpRequestHook*> hooks,
              FakeHttpRequest request)
      : host_(host), deadline_ms_(deadline_ms), hooks_(std::move(hooks)), request_(std::move(request)) {}
  HttpPassage(const HttpPassage&) = delete;
  HttpPassage& operator=(const HttpPassage&) = delete;

  bool is_ended() const { return passed() || refused(); }
  /// All hooks have let it through, or there is none.
  bool passed() const { return outcome_ == Outcome::passed; }
  bool refused() const { return outcome_ == Outcome::refused; }
  /// What hooks have set on the answer, whoever gives it.
  const HttpHeaders& headers() const { return headers_; }
  std::string_view header(std::string_view name) const { return find_header(headers_, name); }
  /// Of a refusal, with the headers that hooks have set. Throws std::logic_error where it was not refused.
  HttpAnswer answer() const;
  /// Of the hook that was asked last. Throws std::logic_error where there is none.
  RecordedHttpVerdict& verdict();
  /// `pass`, `refuse <status> <body>`, or `deferred`.
  std::string text() const;

 private:
  friend class FakeHttpRequests;
  enum class Outcome { none, passed, refused };
  void step();
  /// False where the request goes no further.
  bool take(const RecordedHttpVerdict& verdict);

  FakeHost& host_;
  const std::uint32_t deadline_ms_;
  const std::vector<plugin_api::HttpRequestHook*> hooks_;
  const FakeHttpRequest request_;
  std::size_t next_ = 0;
  std::deque<RecordedHttpVerdict> verdicts_;
  HttpHeaders headers_;
  Outcome outcome_ = Outcome::none;
  HttpAnswer answer_;
};

/// Owned by its host. What a hook throws goes to the test. One thread.
class FakeHttpRequests final : public plugin_api::HttpRequests {
 public:
  explicit FakeHttpRequests(FakeHost& host) : host_(host) {}
  FakeHttpRequests(const FakeHttpRequests&) = delete;
  FakeHttpRequests& operator=(const FakeHttpRequests&) = delete;

  /// Of verdicts that come later, for requests from now on.
  std::uint32_t deadline_ms = RecordedHttpVerdict::default_deadline_ms;

  bool is_watched() const { return !hooks_.empty(); }
  /// A request that has arrived, before the hooks in the order in which they watch.
  HttpPassage& send(FakeHttpRequest request = {});

  /// Throws std::logic_error for a hook that watches already.
  void watch(plugin_api::HttpRequestHook& hook) override;

 private:
  FakeHost& host_;
  std::vector<plugin_api::HttpRequestHook*> hooks_;
  std::deque<HttpPassage> passages_;  ///< also old ones: a plugin may end a verdict late
};

}  // namespace signaling::testing
