#include <algorithm>
#include <utility>

#include <signaling/test_kit/fake_presence.hpp>

namespace signaling::testing {

using plugin_api::PresenceEntry;
using plugin_api::PresenceHandler;
using plugin_api::Status;

FakePresence::~FakePresence() {
  for (auto& operation : operations_) operation.handler->release();
}

void FakePresence::start(std::function<Result()> effect, PresenceHandler& handler) {
  operations_.push_back({std::move(effect), &handler, fate(), std::nullopt});
  if (is_held_) return;
  step(operations_.size() - 1);
  step(operations_.size() - 1);
}

void FakePresence::step(std::size_t index) {
  Operation& operation = operations_.at(index);
  if (!operation.result) {
    const bool has_effect = !operation.fate || *operation.fate == Fate::timeout_with;
    operation.result = has_effect ? operation.effect() : Result{};
    if (operation.fate) {
      operation.result = Result{};
      operation.result->status = *operation.fate == Fate::unavailable ? Status::unavailable : Status::timeout;
    }
    return;
  }
  const Operation done = std::move(operation);
  operations_.erase(operations_.begin() + static_cast<std::ptrdiff_t>(index));
  std::vector<PresenceEntry> others;
  for (const Member& other : done.result->others) others.push_back({other.id, other.value, other.mark});
  done.handler->on_presence(done.result->status, done.result->mark, done.result->existed, others);
  done.handler->release();
}

void FakePresence::run() {
  while (!operations_.empty()) step(0);
}

std::vector<FakePresence::Member> FakePresence::members(const std::string& room) const {
  const auto found = rooms_.find(room);
  return found == rooms_.end() ? std::vector<Member>() : found->second;
}

std::vector<std::string> FakePresence::rooms() const {
  std::vector<std::string> names;
  for (const auto& [name, members] : rooms_) {
    if (!members.empty()) names.push_back(name);
  }
  return names;
}

std::uint64_t FakePresence::lose(const std::string& room, const std::vector<std::string>& ids) {
  std::erase_if(rooms_[room], [&](const Member& m) { return std::find(ids.begin(), ids.end(), m.id) != ids.end(); });
  return ++marks_;
}

void FakePresence::put(std::string_view room, std::string_view member, std::string_view value, std::uint32_t max_members,
                       PresenceHandler& handler) {
  start(
      [this, name = std::string(room), id = std::string(member), text = std::string(value), max_members] {
        auto& members = rooms_[name];
        Result result;
        const auto known = std::find_if(members.begin(), members.end(), [&](const Member& m) { return m.id == id; });
        result.existed = known != members.end();
        if (!result.existed && max_members != 0 && members.size() >= max_members) {
          result.status = Status::full;
          return result;
        }
        result.mark = ++marks_;
        if (result.existed) {
          known->value = text;
          known->mark = result.mark;
        } else {
          members.push_back({id, text, result.mark});
        }
        for (const Member& other : members) {
          if (other.id != id) result.others.push_back(other);
        }
        return result;
      },
      handler);
}

void FakePresence::remove(std::string_view room, std::string_view member, PresenceHandler& handler) {
  start(
      [this, name = std::string(room), id = std::string(member)] {
        Result result;
        result.existed = std::erase_if(rooms_[name], [&](const Member& m) { return m.id == id; }) > 0;
        result.mark = result.existed ? ++marks_ : marks_;
        return result;
      },
      handler);
}

void FakePresence::list(std::string_view room, PresenceHandler& handler) {
  start(
      [this, name = std::string(room)] {
        Result result;
        result.mark = marks_;
        result.others = rooms_[name];
        return result;
      },
      handler);
}

}  // namespace signaling::testing
