#pragma once
// Binary attachments that outlive the call they came with.

#include <span>
#include <string>
#include <vector>

#include <signaling/plugin_api/values.hpp>

namespace signaling::socketio {

inline std::vector<std::string> own_attachments(std::span<const plugin_api::Bytes> attachments) {
  std::vector<std::string> owned;
  owned.reserve(attachments.size());
  for (const plugin_api::Bytes bytes : attachments) {
    owned.emplace_back(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  return owned;
}

inline std::vector<plugin_api::Bytes> view_attachments(const std::vector<std::string>& owned) {
  std::vector<plugin_api::Bytes> views;
  views.reserve(owned.size());
  for (const std::string& attachment : owned) views.push_back(std::as_bytes(std::span(attachment)));
  return views;
}

}  // namespace signaling::socketio
