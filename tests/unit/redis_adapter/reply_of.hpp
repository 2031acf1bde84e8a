#pragma once
// Replies for tests, out of the bytes that a server would send.

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "redis_adapter/reply_reader.hpp"

namespace signaling::redis_adapter {

inline ReplyPointer reply_of(std::string_view bytes) {
  ReplyReader reader(1u << 20u);
  reader.feed(bytes.data(), bytes.size());
  auto reply = reader.next();
  EXPECT_NE(reply, nullptr) << reader.error();
  return reply;
}

inline ReplyPointer text_reply(std::string_view text) {
  return reply_of("$" + std::to_string(text.size()) + "\r\n" + std::string(text) + "\r\n");
}

/// An array of texts.
inline ReplyPointer texts_reply(const std::vector<std::string>& items) {
  std::string bytes = "*" + std::to_string(items.size()) + "\r\n";
  for (const std::string& item : items) bytes += "$" + std::to_string(item.size()) + "\r\n" + item + "\r\n";
  return reply_of(bytes);
}

}  // namespace signaling::redis_adapter
