#include "node_list.hpp"

namespace signaling::socketio::cluster {

bool has_word(std::string_view words, std::string_view word) noexcept {
  for (std::size_t at = 0; at < words.size();) {
    const std::size_t end = std::min(words.find(' ', at), words.size());
    if (words.substr(at, end - at) == word) return true;
    at = end + 1;
  }
  return false;
}

}  // namespace signaling::socketio::cluster
