#pragma once
// Names of channels and keys. All of one partition begin with its base, `<prefix>:{tag}:`.

#include <string>
#include <string_view>
#include <vector>

#include "backend.hpp"

namespace signaling::redis_adapter {

enum class ChannelKind : std::uint8_t { topic, node, all, probe, unknown };

struct ChannelName {
  ChannelKind kind = ChannelKind::unknown;
  std::string_view name;  ///< topic or tag
};

class Names {
 public:
  Names(std::string_view prefix, const Backend& backend) {
    bases_.reserve(backend.partition_count());
    for (Partition p = 0; p < backend.partition_count(); ++p) {
      bases_.push_back(std::string(prefix).append(":").append(backend.tag(p)).append(":"));
    }
  }

  /// First key of every script.
  const std::string& base(Partition partition) const { return bases_[partition]; }
  /// Second one.
  std::string mark(Partition partition) const { return bases_[partition] + "mark"; }
  std::string topic(Partition partition, std::string_view topic) const { return bases_[partition] + "t:" += topic; }
  std::string node(Partition partition, std::string_view tag) const { return bases_[partition] + "n:" += tag; }
  /// Of one node, on the server of that partition.
  std::string probe(Partition partition, std::string_view tag) const { return bases_[partition] + "p:" += tag; }
  /// In partition 0.
  std::string all() const { return bases_.front() + "all"; }

  ChannelName parse(Partition partition, std::string_view channel) const {
    const std::string& base = bases_[partition];
    if (!channel.starts_with(base)) return {};
    channel.remove_prefix(base.size());
    if (channel == "all") return {ChannelKind::all, {}};
    if (channel.size() < 2 || channel[1] != ':') return {};
    const std::string_view name = channel.substr(2);
    switch (channel[0]) {
      case 't': return {ChannelKind::topic, name};
      case 'n': return {ChannelKind::node, name};
      case 'p': return {ChannelKind::probe, name};
      default: return {};
    }
  }

 private:
  std::vector<std::string> bases_;
};

}  // namespace signaling::redis_adapter
