// Messages between nodes: what is accepted is written again, read again and compared; views stay inside the message.

#include <cluster_message.hpp>
#include <string>

#include "expect.hpp"

namespace {

using namespace signaling::socketio::cluster;
using signaling::plugin_api::Bytes;

std::string copy_of(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

template <class Message>
void check(Kind kind, Reader& reader) {
  Message message;
  reader(message);
  std::string written;
  {
    Writer writer;
    written = copy_of(encode(writer, kind, message));
  }
  Reader again(std::as_bytes(std::span(written)));
  Kind same{};
  SIGNALING_FUZZ_EXPECT(read_kind(again, same) == Known::yes && same == kind);
  Message second;
  again(second);
  SIGNALING_FUZZ_EXPECT(again.left() == 0);
  Writer writer;
  SIGNALING_FUZZ_EXPECT(copy_of(encode(writer, kind, second)) == written);
}

/// A head with the number of what follows it, as the requests read it.
template <class Message, class Item>
void check_list(Reader& reader) {
  Message message;
  reader(message);
  for (std::uint32_t left = message.count; left > 0; --left) {
    Item item;
    reader(item);  // throws where the number was a lie
  }
}

void read_message(Reader& reader) {
  Kind kind{};
  if (read_kind(reader, kind) != Known::yes) return;
  switch (kind) {
    case Kind::emit: return check<Emit>(kind, reader);
    case Kind::member: return check<Member>(kind, reader);
    case Kind::member_check: return check<MemberCheck>(kind, reader);
    case Kind::member_status: return check<MemberStatus>(kind, reader);
    case Kind::gather: return check<Gather>(kind, reader);
    case Kind::gathered: return check_list<Gathered, WireAnswer>(reader);
    case Kind::query: return check<Query>(kind, reader);
    case Kind::found: return check_list<Found, WireSocket>(reader);
    case Kind::join:
    case Kind::leave: return check<RoomChange>(kind, reader);
    case Kind::disconnect: return check<Disconnect>(kind, reader);
    case Kind::server_event: return check<ServerEvent>(kind, reader);
    case Kind::server_answer: return check<ServerAnswer>(kind, reader);
    case Kind::conversation_open: return check<ConversationOpen>(kind, reader);
    case Kind::conversation_data: return check<ConversationData>(kind, reader);
    case Kind::conversation_close: return check<ConversationClose>(kind, reader);
    case Kind::hears_again: return check<HearsAgain>(kind, reader);
    case Kind::conversation_check: return check<ConversationCheck>(kind, reader);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    Reader reader(std::as_bytes(std::span(data, size)));
    read_message(reader);
  } catch (const MalformedMessage&) {
  } catch (const cereal::Exception&) {
  }
  return 0;
}
