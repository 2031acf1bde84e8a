#pragma once
// Something to do on a loop because another node said so.

#include <memory>
#include <span>
#include <string>
#include <utility>

#include <signaling/plugin_api/adapter.hpp>

#include "cluster_loop.hpp"
#include "cluster_message.hpp"

namespace signaling::socketio::cluster {

/// Shared where several loops do the same.
class Work {
 public:
  virtual ~Work() = default;
  /// On the loop. What it throws is a message that cannot be read.
  virtual void run(ClusterLoop& at) = 0;
};

/// A whole message with what it says, for kinds that are rare.
template <class Message>
class Owned {
 public:
  explicit Owned(const plugin_api::ClusterMessage& message)
      : from_(message.from_tag), text_(reinterpret_cast<const char*>(message.body.data()), message.body.size()) {
    Reader reader(body());
    Kind kind{};
    read_kind(reader, kind);
    reader(message_);
  }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;

  const Message& operator*() const noexcept { return message_; }
  const Message* operator->() const noexcept { return &message_; }
  const std::string& from() const noexcept { return from_; }
  plugin_api::Bytes body() const noexcept { return std::as_bytes(std::span(text_)); }

 private:
  std::string from_;
  std::string text_;
  Message message_;  ///< views into text_
};

/// Calls `function(ClusterLoop&, const Owned<Message>&)`.
template <class Message, class Function>
std::shared_ptr<Work> make_work(std::shared_ptr<const Owned<Message>> message, Function function) {
  class OwnedWork final : public Work {
   public:
    OwnedWork(std::shared_ptr<const Owned<Message>> its_message, Function its_function)
        : message_(std::move(its_message)), function_(std::move(its_function)) {}
    void run(ClusterLoop& at) override { function_(at, *message_); }

   private:
    std::shared_ptr<const Owned<Message>> message_;
    Function function_;
  };
  return std::make_shared<OwnedWork>(std::move(message), std::move(function));
}

}  // namespace signaling::socketio::cluster
