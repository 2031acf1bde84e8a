#include "token.hpp"

#include <utility>

#include "base64url.hpp"
#include "json.hpp"

namespace signaling::auth_jwt {

std::optional<Token> take_apart(std::string_view text, std::string_view& detail) {
  const auto fail = [&detail](std::string_view why) {
    detail = why;
    return std::nullopt;
  };
  const std::size_t first = text.find('.');
  const std::size_t second = first == std::string_view::npos ? first : text.find('.', first + 1);
  if (second == std::string_view::npos || text.find('.', second + 1) != std::string_view::npos)
    return fail("not three parts (JWS compact serialization)");
  const std::optional<std::string> header_text = decode_base64url(text.substr(0, first));
  std::optional<std::string> claims = decode_base64url(text.substr(first + 1, second - first - 1));
  std::optional<std::string> signature = decode_base64url(text.substr(second + 1));
  if (!header_text || !claims || !signature) return fail("a part is no base64url");
  if (signature->empty()) return fail("no signature");

  const std::optional<boost::json::object> header = parse_object(*header_text);
  if (!header) return fail("the header is no JSON object with distinct names");
  const boost::json::string* name = find_string(*header, "alg");
  const std::optional<Algorithm> algorithm = name != nullptr ? parse_algorithm(view(*name)) : std::nullopt;
  if (!algorithm) return fail("no algorithm that is known here");
  if (header->contains("crit")) return fail("crit is not supported");
  Token token{*algorithm, {}, {}, text.substr(0, second), *std::move(claims), *std::move(signature)};
  if (header->contains("kid")) {
    const boost::json::string* kid = find_string(*header, "kid");
    if (kid == nullptr || kid->empty() || kid->size() > Token::max_kid_bytes) return fail("kid is no text of 1 to 256 bytes");
    token.kid = view(*kid);
  }
  if (header->contains("typ")) {
    const boost::json::string* type = find_string(*header, "typ");
    if (type == nullptr) return fail("typ is no text");
    token.type = view(*type);
  }
  return token;
}

}  // namespace signaling::auth_jwt
