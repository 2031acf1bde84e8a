#include "ice_servers.hpp"

#include <array>
#include <utility>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <signaling/plugin_api/json_build.hpp>

namespace signaling::webrtc_signaling {

using plugin_api::json::append_json_string;

namespace {

std::string json_list(const std::vector<std::string>& texts) {
  std::string out = "[";
  for (const auto& text : texts) {
    if (out.size() > 1) out.push_back(',');
    append_json_string(out, text);
  }
  out.push_back(']');
  return out;
}

void append_member(std::string& out, std::string_view key, std::string_view text) {
  if (text.empty()) return;
  out.append(",\"").append(key).append("\":");
  append_json_string(out, text);
}

}  // namespace

std::string turn_credential(std::string_view secret, std::string_view username) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()), reinterpret_cast<const unsigned char*>(username.data()),
       username.size(), digest.data(), &size);
  std::array<unsigned char, 4 * (EVP_MAX_MD_SIZE / 3 + 1) + 1> text{};
  const int length = EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(size));
  return {reinterpret_cast<const char*>(text.data()), static_cast<std::size_t>(length)};
}

IceServers::IceServers(const std::vector<IceServer>& servers, TurnAccess turn)
    : turn_(std::move(turn)), turn_urls_(json_list(turn_.urls)) {
  for (const auto& server : servers) {
    if (!fixed_.empty()) fixed_.push_back(',');
    fixed_.append("{\"urls\":").append(json_list(server.urls));
    append_member(fixed_, "username", server.username);
    append_member(fixed_, "credential", server.credential);
    fixed_.push_back('}');
  }
}

void IceServers::append_json(std::string_view client_id, std::int64_t now_unix_seconds, std::string& out) const {
  out.push_back('[');
  out.append(fixed_);
  if (!turn_.urls.empty()) {
    std::string username = std::to_string(now_unix_seconds + turn_.ttl_seconds);
    username.append(":").append(client_id);
    if (!fixed_.empty()) out.push_back(',');
    out.append("{\"urls\":").append(turn_urls_);
    append_member(out, "username", username);
    append_member(out, "credential", turn_credential(turn_.secret, username));
    out.push_back('}');
  }
  out.push_back(']');
}

}  // namespace signaling::webrtc_signaling
