#include "worker.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>

#include "http_state.hpp"
#include "listener.hpp"
#include "proxy_peer.hpp"

namespace signaling::net {
namespace {

constexpr std::size_t max_pooled_http_states = 64;

/// For what is read on, for answers to who sent something, and for all other output: each of them in each turn.
constexpr base::Duration part_of_turn = std::chrono::microseconds(400);
/// Written to one connection before the next gets its turn; who has much waiting gets as much more as keeps its queue short.
constexpr std::size_t usual_bytes_per_flush = 256 * 1024;
/// Bytes that cost about as much as one `send` does.
constexpr std::size_t bytes_per_cost = 16 * 1024;
/// From so many on, answers to who sent something are written before all else.
constexpr std::size_t crowd = 64;
constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

protocol::WebSocketLimits websocket_limits(const WebSocketOptions& options) {
  protocol::WebSocketLimits limits;
  limits.max_message_bytes = options.max_message_bytes;
  limits.max_fragments = options.max_fragments;
  return limits;
}

}  // namespace

Worker::Worker(ServerState& state, Loop& loop)
    : state_(state),
      loop_(loop),
      options_(state.options),
      receive_buffer_(std::make_unique_for_overwrite<char[]>(state.options.receive_buffer_bytes)),
      send_buffer_(std::make_unique_for_overwrite<char[]>(send_buffer_bytes)),
      read_context_(websocket_limits(state.options.websocket)),
      deflater_(state.options.websocket.deflate.value_or(protocol::DeflateOptions{})) {
  if (options_.batches_sends) batch_ = std::make_unique<SendBatch>();
  loop.add_turn_listener(*this);
}

// The loop may be gone already: nothing here touches it.
Worker::~Worker() {
  while (first_ != nullptr) {
    const std::unique_ptr<Connection> connection(first_);
    unlink(*connection);
  }
}

void Worker::set_service(std::uint32_t number, HttpService& service) {
  if (services_.size() <= number) services_.resize(number + 1, nullptr);
  services_[number] = &service;
}

void Worker::add_listener(FileDescriptor socket, std::size_t endpoint) {
  listeners_.push_back(std::make_unique<Listener>(*this, std::move(socket), endpoint));
}

HttpService* Worker::service(std::uint32_t number) const noexcept {
  return number < services_.size() ? services_[number] : nullptr;
}

void Worker::open(FileDescriptor socket, const PeerAddress& address, bool is_proxy, std::size_t endpoint) {
  const auto service = static_cast<std::uint8_t>(options().endpoints[endpoint].service);
  auto connection = std::make_unique<Connection>(*this, std::move(socket), address, service);
  std::unique_ptr<TlsStream> tls;
  if (auto context = state_.tls(endpoint)) tls = std::make_unique<TlsStream>(std::move(context), connection->socket_.get());
  connection->start(std::move(tls), is_proxy ? ProxyPeer::make(address, options().proxy) : nullptr);
  counters_.accepted.add();
  link(*connection.release());
}

void Worker::adopt(std::unique_ptr<Connection> connection) {
  if (has_ended_) return;
  Connection& arrived = *connection;
  link(*connection.release());
  try {
    arrived.arrive(*this);
  } catch (...) {
    counters_.exceptions.add();
    arrived.lose();
  }
}

void Worker::set_limits(const ServerOptions& fresh) {
  options_.http = fresh.http;
  options_.tls_handshake_timeout = fresh.tls_handshake_timeout;
  const std::optional<DeflateOptions> deflate = options_.websocket.deflate;
  options_.websocket = fresh.websocket;
  options_.websocket.deflate = deflate;
  read_context_.set_limits(websocket_limits(options_.websocket));
}

void Worker::stop_accepting() {
  for (const auto& listener : listeners_) listener->close();
}

void Worker::close_idle() {
  stop_accepting();
  for (Connection* connection = first_; connection != nullptr;) {
    Connection& current = *connection;
    connection = connection->next_;
    current.close_if_idle();
  }
}

void Worker::end_all() {
  has_ended_ = true;
  stop_accepting();
  flush_all();  // what earlier turns held back
  // Who is told may close others; every round starts from what is left.
  while (first_ != nullptr) first_->lose();
}

void Worker::add_ready(Connection& connection) {
  if (ready_.empty()) loop_.defer([this] { run_ready(); });
  add(ready_, connection, Connection::ready_flag);
}

void Worker::add_again(Connection& connection) {
  if (again_.empty()) loop_.post([this] { run_again(); });
  add(again_, connection, Connection::again_flag);
}

void Worker::run_ready() {
  for (std::size_t i = 0; i < ready_.size(); ++i) {
    Connection& connection = *ready_[i];
    connection.lower(Connection::ready_flag);
    guarded(connection, [](Connection& c) { c.resume(); });
  }
  ready_.clear();
}

void Worker::run_again() {
  if (is_behind_) {
    if (!again_after_) again_after_ = dirty_.end();
    if (dirty_.begin() < *again_after_) return loop_.post([this] { run_again(); });
  }
  again_after_.reset();
  const bool is_behind = std::exchange(is_behind_, false);  // not for these: it is their turn
  scratch_.clear();
  scratch_.swap(again_);
  TurnBudget<> budget(part_of_turn, loop_.now());
  // None can be destroyed before the turn ends, and one that leaves or closes meanwhile ignores the call.
  std::size_t done = 0;
  for (bool goes_on = true; goes_on && done < scratch_.size(); ++done) {
    Connection& connection = *scratch_[done];
    connection.lower(Connection::again_flag);
    guarded(connection, [](Connection& c) { c.read_again(); });
    goes_on = !budget.is_spent_after(TurnBudget<>::look_after);  // each may be a whole buffer
  }
  is_behind_ = is_behind;
  if (done == scratch_.size()) return;
  if (again_.empty()) loop_.post([this] { run_again(); });
  again_.insert(again_.begin(), scratch_.begin() + static_cast<std::ptrdiff_t>(done), scratch_.end());
}

void Worker::bury(Connection& connection) {
  unlink(connection);
  buried_.emplace_back(&connection);
}

bool Worker::on_turn_end() {
  flush_output();
  for (std::size_t i = 0; i < failed_.size(); ++i) {
    failed_[i]->lower(Connection::failed_flag);
    failed_[i]->end_failed();
  }
  failed_.clear();
  hand_over_moving();
  destroy_buried();
  compression_share_ = compression_bytes_per_turn;
  return !dirty_.empty();
}

void Worker::flush_output() {
  if (!moving_.empty()) flush_moving();
  if (!is_behind_ && loop_.is_late()) {
    is_behind_ = !dirty_.empty();  // others are heard before; the next turn writes, however long it gets
  } else if (!is_behind_ && hold_.holds(loop_.now(), loop_.found_work_at_once(), dirty_.size())) {
    flush_heard();
    dirty_.keep();
  } else {
    hold_.released(dirty_.take_gained());
    if (dirty_.size() > crowd) flush_heard();
    flush_dirty();
  }
  for (Connection* connection : heard_) connection->lower(Connection::heard_flag);
  heard_.clear();
}

void Worker::flush_dirty() {
  TurnBudget<> budget(part_of_turn);
  // A handler told "drained" may send more.
  for (bool goes_on = true; goes_on && !dirty_.empty();) {
    const bool batches = batches_for(dirty_.size());
    dirty_.take_while([&](Connection& connection) { return goes_on = flush_or_stage(budget, connection, batches); });
    goes_on = send_staged(budget) && goes_on;
  }
  is_behind_ = !dirty_.empty();
}

void Worker::flush_heard() {
  TurnBudget<> budget(part_of_turn);
  const bool batches = batches_for(std::min(heard_.size(), dirty_.size()));
  for (Connection* connection : heard_) {
    if (dirty_.remove(*connection) && !flush_or_stage(budget, *connection, batches)) break;
  }
  send_staged(budget);
}

bool Worker::flush_or_stage(TurnBudget<>& budget, Connection& connection, bool batches) noexcept {
  if (!batches || batch_ == nullptr) return flush_within(budget, connection);
  if (connection.stage(*batch_)) return !batch_->is_full() || send_staged(budget);
  // Its handler may be called, which may close others: none of them may be on its way to the kernel.
  const bool goes_on = send_staged(budget);
  return flush_within(budget, connection) && goes_on;
}

bool Worker::send_staged(TurnBudget<>& budget) noexcept {
  if (batch_ == nullptr || batch_->items().empty()) return true;
  const bool is_small = batch_->items().size() < least_batch;
  const bool is_sent = !is_small && batch_->submit();
  if (is_sent) counters_.sends.add();
  bool goes_on = true;
  for (const SendBatch::Item& item : batch_->items()) {
    if (!is_sent && item.result == SendBatch::untried) {
      goes_on = flush_within(budget, *item.connection) && goes_on;
      continue;
    }
    guarded(*item.connection, [&item](Connection& c) { c.end_staged(item.result, item.offered); });
    goes_on = !budget.is_spent_after(1 + item.offered / bytes_per_cost) && goes_on;
  }
  batch_->clear();
  if (!is_sent && !is_small) batch_.reset();  // the kernel takes no more
  return goes_on;
}

bool Worker::flush_within(TurnBudget<>& budget, Connection& connection) noexcept {
  const std::size_t queued = connection.queued_bytes();
  const std::size_t most = usual_bytes_per_flush + queued / 2;
  if (queued > usual_bytes_per_flush) budget.begin();
  guarded(connection, [most](Connection& c) { c.flush(most); });
  return !budget.is_spent_after(1 + queued / bytes_per_cost);
}

void Worker::flush_all() {
  dirty_.take_while([this](Connection& connection) {
    guarded(connection, [](Connection& c) { c.flush(no_limit); });
    return true;
  });
  is_behind_ = false;
}

void Worker::flush_moving() {
  // Who moves takes no output along, but for what the kernel does not take.
  for (Connection* connection : moving_) {
    if (dirty_.remove(*connection)) guarded(*connection, [](Connection& c) { c.flush(no_limit); });
  }
}

void Worker::hand_over_moving() {
  for (Connection* connection : moving_) {
    connection->lower(Connection::moving_flag);
    if (connection->state_ != Connection::State::moving) continue;  // its flush failed
    const std::uint32_t target = connection->move_target();
    connection->leave();
    unlink(*connection);
    forget(*connection);
    counters_.moved.add();
    Worker& there = *state_.workers[target];
    there.loop_.post([&there, owned = std::unique_ptr<Connection>(connection)]() mutable { there.adopt(std::move(owned)); });
  }
  moving_.clear();
}

void Worker::destroy_buried() {
  for (const auto& connection : buried_) forget(*connection);
  buried_.clear();
}

void Worker::forget(Connection& connection) noexcept {
  const auto remove = [&](List& list, std::uint8_t flag) {
    if ((connection.list_flags() & flag) == 0) return;
    std::erase(list, &connection);
    connection.lower(flag);
  };
  dirty_.remove(connection);
  remove(heard_, Connection::heard_flag);
  remove(ready_, Connection::ready_flag);
  remove(again_, Connection::again_flag);
  remove(failed_, Connection::failed_flag);
}

void Worker::keep_proxy(const Connection& connection, std::unique_ptr<ProxyPeer> proxy) {
  proxies_.insert_or_assign(&connection, std::move(proxy));
}

std::unique_ptr<ProxyPeer> Worker::take_proxy(const Connection& connection) noexcept {
  const auto kept = proxies_.find(&connection);
  if (kept == proxies_.end()) return nullptr;
  std::unique_ptr<ProxyPeer> proxy = std::move(kept->second);
  proxies_.erase(kept);
  return proxy;
}

std::unique_ptr<HttpState> Worker::take_http_state() {
  if (http_states_.empty()) return std::make_unique<HttpState>(options().http);
  std::unique_ptr<HttpState> state = std::move(http_states_.back());
  http_states_.pop_back();
  return state;
}

void Worker::give_back(std::unique_ptr<HttpState> state) noexcept {
  if (http_states_.size() >= max_pooled_http_states) return;
  state->reset();
  http_states_.push_back(std::move(state));
}

std::span<char> Worker::plain_buffer() {
  // A whole receive buffer and the record that was incomplete before it.
  const std::size_t size = options().receive_buffer_bytes + 32 * 1024;
  if (plain_buffer_ == nullptr) plain_buffer_ = std::make_unique_for_overwrite<char[]>(size);
  return {plain_buffer_.get(), size};
}

void Worker::link(Connection& connection) noexcept {
  connection.previous_ = nullptr;
  connection.next_ = first_;
  if (first_ != nullptr) first_->previous_ = &connection;
  first_ = &connection;
}

void Worker::unlink(Connection& connection) noexcept {
  if (connection.previous_ != nullptr) {
    connection.previous_->next_ = connection.next_;
  } else {
    first_ = connection.next_;
  }
  if (connection.next_ != nullptr) connection.next_->previous_ = connection.previous_;
  connection.previous_ = connection.next_ = nullptr;
}

}  // namespace signaling::net
