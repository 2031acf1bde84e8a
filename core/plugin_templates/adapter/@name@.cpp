#include "@name@.hpp"

#include <algorithm>

namespace @name@ {

using namespace signaling::plugin_api;

namespace {

template <class Members>
void tell(PresenceHandler& handler, Status status, std::uint64_t mark, bool existed, const Members& others) {
  std::vector<PresenceEntry> entries;
  for (const auto& member : others) entries.push_back({member.name, member.value, member.mark});
  handler.on_presence(status, mark, existed, entries);
  handler.release();
}

}  // namespace

void @Name@::attach(AdapterEvents& events, const NodeInfo& self) {
  events_ = &events;
  tag_ = self.tag;
  name_ = self.name;
  version_ = self.version;
  capabilities_ = self.capabilities;
}

void @Name@::start(const ConfigView& config, Problems&) {
  max_rooms_ = static_cast<std::size_t>(config.integer("max_rooms"));
}

void @Name@::subscribe(std::string_view, SubscribeHandler& handler) {
  handler.on_subscribed(Status::ok);
  handler.release();
}

void @Name@::unsubscribe(std::string_view) {}

// A node never gets its own messages, and there is no other.
Status @Name@::publish(const Destination&, Bytes) { return Status::ok; }

void @Name@::presence_put(std::string_view room, std::string_view member, std::string_view value, std::uint32_t max_members,
                          PresenceHandler& handler) {
  Members others;
  std::uint64_t mark = 0;
  bool existed = false;
  Status status = Status::ok;
  {
    const std::lock_guard lock(mutex_);
    auto found = rooms_.find(room);
    if (found == rooms_.end() && rooms_.size() < max_rooms_) found = rooms_.emplace(room, Members{}).first;
    if (found == rooms_.end()) {
      status = Status::too_many;
    } else {
      Members& members = found->second;
      const auto entry = std::find_if(members.begin(), members.end(), [&](const Member& each) { return each.name == member; });
      existed = entry != members.end();
      if (!existed && max_members != 0 && members.size() >= max_members) {
        status = Status::full;
      } else {
        mark = ++last_mark_;
        for (const Member& each : members) {
          if (each.name != member) others.push_back(each);
        }
        if (existed) {
          entry->value = value;
          entry->mark = mark;
        } else {
          members.push_back({std::string(member), std::string(value), mark});
        }
      }
    }
  }
  tell(handler, status, mark, existed, others);
}

void @Name@::presence_remove(std::string_view room, std::string_view member, PresenceHandler& handler) {
  std::uint64_t mark = 0;
  bool existed = false;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = rooms_.find(room); found != rooms_.end()) {
      existed = std::erase_if(found->second, [&](const Member& each) { return each.name == member; }) > 0;
      if (found->second.empty()) rooms_.erase(found);
    }
    mark = existed ? ++last_mark_ : last_mark_;
  }
  tell(handler, Status::ok, mark, existed, Members{});
}

void @Name@::presence_list(std::string_view room, PresenceHandler& handler) {
  Members members;
  std::uint64_t mark = 0;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = rooms_.find(room); found != rooms_.end()) members = found->second;
    mark = last_mark_;
  }
  tell(handler, Status::ok, mark, false, members);
}

void @Name@::visit_nodes(NodeVisitor& visitor) { visitor.on_node({tag_, name_, version_, capabilities_}); }

}  // namespace @name@
