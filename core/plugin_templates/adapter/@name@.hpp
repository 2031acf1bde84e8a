#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <signaling/plugin_api/basic_plugin.hpp>

namespace @name@ {

/// Keys of `[plugins.@name@]`.
inline constexpr signaling::plugin_api::ConfigKey schema[] = {
    {"max_rooms", signaling::plugin_api::KeyType::integer, "100000", 1, 10'000'000, nullptr, false, false, false,
     "rooms with members that are kept at a time"},
};

/// An adapter of one node: what is to become one for many begins here. It keeps presence in memory; there is nobody to publish
/// to. With a backend: announce the node in `start`, tell `AdapterEvents` of the others, carry `publish`, and declare
/// `CAPABILITIES cluster` in CMakeLists.txt, which adds the tests of several nodes to the check.
class @Name@ final : public signaling::plugin_api::BasicAdapter {
 public:
  void attach(signaling::plugin_api::AdapterEvents& events, const signaling::plugin_api::NodeInfo& self) override;
  void start(const signaling::plugin_api::ConfigView& config, signaling::plugin_api::Problems& problems) override;

  void subscribe(std::string_view topic, signaling::plugin_api::SubscribeHandler& handler) override;
  void unsubscribe(std::string_view topic) override;
  signaling::plugin_api::Status publish(const signaling::plugin_api::Destination& destination,
                                        signaling::plugin_api::Bytes message) override;
  void presence_put(std::string_view room, std::string_view member, std::string_view value, std::uint32_t max_members,
                    signaling::plugin_api::PresenceHandler& handler) override;
  void presence_remove(std::string_view room, std::string_view member,
                       signaling::plugin_api::PresenceHandler& handler) override;
  void presence_list(std::string_view room, signaling::plugin_api::PresenceHandler& handler) override;
  void visit_nodes(signaling::plugin_api::NodeVisitor& visitor) override;

 private:
  struct Member {
    std::string name;
    std::string value;
    std::uint64_t mark;
  };
  using Members = std::vector<Member>;  ///< in order of entry

  signaling::plugin_api::AdapterEvents* events_ = nullptr;
  std::string tag_;
  std::string name_;
  std::string version_;
  std::string capabilities_;
  std::size_t max_rooms_ = 0;

  std::mutex mutex_;  ///< guards what follows; never held while a handler is called
  std::map<std::string, Members, std::less<>> rooms_;
  std::uint64_t last_mark_ = 0;  ///< of all rooms: so marks grow over a room's end and new beginning too
};

}  // namespace @name@
