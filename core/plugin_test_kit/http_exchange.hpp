#pragma once
// HTTP between the test and a plugin, as the server lets it through.

#include <string>
#include <string_view>
#include <vector>

#include <signaling/plugin_api/http.hpp>
#include <signaling/test_kit/http_message.hpp>

#include "copied_texts.hpp"

namespace signaling::testing {

/// A request as plugins see it, for one call.
class CopiedHttpRequest {
 public:
  explicit CopiedHttpRequest(const FakeHttpRequest& request);
  CopiedHttpRequest(const CopiedHttpRequest&) = delete;
  CopiedHttpRequest& operator=(const CopiedHttpRequest&) = delete;
  const plugin_api::HttpRequest& get() const { return view_; }

 private:
  CopiedTexts texts_;
  std::vector<plugin_api::HttpHeader> headers_;
  plugin_api::HttpRequest view_;
};

/// What the client gets of a plugin's answer; `faults` says what was not as it should be.
HttpAnswer check_answer(const plugin_api::HttpResponse& response, std::vector<std::string>& faults);
/// An answer of the server's own.
HttpAnswer plain_answer(unsigned status, std::string_view text);
/// `<status> <body>`
std::string to_text(const HttpAnswer& answer);

}  // namespace signaling::testing
