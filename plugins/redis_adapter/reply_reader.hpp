#pragma once
// Bytes to replies, through hiredis' own reader, with bounds.

#include <cstddef>
#include <memory>
#include <string>

#include <hiredis/hiredis.h>

namespace signaling::redis_adapter {

struct ReplyDeleter {
  void operator()(redisReply* reply) const noexcept { freeReplyObject(reply); }
};
using ReplyPointer = std::unique_ptr<redisReply, ReplyDeleter>;

/// RESP2. What a server may send is bounded in bytes and in elements of one array; nesting is bounded by hiredis (7 levels or
/// 9).
class ReplyReader {
 public:
  explicit ReplyReader(std::size_t max_reply_bytes);

  void feed(const char* bytes, std::size_t size);
  /// The next whole reply; nullptr where there is none yet, or on an error. An error is final.
  ReplyPointer next();
  /// Empty, or what is wrong with the bytes.
  const std::string& error() const noexcept { return error_; }

 private:
  struct ReaderDeleter {
    void operator()(redisReader* reader) const noexcept { redisReaderFree(reader); }
  };

  std::size_t max_reply_bytes_;
  std::size_t pending_bytes_ = 0;  ///< fed since the last whole reply
  std::unique_ptr<redisReader, ReaderDeleter> reader_;
  std::string error_;
};

}  // namespace signaling::redis_adapter
