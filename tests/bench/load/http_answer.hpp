#pragma once
// HTTP/1.1 answers on a kept-alive connection, as long-polling needs them: a status, and a body whose length is told.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace signaling::bench_load {

struct HttpAnswer {
  unsigned status = 0;
  bool closes = false;    ///< `Connection: close`
  std::string_view body;  ///< points into what was read
};

enum class AnswerStatus : std::uint8_t {
  complete,
  partial,      ///< more bytes are needed; nothing was taken
  unsupported,  ///< no HTTP/1.1, no Content-Length, or beyond 64 MB: no server of ours or its peers answers so here
};

/// Takes one answer off the front of `input`.
AnswerStatus take_answer(std::string_view& input, HttpAnswer& answer) noexcept;

}  // namespace signaling::bench_load
