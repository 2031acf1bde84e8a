#include "key_set.hpp"

#include <algorithm>

namespace signaling::auth_jwt {

TrustedKeys KeySet::candidates(Algorithm algorithm, std::string_view kid) const {
  TrustedKeys found;
  const auto take = [&](bool with_own_id) {
    for (const auto& key : keys_) {
      const bool has_own_id = !kid.empty() && key->id == kid;
      if (found.size() == max_candidates || has_own_id != with_own_id || !key->algorithms.has(algorithm)) continue;
      if (has_own_id || kid.empty() || key->id.empty()) found.push_back(key);
    }
  };
  take(true);
  take(false);
  return found;
}

bool KeySet::knows(std::string_view kid) const {
  return std::any_of(keys_.begin(), keys_.end(), [&](const auto& key) { return key->id == kid; });
}

}  // namespace signaling::auth_jwt
