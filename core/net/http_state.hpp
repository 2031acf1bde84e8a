#pragma once
// What a connection needs while it reads, or owes, a request; an idle connection and a WebSocket have none.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <signaling/engine/http_exchange.hpp>
#include <signaling/net/http_compression.hpp>
#include <signaling/net/http_service.hpp>
#include <signaling/net/peer_address.hpp>

#include "http_reader.hpp"
#include "proxy_peer.hpp"

namespace signaling::net {

/// An answer whose body is compressed over several turns.
struct LongAnswer {
  LongAnswer(engine::HttpReply&& whole, ContentCoding coding, int level)
      : reply(std::move(whole)), compression(std::move(reply.body), coding, level) {}

  engine::HttpReply reply;  ///< without its body
  Compression compression;
};

struct HttpState {
  explicit HttpState(const HttpLimits& limits) : reader(limits) {}

  /// For the next connection.
  void reset() noexcept {
    reader.reset();
    ahead.clear();
    if (ahead.capacity() > 4096) ahead.shrink_to_fit();
    begin_request();
  }
  void begin_request() noexcept {
    owner = nullptr;
    policy = nullptr;
    long_answer.reset();
    target_loop = no_loop;
    is_serving = is_answered = is_in_handler = has_arrived = false;
  }

  static constexpr std::uint32_t no_loop = ~std::uint32_t{0};

  HttpReader reader;
  std::string ahead;  ///< bytes behind the request being served
  engine::ExchangeOwner* owner = nullptr;
  const ResponsePolicy* policy = nullptr;
  std::unique_ptr<LongAnswer> long_answer;  ///< while it is being made, `is_serving` holds
  PeerAddress::Text address_text{};
  std::unique_ptr<ProxyPeer> proxy;     ///< on its way to another loop with the connection
  std::uint32_t target_loop = no_loop;  ///< where a moving connection goes
  bool is_serving = false;              ///< handed to the service, not answered yet
  bool is_answered = false;             ///< and the next request not begun
  bool is_in_handler = false;
  bool has_arrived = false;  ///< on its loop: the router is asked once per request
};

}  // namespace signaling::net
