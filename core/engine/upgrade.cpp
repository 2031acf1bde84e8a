#include "upgrade.hpp"

#include <signaling/protocol/engine_payload.hpp>

namespace signaling::engine {

Upgrade::Action Upgrade::on_message(bool is_binary, std::string_view text, base::TimePoint now) noexcept {
  if (is_binary) return Action::fail;
  const auto packet = protocol::decode_engine_packet(text);
  if (!packet) return Action::fail;
  if (packet->type == protocol::EnginePacketType::upgrade) return Action::complete;
  if (packet->type != protocol::EnginePacketType::ping || packet->data != "probe") return Action::fail;
  has_probed_ = true;
  end_poll_at_ = now + end_poll_interval;
  return Action::answer_probe;
}

Upgrade::Action Upgrade::on_time(base::TimePoint now) noexcept {
  if (!(now < give_up_at_)) return Action::fail;
  if (!has_probed_ || now < end_poll_at_) return Action::wait;
  end_poll_at_ = now + end_poll_interval;
  return Action::end_poll;
}

}  // namespace signaling::engine
