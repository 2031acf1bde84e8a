#pragma once
// A message as the client library gives it, owned.

#include <memory>
#include <nats/nats.h>
#include <string_view>

namespace signaling::nats_adapter {

struct DestroyMessage {
  void operator()(natsMsg* message) const noexcept { natsMsg_Destroy(message); }
};

class NatsMessage {
 public:
  NatsMessage() = default;
  explicit NatsMessage(natsMsg* message) : message_(message) {}

  std::string_view subject() const noexcept { return text(natsMsg_GetSubject(message_.get())); }
  /// Empty where no answer is wanted.
  std::string_view reply() const noexcept { return text(natsMsg_GetReply(message_.get())); }
  std::string_view data() const noexcept {
    const int size = natsMsg_GetDataLength(message_.get());
    return size > 0 ? std::string_view(natsMsg_GetData(message_.get()), static_cast<std::size_t>(size)) : std::string_view();
  }
  /// Empty where there is none. Reads the headers on the first call: from one thread.
  std::string_view header(const char* key) const noexcept {
    const char* value = nullptr;
    return natsMsgHeader_Get(message_.get(), key, &value) == NATS_OK ? text(value) : std::string_view();
  }

 private:
  static std::string_view text(const char* text) noexcept {
    return text != nullptr ? std::string_view(text) : std::string_view();
  }
  std::unique_ptr<natsMsg, DestroyMessage> message_;
};

}  // namespace signaling::nats_adapter
