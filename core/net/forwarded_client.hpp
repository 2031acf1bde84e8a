#pragma once
// Who sent a request that came through trusted proxies, by what they added to its header.

#include <cstddef>
#include <optional>

#include <signaling/engine/http_exchange.hpp>
#include <signaling/net/peer_address.hpp>
#include <signaling/net/proxy_options.hpp>

namespace signaling::net {

struct ForwardedClient {
  PeerAddress address;
  std::optional<bool> secure;  ///< https or wss, http or ws; none where no proxy told
};

/// Elements looked at, from the last one on: more proxies in a row there are not, and who sends more wants to cost time.
inline constexpr std::size_t max_forwarded_hops = 32;

/// Walks the elements of `X-Forwarded-For`, or `Forwarded`, from the last one back: each proxy appended the address it was
/// called from, so elements are believed as long as those after them name trusted proxies. The first address that is not
/// trusted is the client's. Where an element names no address (malformed, `unknown`, an obfuscated identifier, RFC 7239
/// section 6), or there are no more, it is the last one found, in the end `peer`'s. Ports and brackets are passed over.
///
/// `secure` is `proto=` of the element that named the client, or of the nearest one after it that has it; for X-Forwarded-For
/// the last element of `X-Forwarded-Proto`. Most proxies replace that header rather than append, so that its elements belong to
/// no particular one of X-Forwarded-For, and what a client put before them is not believed.
/// @param peer  the address of the trusted proxy that the request came from
/// Pure, any thread.
ForwardedClient find_forwarded_client(const engine::HttpRequest& request, const ProxyOptions& options, const PeerAddress& peer);

}  // namespace signaling::net
