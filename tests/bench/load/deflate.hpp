#pragma once
// Messages under permessage-deflate (RFC 7692, 7.2): raw deflate, flushed, without the last four bytes.

#include <memory>
#include <string>
#include <string_view>

struct z_stream_s;

namespace signaling::bench_load {

/// Each message for itself and with the smallest window: whatever a server may have agreed on. One for all clients.
class Deflater {
 public:
  /// Valid until the next call. @throws Failure
  std::string_view deflate(std::string_view message);

 private:
  struct End {
    void operator()(z_stream_s* stream) const noexcept;
  };
  std::unique_ptr<z_stream_s, End> stream_;
  std::string output_;
};

/// With what earlier messages left in the window, as servers may rely on it. One for each client.
class Inflater {
 public:
  /// @throws Failure
  Inflater();
  /// Valid until the next call. @throws Failure where it is broken or beyond 64 MB
  std::string_view inflate(std::string_view message);

 private:
  struct End {
    void operator()(z_stream_s* stream) const noexcept;
  };
  std::unique_ptr<z_stream_s, End> stream_;
  std::string output_;
};

}  // namespace signaling::bench_load
