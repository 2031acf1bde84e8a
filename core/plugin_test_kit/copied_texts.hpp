#pragma once
// What plugins are shown: exact copies on the heap, freed with their object, so that a view that is kept too long is seen by
// the address sanitizer.

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <signaling/plugin_api/socket.hpp>

namespace signaling::testing {

class CopiedTexts {
 public:
  std::string_view add(std::string_view text) {
    const auto& copy = copies_.emplace_back(std::make_unique<char[]>(text.size()));
    std::copy(text.begin(), text.end(), copy.get());
    return {copy.get(), text.size()};
  }

 private:
  std::vector<std::unique_ptr<char[]>> copies_;
};

class CopiedEvent {
 public:
  CopiedEvent(std::string_view name, std::string_view args, std::string_view text, const std::vector<std::string>& attachments,
              plugin_api::AckToken ack) {
    for (const std::string& part : attachments) {
      const std::string_view copy = texts_.add(part);
      attachments_.push_back(std::as_bytes(std::span(copy.data(), copy.size())));
    }
    event_.name = texts_.add(name);
    event_.text = texts_.add(text);
    event_.args = texts_.add(args);
    event_.attachments = attachments_;
    event_.ack = ack;
  }
  CopiedEvent(const CopiedEvent&) = delete;
  CopiedEvent& operator=(const CopiedEvent&) = delete;
  const plugin_api::Event& get() const { return event_; }

 private:
  CopiedTexts texts_;
  std::vector<plugin_api::Bytes> attachments_;
  plugin_api::Event event_;
};

}  // namespace signaling::testing
