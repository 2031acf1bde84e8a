// An adapter of one node, in the headers of any minor version: presence, and counters where the border has them.

#include <algorithm>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/plugin_main.hpp>

namespace {

using namespace signaling::plugin_api;

#if SIGNALING_API_MINOR >= 1
using Base = BasicCountingAdapter;
#else
using Base = BasicAdapter;
#endif

class Aged final : public Base {
 public:
  void attach(AdapterEvents& events, const NodeInfo& self) override {
    events_ = &events;
    tag_ = self.tag;
    name_ = self.name;
  }
  void start(const ConfigView&, Problems&) override { events_->on_health_changed(true, "well"); }

  void subscribe(std::string_view, SubscribeHandler& handler) override {
    handler.on_subscribed(Status::ok);
    handler.release();
  }
  void unsubscribe(std::string_view) override {}
  Status publish(const Destination&, Bytes) override { return Status::ok; }
  void visit_nodes(NodeVisitor& visitor) override { visitor.on_node({tag_, name_, "0", ""}); }

  void presence_put(std::string_view room, std::string_view member, std::string_view value, std::uint32_t max_members,
                    PresenceHandler& handler) override {
    std::unique_lock lock(mutex_);
    std::vector<Member>& members = rooms_[std::string(room)];
    const auto found = std::ranges::find(members, member, &Member::id);
    const bool existed = found != members.end();
    if (!existed && max_members != 0 && members.size() >= max_members) {
      lock.unlock();
      return tell(handler, Status::full, 0, false, {});
    }
    if (existed) {
      found->value = value;
    } else {
      members.push_back({std::string(member), std::string(value), ++mark_});
    }
    std::vector<Member> others = members;
    std::erase_if(others, [&](const Member& each) { return each.id == member; });
    const std::uint64_t mark = mark_;
    lock.unlock();
    tell(handler, Status::ok, mark, existed, others);
  }
  void presence_remove(std::string_view room, std::string_view member, PresenceHandler& handler) override {
    std::unique_lock lock(mutex_);
    const bool existed = std::erase_if(rooms_[std::string(room)], [&](const Member& each) { return each.id == member; }) != 0;
    const std::uint64_t mark = ++mark_;
    lock.unlock();
    tell(handler, Status::ok, mark, existed, {});
  }
  void presence_list(std::string_view room, PresenceHandler& handler) override {
    std::unique_lock lock(mutex_);
    const std::vector<Member> members = rooms_[std::string(room)];
    const std::uint64_t mark = mark_;
    lock.unlock();
    tell(handler, Status::ok, mark, false, members);
  }

#if SIGNALING_API_MINOR >= 1
  void take_counters(std::span<const CounterTake> takes, std::uint32_t, CounterHandler& handler) override {
    std::vector<CounterLevel> answers;
    {
      const std::lock_guard lock(mutex_);
      for (const CounterTake& take : takes) {
        double& level = levels_[std::string(take.key)];
        const bool is_taken = level + take.amount <= take.limit;
        if (is_taken) level += take.amount;
        answers.push_back({Status::ok, is_taken, level});
      }
    }
    handler.on_levels(answers);
    handler.release();
  }
#endif

 private:
  struct Member {
    std::string id;
    std::string value;
    std::uint64_t mark;
  };

  /// Never under the lock.
  static void tell(PresenceHandler& handler, Status status, std::uint64_t mark, bool existed,
                   const std::vector<Member>& members) {
    std::vector<PresenceEntry> entries;
    for (const Member& member : members) entries.push_back({member.id, member.value, member.mark});
    handler.on_presence(status, mark, existed, entries);
    handler.release();
  }

  AdapterEvents* events_ = nullptr;
  std::string tag_;
  std::string name_;
  std::mutex mutex_;
  std::map<std::string, std::vector<Member>> rooms_;
  std::map<std::string, double> levels_;
  std::uint64_t mark_ = 0;
};

}  // namespace

SIGNALING_PLUGIN(Aged, no_schema);
