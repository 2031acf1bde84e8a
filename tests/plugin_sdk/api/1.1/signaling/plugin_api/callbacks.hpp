#pragma once
// Lambdas as the callback objects of the plugin API:
//
//     host.post(loop, make_task([this] { sweep(); }));
//     presence.list(room, make_presence_handler([](Status status, std::uint64_t, bool, auto others) { … }));
//
// Each function makes an object on the heap that deletes itself in `release()`, and hands out a reference because that is
// what the API takes: give it to exactly one call. What the lambda throws goes to the caller (the server logs and counts it);
// `release()` itself throws nothing.

#include <type_traits>
#include <utility>

#include <signaling/plugin_api/adapter.hpp>
#include <signaling/plugin_api/namespaces.hpp>
#include <signaling/plugin_api/presence.hpp>
#include <signaling/plugin_api/socket.hpp>
#include <signaling/plugin_api/values.hpp>

namespace signaling::plugin_api {

namespace detail {

template <class F>
class TaskOf final : public Task {
 public:
  explicit TaskOf(F f) : f_(std::move(f)) {}
  void run() override { f_(); }
  void release() noexcept override { delete this; }

 private:
  F f_;
};

template <class F>
class PresenceHandlerOf final : public PresenceHandler {
 public:
  explicit PresenceHandlerOf(F f) : f_(std::move(f)) {}
  void on_presence(Status status, std::uint64_t mark, bool existed, std::span<const PresenceEntry> others) override {
    f_(status, mark, existed, others);
  }
  void release() noexcept override { delete this; }

 private:
  F f_;
};

template <class F>
class StatusHandlerOf final : public StatusHandler {
 public:
  explicit StatusHandlerOf(F f) : f_(std::move(f)) {}
  void on_status(Status status) override { f_(status); }
  void release() noexcept override { delete this; }

 private:
  F f_;
};

template <class OnAck, class OnFailure>
class AckHandlerOf final : public AckHandler {
 public:
  AckHandlerOf(OnAck on_ack, OnFailure on_failure) : on_ack_(std::move(on_ack)), on_failure_(std::move(on_failure)) {}
  void on_ack(std::string_view args, std::span<const Bytes> attachments) override { on_ack_(args, attachments); }
  void on_failure(Status status) override { on_failure_(status); }
  void release() noexcept override { delete this; }

 private:
  OnAck on_ack_;
  OnFailure on_failure_;
};

template <class F>
class BroadcastAckHandlerOf final : public BroadcastAckHandler {
 public:
  explicit BroadcastAckHandlerOf(F f) : f_(std::move(f)) {}
  void on_answers(Status status, std::span<const Answer> answers, std::uint32_t expected,
                  std::span<const std::string_view> missing_nodes) override {
    f_(status, answers, expected, missing_nodes);
  }
  void release() noexcept override { delete this; }

 private:
  F f_;
};

template <class F>
class QueryHandlerOf final : public QueryHandler {
 public:
  explicit QueryHandlerOf(F f) : f_(std::move(f)) {}
  void on_result(Status status, std::uint64_t count, std::span<const SocketInfo> sockets,
                 std::span<const std::string_view> missing_nodes) override {
    f_(status, count, sockets, missing_nodes);
  }
  void release() noexcept override { delete this; }

 private:
  F f_;
};

template <class F>
class ServerAnswersHandlerOf final : public ServerAnswersHandler {
 public:
  explicit ServerAnswersHandlerOf(F f) : f_(std::move(f)) {}
  void on_answers(Status status, std::span<const Answer> answers, std::span<const std::string_view> missing_nodes) override {
    f_(status, answers, missing_nodes);
  }
  void release() noexcept override { delete this; }

 private:
  F f_;
};

template <class F>
class SubscribeHandlerOf final : public SubscribeHandler {
 public:
  explicit SubscribeHandlerOf(F f) : f_(std::move(f)) {}
  void on_subscribed(Status status) override { f_(status); }
  void release() noexcept override { delete this; }

 private:
  F f_;
};

template <class F>
class HistoryHandlerOf final : public HistoryHandler {
 public:
  explicit HistoryHandlerOf(F f) : f_(std::move(f)) {}
  void on_history(Status status, std::uint64_t next_offset, std::span<const Bytes> items) override {
    f_(status, next_offset, items);
  }
  void release() noexcept override { delete this; }

 private:
  F f_;
};

template <class F>
class CounterHandlerOf final : public CounterHandler {
 public:
  explicit CounterHandlerOf(F f) : f_(std::move(f)) {}
  void on_levels(std::span<const CounterLevel> levels) override { f_(levels); }
  void release() noexcept override { delete this; }

 private:
  F f_;
};

}  // namespace detail

/// `f()`
template <class F>
[[nodiscard]] Task& make_task(F&& f) {
  return *new detail::TaskOf<std::decay_t<F>>(std::forward<F>(f));
}

/// `f(Status, std::uint64_t mark, bool existed, std::span<const PresenceEntry> others)`
template <class F>
[[nodiscard]] PresenceHandler& make_presence_handler(F&& f) {
  return *new detail::PresenceHandlerOf<std::decay_t<F>>(std::forward<F>(f));
}

/// `f(Status)`
template <class F>
[[nodiscard]] StatusHandler& make_status_handler(F&& f) {
  return *new detail::StatusHandlerOf<std::decay_t<F>>(std::forward<F>(f));
}

/// `on_ack(std::string_view args, std::span<const Bytes> attachments)`, or `on_failure(Status)`
template <class OnAck, class OnFailure>
[[nodiscard]] AckHandler& make_ack_handler(OnAck&& on_ack, OnFailure&& on_failure) {
  return *new detail::AckHandlerOf<std::decay_t<OnAck>, std::decay_t<OnFailure>>(std::forward<OnAck>(on_ack),
                                                                                 std::forward<OnFailure>(on_failure));
}

/// `f(Status, std::span<const BroadcastAckHandler::Answer>, std::uint32_t expected, std::span<const std::string_view> missing)`
template <class F>
[[nodiscard]] BroadcastAckHandler& make_broadcast_ack_handler(F&& f) {
  return *new detail::BroadcastAckHandlerOf<std::decay_t<F>>(std::forward<F>(f));
}

/// `f(Status, std::uint64_t count, std::span<const SocketInfo>, std::span<const std::string_view> missing)`
template <class F>
[[nodiscard]] QueryHandler& make_query_handler(F&& f) {
  return *new detail::QueryHandlerOf<std::decay_t<F>>(std::forward<F>(f));
}

/// `f(Status, std::span<const ServerAnswersHandler::Answer>, std::span<const std::string_view> missing)`
template <class F>
[[nodiscard]] ServerAnswersHandler& make_server_answers_handler(F&& f) {
  return *new detail::ServerAnswersHandlerOf<std::decay_t<F>>(std::forward<F>(f));
}

/// `f(Status)`
template <class F>
[[nodiscard]] SubscribeHandler& make_subscribe_handler(F&& f) {
  return *new detail::SubscribeHandlerOf<std::decay_t<F>>(std::forward<F>(f));
}

/// `f(Status, std::uint64_t next_offset, std::span<const Bytes> items)`
template <class F>
[[nodiscard]] HistoryHandler& make_history_handler(F&& f) {
  return *new detail::HistoryHandlerOf<std::decay_t<F>>(std::forward<F>(f));
}

/// `f(std::span<const CounterLevel> levels)`
template <class F>
[[nodiscard]] CounterHandler& make_counter_handler(F&& f) {
  return *new detail::CounterHandlerOf<std::decay_t<F>>(std::forward<F>(f));
}

}  // namespace signaling::plugin_api
