#include "command_router.hpp"

#include <algorithm>

#include "reply.hpp"
#include "server_error.hpp"

namespace signaling::redis_adapter {
namespace {

constexpr std::chrono::milliseconds tick_interval{5};
constexpr std::chrono::milliseconds first_delay{10};
constexpr std::chrono::milliseconds max_delay{200};

}  // namespace

CommandRouter::CommandRouter(Environment& environment, RouterHost& host, Deferred& deferred, std::uint32_t partition_count)
    : environment_(environment), host_(host), deferred_(deferred), states_(partition_count) {}

void CommandRouter::submit(Request&& request) {
  auto& state = states_[request.partition];
  auto* link = host_.owner(request.partition);
  if (environment_.is_stopped || state.service == Service::down || link == nullptr) {
    ++environment_.stats.commands_unsent;
    return refuse(std::move(request.handler), Outcome::away, "there is no connection");
  }
  const bool is_held =
      state.is_holding || state.service != Service::up || !link->are_commands_ready() || !state.may_send(*link);
  const bool has_room =
      is_held ? held_bytes_ + request.text.size() <= environment_.options.max_queue_bytes : link->has_room(request.text.size());
  if (!has_room) {
    ++environment_.stats.commands_full;
    return refuse(std::move(request.handler), Outcome::full, "the queue is full");
  }
  ++environment_.stats.commands;
  request.sequence = next_sequence_++;
  if (is_held)
    hold(state, std::move(request));
  else
    send(state, *link, std::move(request));
}

void CommandRouter::send(State& state, ServerLink& link, Request&& request) {
  ++state.in_flight;
  state.in_flight_on = &link;
  link.send(std::move(request));
}

void CommandRouter::hold(State& state, Request&& request) {
  holding_.insert(request.partition);
  state.is_holding = true;
  held_bytes_ += request.text.size();
  const auto place = std::upper_bound(state.held.begin(), state.held.end(), request.sequence,
                                      [](std::uint64_t sequence, const Request& other) { return sequence < other.sequence; });
  state.held.insert(place, std::move(request));
  schedule_tick();
}

void CommandRouter::hold_after_error(State& state, Request&& request, std::string_view text, std::chrono::milliseconds delay) {
  if (request.is_told) return;
  ++environment_.stats.retries;
  state.not_before = std::max(state.not_before, SteadyClock::now() + delay);
  request.last_error = text;
  hold(state, std::move(request));
}

void CommandRouter::set_service(Partition partition, Service service) {
  states_[partition].service = service;
  if (service == Service::up) release(partition);
}

void CommandRouter::on_answer(ServerLink& link, Request&& request, redisReply& reply) {
  if (request.partition == no_partition) {
    if (reply.type == REDIS_REPLY_ERROR)
      environment_.finish(request.handler, {Outcome::server, text_of(reply)});
    else
      environment_.finish(request.handler, {Outcome::ok, {}, &reply});
    return;
  }
  const auto partition = request.partition;
  auto& state = states_[partition];
  --state.in_flight;
  if (reply.type != REDIS_REPLY_ERROR) {
    state.delay = {};
    complete(request, {Outcome::ok, {}, &reply});
  } else {
    const auto text = text_of(reply);
    const auto error = classify_error(text);
    request.ask = {};
    switch (error.remedy) {
      case Remedy::none: complete(request, {Outcome::server, text}); break;
      case Remedy::no_script: hold_after_error(state, std::move(request), text, {}); break;
      case Remedy::ask:
        request.ask = error.address;
        if (request.ask.host.empty()) request.ask.host = link.address().host;
        hold_after_error(state, std::move(request), text, {});
        break;
      case Remedy::moved:
        hold_after_error(state, std::move(request), text, first_delay);
        host_.on_moved(link, partition, error.address);
        break;
      case Remedy::demoted:
        hold_after_error(state, std::move(request), text, first_delay);
        link.leave(text);
        break;
      case Remedy::try_later:
        state.delay = state.delay.count() == 0 ? first_delay : std::min(max_delay, state.delay * 2);
        hold_after_error(state, std::move(request), text, state.delay);
        if (text.starts_with("CLUSTERDOWN")) host_.on_cluster_down(link);
        break;
    }
  }
  if (state.is_holding) release(partition);
}

void CommandRouter::on_unanswered(Request&& request, bool is_sent) {
  const Reply reply{is_sent ? Outcome::lost : Outcome::away, "the connection ended"};
  if (request.partition == no_partition) return environment_.finish(request.handler, reply);
  --states_[request.partition].in_flight;
  complete(request, reply);
}

void CommandRouter::on_late(Request& request) { complete(request, {Outcome::timeout, "no answer in time"}); }

void CommandRouter::release(Partition partition) {
  auto& state = states_[partition];
  auto* link = host_.owner(partition);
  const auto is_ready = [&] {
    return state.service == Service::up && state.in_flight == 0 && link != nullptr && link->are_commands_ready() &&
           SteadyClock::now() >= state.not_before;
  };
  if (!state.is_holding || !is_ready()) return;
  while (!state.held.empty()) {
    auto& next = state.held.front();
    auto* target = link;
    if (!next.ask.host.empty()) {
      target = host_.link_at(next.ask);
      if (target == nullptr || !target->are_commands_ready()) {
        // A master that is not known yet, or just away: the owner is asked again, and will say the same or better.
        next.ask = {};
        state.not_before = SteadyClock::now() + first_delay;
        return;
      }
    }
    if (!state.may_send(*target)) return;
    Request request = std::move(next);
    state.held.pop_front();
    held_bytes_ -= request.text.size();
    send(state, *target, std::move(request));
  }
  state.is_holding = false;
  holding_.erase(partition);
}

void CommandRouter::schedule_tick() {
  if (tick_) return;
  tick_ = std::make_shared<asio::steady_timer>(environment_.io, tick_interval);
  tick_->async_wait([this, weak = std::weak_ptr(tick_)](boost::system::error_code error) {
    const auto timer = weak.lock();
    if (error || !timer || tick_ != timer) return;
    tick_ = nullptr;
    environment_.guarded("retrying", [this] { tick(); });
  });
}

void CommandRouter::tick() {
  const auto now = SteadyClock::now();
  for (const auto partition : std::vector<Partition>(holding_.begin(), holding_.end())) {
    auto& state = states_[partition];
    expire(state, now);
    release(partition);
    if (state.is_holding && state.held.empty()) {
      state.is_holding = false;
      holding_.erase(partition);
    }
  }
  if (!holding_.empty()) schedule_tick();
}

void CommandRouter::expire(State& state, TimePoint now) {
  for (std::size_t i = 0; i < state.held.size();) {
    if (state.held[i].deadline > now) {
      ++i;
      continue;
    }
    Request request = std::move(state.held[i]);
    state.held.erase(state.held.begin() + static_cast<std::ptrdiff_t>(i));
    held_bytes_ -= request.text.size();
    const std::string text = request.last_error.empty() ? "the partition did not come up in time" : request.last_error;
    complete(request, {Outcome::away, text});
  }
}

void CommandRouter::stop() {
  if (tick_) std::exchange(tick_, nullptr)->cancel();
  for (auto& state : states_) {
    std::deque<Request> held;
    held.swap(state.held);
    state = {};
    for (auto& request : held) complete(request, {Outcome::away, "the adapter stops"});
  }
  held_bytes_ = 0;
  holding_.clear();
}

/// @param text a literal
void CommandRouter::refuse(ReplyHandler handler, Outcome outcome, std::string_view text) {
  if (!handler) return;
  deferred_.add([this, handler = std::move(handler), outcome, text]() mutable {
    environment_.finish(handler, {outcome, text});
  });
}

void CommandRouter::complete(Request& request, const Reply& reply) {
  if (request.is_told && !request.handler) return;
  auto& stats = environment_.stats;
  switch (reply.outcome) {
    case Outcome::ok: break;
    case Outcome::away:
    case Outcome::full: ++stats.commands_unsent; break;
    case Outcome::lost:
    case Outcome::timeout: ++stats.commands_lost; break;
    case Outcome::server: ++stats.server_errors; break;
  }
  environment_.finish(request.handler, reply);
}

}  // namespace signaling::redis_adapter
