#pragma once
// The TCP connections of all clients, with or without TLS, and the one epoll that serves them. What the events of one turn make
// them send is written at its end, once for each: the load must cost less than the server.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "settings.hpp"
#include "tls_stream.hpp"

namespace signaling::bench_load {

enum class LinkState : std::uint8_t { closed, connecting, securing, open };

/// Owned by Links; what writes into `output` also calls `mark_dirty`.
struct Link {
  std::uint32_t client = 0;  ///< index of the one it belongs to
  std::uint32_t part = 0;    ///< which of that client's links
  int fd = -1;
  LinkState state = LinkState::closed;
  bool is_dirty = false;           ///< has output that the end of this turn sends
  bool waits_for_space = false;    ///< the socket's buffer is full: epoll tells when it is not
  std::unique_ptr<TlsStream> tls;  ///< where --tls asks for it
  std::string input;               ///< what is not a whole frame or answer yet; else empty and without memory
  std::string output;
};

/// Called within `turn` and `flush`; may drop any link, but open none.
class LinkListener {
 public:
  virtual ~LinkListener() = default;
  /// TCP and TLS are there.
  virtual void on_open(Link& link) = 0;
  /// @return how many bytes were taken: the rest comes again with what follows it
  virtual std::size_t on_bytes(Link& link, std::string_view bytes) = 0;
  /// The other side closed or broke it, or there was nobody; the link is closed already.
  virtual void on_end(Link& link, std::string_view why) = 0;
};

class Links {
 public:
  /// @param settings  outlives the links
  /// @param parts     links of each client
  Links(const Settings& settings, std::uint32_t parts);
  ~Links();
  Links(const Links&) = delete;
  Links& operator=(const Links&) = delete;

  Link& of(std::uint32_t client, std::uint32_t part = 0) { return links_[client * parts_ + part]; }

  /// Begins the connection of a closed link. @return 0, or the errno that refused it at once
  [[nodiscard]] int open(Link& link);

  /// `output` is written at the end of the turn.
  void mark_dirty(Link& link);

  /// Closes without a word; what was not sent is lost.
  void drop(Link& link);

  /// Waits for events, at most so long, and handles them.
  void turn(std::int64_t wait_ns, LinkListener& listener);

  /// Writes what the turn made; after every turn.
  void flush(LinkListener& listener);

  /// When the bytes at hand were read, by `steady_ns`.
  std::int64_t read_ns() const { return read_ns_; }

 private:
  void bind_source(int fd);
  void on_writable(Link& link, LinkListener& listener);
  void on_readable(Link& link, LinkListener& listener);
  void secure(Link& link, LinkListener& listener);
  void read_tls(Link& link, LinkListener& listener);
  void take(Link& link, std::string_view bytes, LinkListener& listener);
  void write(Link& link, LinkListener& listener);
  void write_tls(Link& link, LinkListener& listener);
  void watch(Link& link, bool for_space);
  void end(Link& link, std::string_view why, LinkListener& listener);

  const Settings& settings_;
  const std::uint32_t parts_;
  std::vector<Link> links_;
  std::vector<Link*> dirty_;
  std::vector<char> buffer_;
  std::unique_ptr<TlsContext> tls_;  // where --tls asks for it
  int epoll_ = -1;
  std::int64_t read_ns_ = 0;
  std::uint32_t opened_ = 0;  // connections begun so far
};

}  // namespace signaling::bench_load
