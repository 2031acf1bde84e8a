#pragma once
// A client that sends exactly the bytes it is told to, over TCP or TLS, and reads answers with a time limit. For tests of `net`
// and of what is built on it.

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <signaling/base/clock.hpp>

struct ssl_st;
struct ssl_ctx_st;

namespace signaling::test {

/// Nothing came in time, or the connection ended before what was waited for.
struct ClientError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct HttpAnswer {
  unsigned status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  /// Any case; empty where absent.
  std::string header(std::string_view name) const;
};

struct Frame {
  std::uint8_t first_byte = 0;
  std::string payload;
  std::uint8_t opcode() const { return first_byte & 0x0f; }
  /// Status of a close frame, 1005 without.
  std::uint16_t close_code() const;
};

/// One masked frame, as a client sends it.
std::string client_frame(std::uint8_t first_byte, std::string_view payload);

class RawClient {
 public:
  static constexpr base::Milliseconds time_limit{10'000};

  /// Connects to 127.0.0.1 (or `::1`). @throws ClientError.
  explicit RawClient(std::uint16_t port, bool tls = false, bool v6 = false);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  /// All of it; waits while the kernel takes nothing.
  void send(std::string_view bytes);
  /// As much as the kernel takes within the time; @return bytes sent.
  std::size_t send_some(std::string_view bytes, base::Milliseconds wait);
  /// Next answer; `to_head` where it has no body. @throws ClientError.
  HttpAnswer read_answer(bool to_head = false);
  /// `GET path` on this connection.
  HttpAnswer get(std::string_view path, std::string_view more_headers = {});
  /// Upgrades; @return the 101, or whatever it was.
  HttpAnswer open_websocket(std::string_view path, std::string_view more_headers = {}, std::string_view first_frames = {});
  void send_text(std::string_view payload) { send(client_frame(0x81, payload)); }
  Frame read_frame();
  /// nullopt where the connection ends first.
  std::optional<Frame> read_frame_or_end();
  /// Bytes until the peer ends, reset included.
  std::string read_to_end();
  /// True where the peer ends the connection within the time, whatever it sends before.
  bool ends_within(base::Milliseconds wait);
  /// True where nothing arrives and the connection stays.
  bool is_silent_for(base::Milliseconds wait);
  void shutdown_write();
  void close();
  /// Closes with a reset.
  void reset();
  void set_receive_buffer(int bytes);
  std::string alpn() const;

 private:
  bool wait_readable(base::Milliseconds wait);
  /// Appends what there is; false at the end of the stream.
  bool read_more(base::Milliseconds wait = time_limit);

  int fd_ = -1;
  ssl_ctx_st* context_ = nullptr;
  ssl_st* ssl_ = nullptr;
  std::string buffer_;
};

/// Polls until the condition holds. @return false after the time limit.
template <class F>
bool eventually(F&& condition, base::Milliseconds limit = RawClient::time_limit) {
  const auto end = base::Clock::now() + limit;
  while (!condition()) {
    if (base::Clock::now() > end) return false;
    std::this_thread::sleep_for(base::Milliseconds(2));
  }
  return true;
}

}  // namespace signaling::test
