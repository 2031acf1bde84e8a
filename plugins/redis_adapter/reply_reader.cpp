#include "reply_reader.hpp"

#include <new>

namespace signaling::redis_adapter {
namespace {

constexpr std::size_t max_elements = 1u << 20u;
/// An idle buffer larger than that is given back.
constexpr std::size_t max_idle_buffer = 1u << 20u;

const redisReplyObjectFunctions& default_functions() {
  static const redisReplyObjectFunctions functions = [] {
    const std::unique_ptr<redisReader, void (*)(redisReader*)> reader(redisReaderCreate(), redisReaderFree);
    if (!reader) throw std::bad_alloc();
    return *reader->fn;
  }();
  return functions;
}

/// hiredis allocates for as many elements as a reply announces before it has seen one of them. The type of a size changed
/// between its versions: int, then size_t.
template <class Size>
void* create_bounded_array(const redisReadTask* task, Size elements) {
  if (static_cast<unsigned long long>(elements) > max_elements) return nullptr;
  return default_functions().createArray(task, elements);
}

redisReplyObjectFunctions* bounded_functions() {
  static redisReplyObjectFunctions functions = [] {
    auto copy = default_functions();
    copy.createArray = create_bounded_array;
    return copy;
  }();
  return &functions;
}

}  // namespace

ReplyReader::ReplyReader(std::size_t max_reply_bytes)
    : max_reply_bytes_(max_reply_bytes), reader_(redisReaderCreateWithFunctions(bounded_functions())) {
  if (!reader_) throw std::bad_alloc();
  reader_->maxbuf = max_idle_buffer;
}

void ReplyReader::feed(const char* bytes, std::size_t size) {
  if (!error_.empty()) return;
  pending_bytes_ += size;
  if (redisReaderFeed(reader_.get(), bytes, size) != REDIS_OK) error_ = reader_->errstr;
}

ReplyPointer ReplyReader::next() {
  if (!error_.empty()) return nullptr;
  void* reply = nullptr;
  if (redisReaderGetReply(reader_.get(), &reply) != REDIS_OK) {
    error_ = reader_->errstr;
    return nullptr;
  }
  if (reply != nullptr) {
    pending_bytes_ = 0;
    return ReplyPointer(static_cast<redisReply*>(reply));
  }
  // Between two replies the count is at most one read too high.
  if (pending_bytes_ > max_reply_bytes_) error_ = "a reply of more than " + std::to_string(max_reply_bytes_) + " bytes";
  return nullptr;
}

}  // namespace signaling::redis_adapter
