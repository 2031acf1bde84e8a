#pragma once
// Finds the placeholders of a valid JSON text (what counts as one: placeholder.hpp).

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include <boost/container/small_vector.hpp>

namespace signaling::protocol::detail {

struct Placeholder {
  std::size_t begin;                    ///< of its opening brace
  std::size_t end;                      ///< after its closing brace
  std::optional<std::uint32_t> number;  ///< nothing where `num` is missing or no plain digits
};

using Placeholders = boost::container::small_vector<Placeholder, 16>;

/// In order of appearance. `json`: one valid JSON value, or several with commas between them.
Placeholders find_placeholders(std::string_view json);

/// A quick look: false where `json` surely has none.
bool may_have_placeholders(std::string_view json) noexcept;

}  // namespace signaling::protocol::detail
