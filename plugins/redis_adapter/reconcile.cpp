#include "reconcile.hpp"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "presence_entry.hpp"

namespace signaling::redis_adapter {

using Phase = PartitionState::Phase;

namespace {
constexpr std::size_t max_entries = 100;
constexpr std::size_t max_bytes = 65'536;
constexpr std::int64_t retry_delay_us = 500 * us_per_ms;
/// So long before settling ends it is asked whether the others are back; where one is not, it then goes on for `extension`.
constexpr std::int64_t ask_before_us = 500 * us_per_ms;
constexpr std::string_view extension_ms = "1000";
}  // namespace

struct Reconcile::Run {
  Partition partition;
  std::uint64_t attempt;
  bool is_back = false;
  std::vector<std::pair<std::string, std::string>> entries;  ///< to restore
  std::size_t next = 0;                                      ///< in entries
  std::vector<std::size_t> sent;  ///< in entries: those that Redis was last given, in the order of its answers
  std::string cursor = "0";
};

void Reconcile::begin(Partition partition) {
  PartitionState& s = state(partition);
  if (s.phase == Phase::ready || s.phase == Phase::down) s.not_ready_since_us = context_.now_us();
  s.phase = Phase::restoring;
  s.retry_at_us = 0;
  s.is_asking = false;
  const auto run = std::make_shared<Run>();
  run->partition = partition;
  run->attempt = ++s.attempt;
  open(run);
}

void Reconcile::abandon(Partition partition) { ++state(partition).attempt; }

void Reconcile::settle(Partition partition, long long ms) {
  PartitionState& s = state(partition);
  if (s.phase != Phase::ready && s.phase != Phase::settling) return;
  if (s.phase == Phase::ready) s.not_ready_since_us = context_.now_us();
  s.phase = Phase::settling;
  s.are_others_back = false;
  s.settled_at_us = context_.now_us() + std::max(ms, 1LL) * us_per_ms;
}

void Reconcile::tick() {
  const std::int64_t now = context_.now_us();
  for (Partition p = 0; p < partitions_.size(); ++p) {
    PartitionState& s = partitions_[p];
    if (s.phase == Phase::restoring && s.retry_at_us != 0 && s.retry_at_us <= now) {
      begin(p);
    } else if (s.phase == Phase::settling && s.are_others_back) {
      if (s.settled_at_us <= now) become_ready(p);
    } else if (s.phase == Phase::settling && !s.is_asking && s.settled_at_us - ask_before_us <= now && s.retry_at_us <= now) {
      ask_for_others(p);
    }
  }
}

bool Reconcile::is_stale(const Run& run) const { return partitions_[run.partition].attempt != run.attempt; }

bool Reconcile::check(const RunPtr& run, const Reply& reply) {
  if (is_stale(*run)) return false;
  PartitionState& s = state(run->partition);
  if (!reply) {
    if (reply.outcome == Outcome::server)
      context_.log(plugin_api::LogLevel::error, std::string("Redis refused to restore presence: ").append(reply.text));
    s.retry_at_us = context_.now_us() + retry_delay_us;  // on_up or on_down may come before
    return false;
  }
  const std::string_view verdict = text_at(reply.value, 0);
  if (verdict == "fenced") {
    s.death = text_at(reply.value, 1);
    begin(run->partition);
    return false;
  }
  if (verdict == "epoch") {
    // Another run id: on_up will tell this node of it.
    if (text_at(reply.value, 1) == "other") {
      s.retry_at_us = context_.now_us() + retry_delay_us;
    } else {
      begin(run->partition);
    }
    return false;
  }
  return true;
}

void Reconcile::open(const RunPtr& run) {
  const PartitionState& s = state(run->partition);
  const std::string settle = std::to_string(context_.settings.settle_time.count());
  const std::string lease = run->partition == 0 ? std::to_string(context_.settings.registration_ttl().count()) : "0";
  const auto flag = [](bool value) { return value ? std::string_view("1") : std::string_view("0"); };
  const std::array<std::string_view, 7> args = {s.run_id, flag(s.was_up), flag(s.is_new_server),   flag(s.is_planned_move),
                                                settle,   lease,          flag(s.may_change_epoch)};
  context_.eval(run->partition, context_.scripts.open, args, [this, run](const Reply& reply) {
    if (check(run, reply)) on_opened(run, context_.now_us(), reply);
  });
}

void Reconcile::on_opened(const RunPtr& run, std::int64_t received_us, const Reply& reply) {
  PartitionState& s = state(run->partition);
  const std::uint64_t time_us = parse_mark(text_at(reply.value, 1)).value_or(0);
  const std::string_view epoch = text_at(reply.value, 3).substr(0, s.run_id.size() + 16);
  const bool is_new_epoch = epoch != s.epoch;
  s.epoch = epoch;
  s.offset_us = static_cast<std::int64_t>(time_us) - received_us;
  s.has_offset = true;
  s.settled_at_us = received_us + number_at(reply.value, 2) * us_per_ms;
  if (s.log_position == 0) s.log_position = time_us;
  s.was_up = true;
  s.may_change_epoch = false;
  s.is_new_server = false;
  s.is_planned_move = false;
  listener_.on_opened(run->partition, is_new_epoch);
  if (is_stale(*run)) return;
  take_own(run);
}

void Reconcile::take_own(const RunPtr& run) {
  PartitionState& s = state(run->partition);
  const auto go_on = [this, run] {
    run->entries = state(run->partition).own.all();
    restore(run);
  };
  if (s.death.empty()) return go_on();
  run->is_back = true;
  reaper_.reap(run->partition, context_.tag, ReapKind::lost, s.death, [this, run, go_on](bool is_done) {
    if (is_stale(*run)) return;
    PartitionState& now = state(run->partition);
    if (!is_done) {
      now.retry_at_us = context_.now_us() + retry_delay_us;
      return;
    }
    go_on();
  });
}

void Reconcile::restore(const RunPtr& run) {
  PartitionState& s = state(run->partition);
  std::vector<std::string> marks;
  std::vector<std::string_view> args = {s.run_id, context_.tag, run->is_back ? "1" : "0"};
  marks.reserve(2 * max_entries);  // the views point into it
  std::size_t bytes = 0;
  run->sent.clear();
  for (; run->next < run->entries.size() && marks.size() < 2 * max_entries && bytes < max_bytes; ++run->next) {
    const auto& [room, member] = run->entries[run->next];
    const OwnEntry* entry = s.own.find(room, member);
    if (entry == nullptr) continue;
    run->sent.push_back(run->next);
    const std::string_view order = marks.emplace_back(encode_mark(entry->order));
    const std::string_view mark = marks.emplace_back(encode_mark(entry->mark));
    args.insert(args.end(), {room, member, entry->value, order, mark});
    bytes += room.size() + member.size() + entry->value.size();
  }
  if (run->sent.empty()) return scan(run);
  context_.eval(run->partition, context_.scripts.restore, args, [this, run](const Reply& reply) {
    if (check(run, reply)) on_restored(run, reply);
  });
}

void Reconcile::on_restored(const RunPtr& run, const Reply& reply) {
  PartitionState& s = state(run->partition);
  for (std::size_t i = 0; i < run->sent.size(); ++i) {
    const auto& [room, member] = run->entries[run->sent[i]];
    OwnEntry* entry = s.own.find(room, member);
    const std::string_view marks = text_at(reply.value, i + 1);  // behind the verdict
    if (entry == nullptr || marks.size() != 32) continue;
    entry->order = parse_mark(marks.substr(0, 16)).value_or(entry->order);
    entry->mark = parse_mark(marks.substr(16)).value_or(entry->mark);
  }
  context_.metrics.restored.add(static_cast<double>(run->sent.size()));
  restore(run);
}

void Reconcile::scan(const RunPtr& run) {
  const std::string key = context_.names.base(run->partition) + "o:" + context_.tag;
  const std::array<std::string_view, 5> args = {"SSCAN", key, run->cursor, "COUNT", "200"};
  context_.backend.command(run->partition, args, context_.settings.command_timeout, [this, run](const Reply& reply) {
    if (check(run, reply)) on_scanned(run, reply);
  });
}

void Reconcile::on_scanned(const RunPtr& run, const Reply& reply) {
  PartitionState& s = state(run->partition);
  run->cursor = text_at(reply.value, 0);
  const redisReply* items = array_at(reply.value, 1);
  std::vector<std::string_view> args = {s.run_id, context_.tag};
  for (std::size_t i = 0; i < size_of(items); ++i) {
    const auto owned = parse_owned(text_at(items, i));
    if (!owned || s.own.find(owned->room, owned->member) != nullptr || s.own.is_doubtful(owned->room, owned->member)) continue;
    args.push_back(owned->room);
    args.push_back(owned->member);
  }
  const auto go_on = [this, run] { run->cursor == "0" || run->cursor.empty() ? finish(run) : scan(run); };
  if (args.size() == 2) return go_on();
  context_.eval(run->partition, context_.scripts.drop, args, [this, run, go_on](const Reply& answer) {
    if (check(run, answer)) go_on();
  });
}

void Reconcile::finish(const RunPtr& run) {
  PartitionState& s = state(run->partition);
  s.death.clear();
  s.phase = Phase::settling;
  ask_for_others(run->partition);
}

void Reconcile::ask_for_others(Partition partition) {
  PartitionState& s = state(partition);
  s.is_asking = true;
  s.are_others_back = false;
  // Behind a lease and the beat that finds it over, a node that is not back is lost, and its return told.
  const std::string limit = std::to_string((context_.settings.lease + 2 * context_.settings.beat_interval()).count());
  const std::vector<std::string> others = listener_.others();
  std::vector<std::string_view> args = {s.run_id, s.epoch, context_.tag, limit, extension_ms};
  args.insert(args.end(), others.begin(), others.end());
  context_.eval(partition, context_.scripts.back, args, [this, partition, attempt = s.attempt](const Reply& reply) {
    if (state(partition).attempt == attempt) on_others(partition, reply);
  });
}

void Reconcile::on_others(Partition partition, const Reply& reply) {
  PartitionState& s = state(partition);
  s.is_asking = false;
  if (s.phase != Phase::settling) return;
  if (!reply || text_at(reply.value, 0) != "ok") {
    if (reply.outcome == Outcome::server)
      context_.log(plugin_api::LogLevel::error,
                   std::string("Redis refused to end the restoring of presence: ").append(reply.text));
    // Under another run id, on_up will tell this node of it.
    if (reply && text_at(reply.value, 1) != "other") return begin(partition);
    s.retry_at_us = context_.now_us() + retry_delay_us;
    return;
  }
  s.settled_at_us = context_.now_us() + number_at(reply.value, 1) * us_per_ms;
  s.are_others_back = number_at(reply.value, 2) == 1;
  if (s.are_others_back && number_at(reply.value, 1) == 0) become_ready(partition);
}

void Reconcile::become_ready(Partition partition) {
  state(partition).phase = Phase::ready;
  listener_.on_ready(partition);
}

}  // namespace signaling::redis_adapter
