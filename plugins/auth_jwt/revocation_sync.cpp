#include "revocation_sync.hpp"

#include <algorithm>
#include <utility>

#include <signaling/plugin_api/callbacks.hpp>
#include <signaling/plugin_api/json_build.hpp>
#include <signaling/plugin_api/json_slice.hpp>

#include "revocation_wire.hpp"

namespace signaling::auth_jwt {

using plugin_api::LogLevel;
using plugin_api::ServerAnswersHandler;
using plugin_api::ServerReply;
using plugin_api::Status;
namespace json = plugin_api::json;

namespace {

/// What ends in this minute or the next is not compared: clocks of nodes differ, and such a difference is soon none.
constexpr std::int64_t minutes_left_out = 1;
/// Forgotten in one turn of the loop; under a millisecond.
constexpr std::size_t swept_per_turn = 1'000;

std::string_view first_of(std::string_view list) {
  json::Elements elements = json::Elements::of(list);
  return elements.next() ? elements.value() : std::string_view();
}

}  // namespace

RevocationSync::RevocationSync(plugin_api::Host& host, plugin_api::Peers* peers, Revocations& revocations,
                               const Metrics& metrics, DisconnectSockets disconnect, std::function<void()> synchronized)
    : host_(host),
      peers_(peers),
      revocations_(revocations),
      metrics_(metrics),
      disconnect_(std::move(disconnect)),
      synchronized_(std::move(synchronized)) {}

void RevocationSync::start(std::int64_t interval_ms) {
  interval_ms_ = interval_ms;
  pull({}, first_answer_timeout_ms);
  compare();
}

void RevocationSync::compare() {
  sweep();
  if (peers_ != nullptr) {
    const std::int64_t minute = host_.wall_clock_ms() / Revocations::minute_ms + minutes_left_out;
    const std::string place = std::to_string(minute);
    const std::string digest = digest_text(revocations_.digest(minute));
    peers_->send(json::Pieces(R"(["digest",)", place, R"(,")", digest, R"("])"), answer_timeout_ms, nullptr);
  }
  host_.start_timer(static_cast<std::uint64_t>(interval_ms_), plugin_api::make_task([this] { compare(); }));
}

void RevocationSync::sweep() {
  const bool is_done = revocations_.sweep(host_.wall_clock_ms(), swept_per_turn);
  metrics_.revocations->set(static_cast<double>(revocations_.size()));
  if (!is_done) host_.post(0, plugin_api::make_task([this] { sweep(); }));
}

void RevocationSync::pull(std::string after, std::uint32_t timeout_ms) {
  if (peers_ == nullptr) return end_pull(true);
  is_pulling_ = true;
  auto& handler = plugin_api::make_server_answers_handler(
      [this, timeout_ms](Status status, std::span<const ServerAnswersHandler::Answer> answers,
                         std::span<const std::string_view> missing) {
        // Whoever has more than a page tells where it ended; everybody is asked again from the first of these places on.
        std::string next;
        for (const ServerAnswersHandler::Answer& answer : answers) {
          json::Elements parts = json::Elements::of(answer.args);
          if (!parts.next()) continue;
          for (json::Elements entries = json::Elements::of(parts.value()); entries.next();) take(entries.value());
          if (!parts.next() || json::type_of(parts.value()) != json::Type::string) continue;
          std::string end;
          json::append_decoded(parts.value(), end);
          if (next.empty() || end < next) next = std::move(end);
        }
        if (!next.empty()) return pull(std::move(next), timeout_ms);
        end_pull(status == Status::ok && missing.empty());
      });
  const std::string place = json::json_string(after);
  peers_->send(json::Pieces(R"(["pull",)", place, "]"), timeout_ms, &handler);
}

void RevocationSync::end_pull(bool is_complete) {
  is_pulling_ = false;
  metrics_.revocations->set(static_cast<double>(revocations_.size()));
  if (!synchronized_) return;
  if (!is_complete) {
    host_.log(LogLevel::warn,
              "not every other node has told what is revoked: tokens that only these know of are let in until the nodes "
              "compare again");
  }
  std::exchange(synchronized_, {})();
}

/// False where there was no room.
bool RevocationSync::take(std::string_view text) {
  const std::optional<Revocation> revocation = read_revocation(text);
  if (!revocation) return true;
  switch (revocations_.add(*revocation, host_.wall_clock_ms())) {
    case Revocations::Added::known: return true;
    case Revocations::Added::yes: disconnect_(*revocation, [](std::size_t) {}); return true;
    case Revocations::Added::full: break;
  }
  metrics_.revocations_full->add(1);
  return false;
}

void RevocationSync::revoke(const Revocation& revocation, std::function<void(const RevokeReport&)> done) {
  if (revocations_.add(revocation, host_.wall_clock_ms()) == Revocations::Added::full) {
    metrics_.revocations_full->add(1);
    RevokeReport report;
    report.is_full = true;
    return done(report);
  }
  metrics_.revocations->set(static_cast<double>(revocations_.size()));
  struct Gathering {
    RevokeReport report;
    int left = 2;
    std::function<void(const RevokeReport&)> done;
    void finish_part() {
      if (--left == 0) done(report);
    }
  };
  const auto gathering = std::make_shared<Gathering>();
  gathering->done = std::move(done);
  // Told before the sockets of this node end: what they do about it may be seen by others.
  if (peers_ == nullptr) {
    gathering->finish_part();
  } else {
    auto& handler = plugin_api::make_server_answers_handler([gathering](Status status,
                                                                        std::span<const ServerAnswersHandler::Answer> answers,
                                                                        std::span<const std::string_view> missing) {
      RevokeReport& report = gathering->report;
      report.is_alone = status == Status::unavailable || status == Status::too_many;
      for (const ServerAnswersHandler::Answer& answer : answers) {
        const std::string_view result = first_of(answer.args);
        const bool is_full = json::string_is(json::find(result, "status"), "full");
        (is_full ? report.full : report.nodes).emplace_back(answer.node);
        report.disconnected +=
            static_cast<std::size_t>(std::max<std::int64_t>(json::integer(json::find(result, "disconnected")).value_or(0), 0));
      }
      report.missing.assign(missing.begin(), missing.end());
      gathering->finish_part();
    });
    std::string event = R"(["revoke",)";
    append_revocation(event, revocation);
    peers_->send(json::Pieces(event, "]"), answer_timeout_ms, &handler);
  }
  disconnect_(revocation, [gathering](std::size_t disconnected) {
    gathering->report.disconnected += disconnected;
    gathering->finish_part();
  });
}

void RevocationSync::on_peer_event(std::string_view, const plugin_api::Event& event, ServerReply& reply) {
  json::Elements arguments(event.args);
  const std::string_view argument = arguments.next() ? arguments.value() : std::string_view();
  if (event.name == "revoke") return answer_revoke(argument, reply);
  if (event.name == "pull" && json::type_of(argument) == json::Type::string) {
    std::string buffer;
    return answer_pull(json::decode(argument, buffer), reply);
  }
  if (event.name != "digest" || is_pulling_ || !arguments.next()) return;
  const std::int64_t minute = json::integer(argument).value_or(0);
  if (!json::string_is(arguments.value(), digest_text(revocations_.digest(minute)))) pull({}, answer_timeout_ms);
}

void RevocationSync::answer_revoke(std::string_view argument, ServerReply& reply) {
  const std::optional<Revocation> revocation = read_revocation(argument);
  if (!revocation) return;
  if (revocations_.add(*revocation, host_.wall_clock_ms()) == Revocations::Added::full) {
    metrics_.revocations_full->add(1);
    host_.log(LogLevel::error, "a revocation of another node has no room here: max_revocations is reached");
    return reply.answer(json::Pieces(R"([{"status":"full","disconnected":0}])"));
  }
  metrics_.revocations->set(static_cast<double>(revocations_.size()));
  ServerReply& later = reply.defer();
  disconnect_(*revocation, [&later](std::size_t disconnected) {
    const std::string count = std::to_string(disconnected);
    later.answer(json::Pieces(R"([{"status":"ok","disconnected":)", count, "}]"));
  });
}

void RevocationSync::answer_pull(std::string_view after, ServerReply& reply) const {
  if (!reply.wanted()) return;
  const std::vector<Revocation> page = revocations_.page(after, page_size);
  if (page.empty()) return;
  std::string text = "[[";
  for (const Revocation& revocation : page) {
    if (text.size() > 2) text.push_back(',');
    append_revocation(text, revocation);
  }
  text.push_back(']');
  if (page.size() == page_size) {
    text.push_back(',');
    json::append_json_string(text, Revocations::key_of(page.back()));
  }
  text.push_back(']');
  reply.answer(json::Pieces(text));
}

}  // namespace signaling::auth_jwt
