#pragma once
// How nodes write revocations to each other: JSON that older and newer releases can read, unknown members skipped.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "revocations.hpp"

namespace signaling::auth_jwt {

/// Appends `{"kind":"s","value":…,"until":…,"issuedBefore":…}`.
void append_revocation(std::string& out, const Revocation& revocation);
/// nullopt where it is none. `text`: valid JSON.
std::optional<Revocation> read_revocation(std::string_view text);
/// The fingerprint as text: JSON numbers do not hold 64 bits everywhere.
std::string digest_text(const Revocations::Digest& digest);

}  // namespace signaling::auth_jwt
