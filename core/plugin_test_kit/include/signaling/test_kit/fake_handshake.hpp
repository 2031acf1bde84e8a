#pragma once
// What a client says when it comes, each value to be set by the test.

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include <signaling/plugin_api/socket.hpp>

namespace signaling::testing {

/// A plain value: set the members, hand it to `FakeNode::open` or `connect`, which copy it.
class FakeHandshake final : public plugin_api::Handshake {
 public:
  struct AnyCase {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const {
      return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                          [](unsigned char x, unsigned char y) { return std::tolower(x) < std::tolower(y); });
    }
  };

  std::string client_address = "192.0.2.1";
  std::string request_target = "/socket.io/?EIO=4&transport=websocket";
  std::map<std::string, std::string, std::less<>> parameters;  ///< of the query, decoded
  std::map<std::string, std::string, AnyCase> headers;
  std::string auth_json = "{}";
  bool is_secure = false;
  bool is_cross_origin = false;
  std::int64_t issued_at_ms = 0;

  std::string_view address() const override { return client_address; }
  std::string_view url() const override { return request_target; }
  std::string_view query(std::string_view name) const override { return value(parameters, name); }
  std::string_view header(std::string_view name) const override { return value(headers, name); }
  bool secure() const override { return is_secure; }
  bool cross_origin() const override { return is_cross_origin; }
  std::int64_t issued_ms() const override { return issued_at_ms; }
  std::string_view auth() const override { return auth_json; }

 private:
  template <class Map>
  static std::string_view value(const Map& map, std::string_view name) {
    const auto found = map.find(name);
    return found == map.end() ? std::string_view() : std::string_view(found->second);
  }
};

}  // namespace signaling::testing
