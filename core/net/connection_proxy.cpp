// Whose connection it is where a trusted proxy is between: by the PROXY protocol for all its requests, by their headers for
// each.

#include <string_view>

#include "connection.hpp"
#include "forwarded_client.hpp"
#include "http_state.hpp"
#include "proxy_peer.hpp"
#include "worker.hpp"

namespace signaling::net {

void Connection::drop_proxy() noexcept {
  if (has_proxy_) worker_->take_proxy(*this);
  has_proxy_ = false;
}

void Connection::take_proxy_header(std::span<char> bytes) {
  ProxyPeer& proxy = worker_->proxy(*this);
  std::string_view rest(bytes.data(), bytes.size());
  switch (proxy.header->read(rest)) {
    case ProxyHeaderReader::Status::need_more: return;
    case ProxyHeaderReader::Status::malformed:
      count(BadRequest::proxy_header);
      shut();
      return;
    case ProxyHeaderReader::Status::complete: break;
  }
  const ProxyOptions& options = worker_->options().proxy;
  const ProxiedConnection told = proxy.header->connection();
  const PeerAddress client = told.source.value_or(proxy.address);
  is_proxied_secure_ = told.secure;
  proxy.address = client;
  proxy.header.reset();
  // Headers of a request may tell more only where the connection was from another trusted proxy.
  if (options.header == ProxyHeaderField::none || !options.trusted.contains(client)) drop_proxy();
  // While there may be another proxy at that end, it is not known whom to count.
  if (!count_for(client, told.source.has_value() && !has_proxy_)) {
    count(Limit::connections_per_address);
    shut();
    return;
  }
  begin_protocol();
  if (!rest.empty()) take(bytes.last(rest.size()));
}

bool Connection::find_client() {
  engine::HttpRequest& request = http_->reader.request();
  const PeerAddress& proxy = worker_->proxy(*this).address;
  const ForwardedClient client = find_forwarded_client(request, worker_->options().proxy, proxy);
  if (client.secure) request.secure = *client.secure;
  if (count_for(client.address, client.address != proxy)) return true;
  refuse({429, true, Limit::connections_per_address, BadRequest::malformed});
  return false;
}

bool Connection::count_for(const PeerAddress& client, bool counts) {
  ConnectionLimiter& limiter = worker_->state().limiter;
  const bool counts_the_same = counts && counts_address_ && client.limit_key() == address_.limit_key();
  if (!counts_the_same) {
    if (counts && !limiter.acquire_address(client)) return false;
    if (counts_address_) limiter.release_address(address_);
  }
  address_ = client;
  counts_address_ = counts;
  return true;
}

}  // namespace signaling::net
