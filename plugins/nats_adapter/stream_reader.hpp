#pragma once
// The stream as it is delivered: in order and without gaps, or it is read on from where that ended.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "inbox.hpp"

namespace signaling::nats_adapter {

class StreamReader {
 public:
  class Listener {
   public:
    /// Another stream, or one that has lost its end: everything comes from the beginning.
    virtual void on_beginning() = 0;
    virtual void on_stream_message(std::string_view subject, std::uint64_t sequence, std::string_view data) = 0;
    /// All that was there has been told.
    virtual void on_caught_up() = 0;
    /// Something is missing: `begin` has to be called.
    virtual void on_gap(std::string_view why) = 0;
    /// The server wants to know that this node keeps up.
    virtual void answer(std::string_view subject) = 0;

   protected:
    ~Listener() = default;
  };

  explicit StreamReader(Listener& listener) : listener_(listener) {}

  /// A new reading; what still comes of an older one is not taken.
  std::uint64_t begin(std::int64_t now_us);
  void end();
  /// The thread that connects has had it delivered.
  void on_reading(const SessionEvent& event, std::int64_t now_us);
  void on_delivery(std::uint64_t number, NatsMessage message, std::int64_t now_us);
  /// Nothing has come for so long, not even a sign of life.
  void tick(std::int64_t now_us);

  std::uint64_t number() const noexcept { return number_; }
  bool is_caught_up() const noexcept { return is_caught_up_; }
  std::uint64_t epoch() const noexcept { return epoch_; }
  std::uint64_t applied() const noexcept { return applied_; }

 private:
  void take(const NatsMessage& message);
  void take_sign_of_life(const NatsMessage& message);
  void catch_up();
  void gap(std::string_view why);

  Listener& listener_;
  std::uint64_t number_ = 0;
  bool is_begun_ = false;
  bool is_reading_ = false;
  bool is_caught_up_ = false;
  std::uint64_t epoch_ = 0;
  std::uint64_t applied_ = 0;            ///< place in the stream
  std::uint64_t consumer_sequence_ = 0;  ///< of this reading
  std::uint64_t last_ = 0;               ///< place of the message with which all is read that was there
  std::int64_t heard_us_ = 0;
  std::vector<NatsMessage> held_;  ///< came before `on_reading`
};

}  // namespace signaling::nats_adapter
