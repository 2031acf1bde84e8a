// What a Redis server sends, whole and in pieces: the same replies, the same end. Every reply then goes through all that the
// adapter reads out of replies: slots, errors, presence, envelopes. Byte 0 sets the length of the pieces.

#include <redis_adapter/envelope.hpp>
#include <redis_adapter/presence_entry.hpp>
#include <redis_adapter/presence_reply.hpp>
#include <redis_adapter/reply.hpp>
#include <redis_adapter/reply_reader.hpp>
#include <redis_adapter/server_error.hpp>
#include <redis_adapter/slot_map.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "expect.hpp"

namespace {

using namespace signaling::redis_adapter;

bool lies_in(std::string_view part, std::string_view whole) {
  return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void read_slots(const redisReply& reply) {
  const auto map = parse_cluster_slots(reply, {.host = "10.0.0.1", .port = 6379, .path = {}});
  if (!map) return;
  SIGNALING_FUZZ_EXPECT(map->owners.size() == cluster_slots);
  for (const std::uint16_t owner : map->owners) SIGNALING_FUZZ_EXPECT(owner == SlotMap::nobody || owner < map->masters.size());
}

void read_envelope(std::string_view text) {
  Envelope envelope;
  if (decode_envelope(text, envelope) != EnvelopeFault::none) return;
  for (const std::string_view item : envelope.items) SIGNALING_FUZZ_EXPECT(lies_in(item, text));
  const std::string again =
      encode_envelope(envelope.from_tag, envelope.sent_us, envelope.sequence, envelope.kind, envelope.items);
  Envelope same;
  SIGNALING_FUZZ_EXPECT(decode_envelope(again, same) == EnvelopeFault::none);
  SIGNALING_FUZZ_EXPECT(same.from_tag == envelope.from_tag && same.sequence == envelope.sequence && same.kind == envelope.kind);
  SIGNALING_FUZZ_EXPECT(same.sent_us == envelope.sent_us && same.items == envelope.items);
}

void read_presence(std::string_view text) {
  for (const auto& member : members_in_order(text, "me")) {
    SIGNALING_FUZZ_EXPECT(lies_in(member.member, text) && lies_in(member.value, text));
    SIGNALING_FUZZ_EXPECT(member.member != "me");
  }
  if (const auto entry = parse_entry(text)) SIGNALING_FUZZ_EXPECT(lies_in(entry->value, text));
  if (const auto owned = parse_owned(text)) {
    const std::string again = encode_owned(owned->room, owned->member);
    const auto same = parse_owned(again);
    SIGNALING_FUZZ_EXPECT(same && same->room == owned->room && same->member == owned->member);
  }
  if (const auto log = parse_log(text)) SIGNALING_FUZZ_EXPECT(lies_in(log->room, text) && lies_in(log->value, text));
  if (const auto mark = parse_mark(text); mark && text.size() == 16) SIGNALING_FUZZ_EXPECT(encode_mark(*mark) == text);
}

void read_all(const redisReply& reply, std::string& told) {
  told += std::to_string(reply.type) + ':' + std::to_string(reply.type == REDIS_REPLY_INTEGER ? reply.integer : 0) + ':';
  const std::string_view text = text_of(reply);
  told += text;
  (void)classify_error(text);
  read_envelope(text);
  read_presence(text);
  read_slots(reply);
  if (reply.type != REDIS_REPLY_ARRAY) return;
  for (std::size_t i = 0; i < reply.elements; ++i) read_all(*reply.element[i], told);
}

std::string read(std::string_view bytes, std::size_t piece) {
  ReplyReader reader(1u << 20u);
  std::string told;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    const std::string exact(bytes.substr(at, piece));
    reader.feed(exact.data(), exact.size());
    while (const ReplyPointer reply = reader.next()) {
      SIGNALING_FUZZ_EXPECT(reader.error().empty());
      read_all(*reply, told);
      told += '\n';
    }
    if (!reader.error().empty()) return told + "error";
  }
  return told;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  SIGNALING_FUZZ_EXPECT(read(bytes, size) == read(bytes, 1 + data[0] % 32u));
  return 0;
}
