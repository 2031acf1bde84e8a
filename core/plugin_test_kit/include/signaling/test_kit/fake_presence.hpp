#pragma once
// Presence of a whole cluster, which takes effect and answers when the test says so.

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <signaling/plugin_api/presence.hpp>

namespace signaling::testing {

/// One thread. By default every operation is done before the function that asks for it returns. After `hold(true)` it waits,
/// and takes two steps: its effect, then its answer; in between others may come in.
class FakePresence final : public plugin_api::Presence {
 public:
  struct Member {
    std::string id;
    std::string value;
    std::uint64_t mark;
  };
  enum class Fate {
    unavailable,      ///< no effect, `unavailable`
    timeout_without,  ///< no effect, `timeout`
    timeout_with,     ///< has its effect, `timeout`
  };

  FakePresence() = default;
  ~FakePresence();
  FakePresence(const FakePresence&) = delete;
  FakePresence& operator=(const FakePresence&) = delete;

  void hold(bool is_held) { is_held_ = is_held; }
  /// What the operations to come end in: asked once for each; nullopt: as it should.
  std::function<std::optional<Fate>()> fate = [] { return std::nullopt; };

  std::size_t pending() const { return operations_.size(); }
  /// Next step of the operation at that place.
  void step(std::size_t index);
  /// Until none waits.
  void run();

  /// Members in order of entry; what is really so at this moment.
  std::vector<Member> members(const std::string& room) const;
  std::vector<std::string> rooms() const;
  /// Takes members out as when their node dies. Returns the mark.
  std::uint64_t lose(const std::string& room, const std::vector<std::string>& ids);

  void put(std::string_view room, std::string_view member, std::string_view value, std::uint32_t max_members,
           plugin_api::PresenceHandler& handler) override;
  void remove(std::string_view room, std::string_view member, plugin_api::PresenceHandler& handler) override;
  void list(std::string_view room, plugin_api::PresenceHandler& handler) override;

 private:
  struct Result {
    plugin_api::Status status = plugin_api::Status::ok;
    std::uint64_t mark = 0;
    bool existed = false;
    std::vector<Member> others;
  };
  struct Operation {
    std::function<Result()> effect;
    plugin_api::PresenceHandler* handler;
    std::optional<Fate> fate;
    std::optional<Result> result;
  };
  void start(std::function<Result()> effect, plugin_api::PresenceHandler& handler);

  std::map<std::string, std::vector<Member>> rooms_;
  std::uint64_t marks_ = 0;
  std::deque<Operation> operations_;
  bool is_held_ = false;
};

}  // namespace signaling::testing
