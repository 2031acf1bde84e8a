#pragma once
// The text of an HTTP answer.

#include <string>
#include <string_view>

#include <signaling/base/clock.hpp>
#include <signaling/engine/http_exchange.hpp>

namespace signaling::net {

struct AnswerContext {
  bool is_head = false;                     ///< headers of the body, but no body
  bool keep_alive = false;                  ///< `Connection: keep-alive`, else `close`
  base::Milliseconds keep_alive_timeout{};  ///< told to the client, which so does not send into a closing connection
};

/// `Not Found` for 404; `Unknown` where there is no name. Pure.
std::string_view reason_phrase(unsigned status) noexcept;

/// Appends header lines; those with a line break in them are left out. Pure.
void append_headers(const std::vector<std::pair<std::string, std::string>>& headers, std::string& out);

/// Appends status line, headers and body. Pure.
void append_answer(const engine::HttpReply& reply, const AnswerContext& context, std::string& out);

}  // namespace signaling::net
