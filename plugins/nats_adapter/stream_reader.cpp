#include "stream_reader.hpp"

#include <broker_parts/clock.hpp>
#include <charconv>
#include <utility>

#include "answers.hpp"

namespace signaling::nats_adapter {

namespace {
/// Signs of life come every second.
constexpr std::int64_t silence_us = 3'500 * broker_parts::us_per_ms;
}  // namespace

std::uint64_t StreamReader::begin(std::int64_t now_us) {
  end();
  is_begun_ = true;
  heard_us_ = now_us;
  return ++number_;
}

void StreamReader::end() {
  is_begun_ = is_reading_ = is_caught_up_ = false;
  consumer_sequence_ = 0;
  held_.clear();
}

void StreamReader::on_reading(const SessionEvent& event, std::int64_t now_us) {
  if (event.number != number_ || !is_begun_) return;
  is_reading_ = true;
  heard_us_ = now_us;
  last_ = event.last;
  epoch_ = event.epoch;
  if (event.is_from_beginning) {
    applied_ = 0;
    listener_.on_beginning();
  }
  for (const NatsMessage& message : std::exchange(held_, {})) {
    if (is_reading_) take(message);
  }
  if (is_reading_ && applied_ >= last_) catch_up();
}

void StreamReader::catch_up() {
  if (is_caught_up_) return;
  is_caught_up_ = true;
  listener_.on_caught_up();
}

void StreamReader::on_delivery(std::uint64_t number, NatsMessage message, std::int64_t now_us) {
  if (number != number_ || !is_begun_) return;
  heard_us_ = now_us;
  if (!is_reading_) return held_.push_back(std::move(message));
  take(message);
}

void StreamReader::take(const NatsMessage& message) {
  const auto place = parse_delivery(message.reply());
  if (!place) return take_sign_of_life(message);
  if (place->consumer_sequence != consumer_sequence_ + 1) return gap("messages of the stream are missing");
  ++consumer_sequence_;
  applied_ = place->sequence;
  listener_.on_stream_message(message.subject(), place->sequence, message.data());
  // What servers say is pending is not asked: they have counted wrongly where messages had been replaced or deleted.
  if (applied_ >= last_) catch_up();
}

void StreamReader::take_sign_of_life(const NatsMessage& message) {
  const std::string_view status = message.header("Status");
  if (status != "100") return status.empty() ? void() : gap("the server has ended the delivery of the stream");
  if (!message.reply().empty()) return listener_.answer(message.reply());
  if (const std::string_view stalled = message.header("Nats-Consumer-Stalled"); !stalled.empty()) listener_.answer(stalled);
  const std::string_view last = message.header("Nats-Last-Consumer");
  std::uint64_t sent = 0;
  std::from_chars(last.data(), last.data() + last.size(), sent);
  if (sent > consumer_sequence_) return gap("the end of the stream is missing");
  // Sent where nothing is left to be delivered.
  if (!last.empty() && message.header("Nats-Consumer-Stalled").empty()) catch_up();
}

void StreamReader::tick(std::int64_t now_us) {
  if (is_reading_ && now_us - heard_us_ > silence_us) gap("the stream is not delivered any more");
}

void StreamReader::gap(std::string_view why) {
  end();
  listener_.on_gap(why);
}

}  // namespace signaling::nats_adapter
