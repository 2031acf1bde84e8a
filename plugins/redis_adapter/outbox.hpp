#pragma once
// Messages on their way to Redis: those of one channel that are added in one turn go out as one PUBLISH.

#include <broker_parts/text_map.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "context.hpp"
#include "envelope.hpp"

namespace signaling::redis_adapter {

/// What became of an envelope: its receivers where Redis said so.
using PublishedHandler = Callback<void(const Reply&)>;

class Outbox {
 public:
  explicit Outbox(Context& context) : context_(context) {}

  /// Asked when an envelope of bodies goes out, for its sequence and for who wants to know its fate.
  struct Sending {
    std::uint64_t sequence = 0;
    PublishedHandler handler;
  };
  using Stamp = Callback<Sending()>;

  /// Order per channel is kept. `stamp` of the first message of an envelope serves it; may be empty.
  void add(Partition partition, std::string_view channel, EnvelopeKind kind, std::string item, Stamp stamp = {});
  /// At once, behind what was added to the channel before.
  void send(Partition partition, std::string_view channel, EnvelopeKind kind, std::string item, PublishedHandler handler);
  /// To be called at the end of a turn that added something.
  void flush();

 private:
  struct Pending {
    Partition partition;
    std::string channel;
    EnvelopeKind kind;
    std::vector<std::string> items;
    std::size_t bytes = 0;
    Stamp stamp;
  };
  void publish(Pending& pending);
  void on_published(std::size_t messages, const Reply& reply);

  Context& context_;
  std::vector<Pending> pending_;              ///< in order of the first message; those that went out early are empty
  broker_parts::TextMap<std::size_t> index_;  ///< channel -> pending_
  std::vector<std::string_view> views_;
};

}  // namespace signaling::redis_adapter
