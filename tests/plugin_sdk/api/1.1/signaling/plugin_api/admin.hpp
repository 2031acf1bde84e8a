#pragma once
// Calls of the admin listener that a plugin answers. Since API 1.1.

#include <string_view>

#include <signaling/plugin_api/values.hpp>

namespace signaling::plugin_api {

/// One `POST /plugins/<plugin>/<path>` by somebody who may command this node. Views live for the call.
struct AdminRequest {
  std::string_view path;   ///< behind `/plugins/<plugin>/`, not decoded
  std::string_view query;  ///< without `?`, not decoded
  std::string_view body;   ///< as it came, at most 1,000,000 bytes; may be anything
};

/// The answer to one call. It must be given, and once; after that the object must not be touched. [any thread]
class AdminReply {
 public:
  /// @param status  of HTTP, 200 to 599
  /// @param json    the whole body
  virtual void answer(unsigned status, std::string_view json) = 0;

 protected:
  ~AdminReply() = default;
};

class AdminHandler {
 public:
  /// On loop 0. The answer may come later; after 10 s the caller has been told 504. Who throws gives the reply back: it is
  /// answered with 500 if it was not before, and gone. [loop]
  virtual void on_admin_call(const AdminRequest& request, AdminReply& reply) = 0;

 protected:
  ~AdminHandler() = default;
};

inline constexpr std::string_view admin_calls_interface = "signaling.admin_calls/1";

/// `static_cast<AdminCalls*>(host.query(admin_calls_interface))`.
class AdminCalls {
 public:
  /// From now on `handler` gets what comes for this plugin, until the plugin is stopped; before, callers are told 404. One
  /// handler, which outlives the plugin's `stop`. [startup]
  virtual void serve(AdminHandler& handler) = 0;

 protected:
  ~AdminCalls() = default;
};

}  // namespace signaling::plugin_api
