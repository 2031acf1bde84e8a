#pragma once
// How a node leaves: decides what is to be done when; the runtime does it.

#include <cstddef>
#include <cstdint>
#include <random>
#include <string_view>
#include <vector>

#include <signaling/base/clock.hpp>

namespace signaling::server {

/// In this order; some may take no time.
enum class DrainPhase : std::uint8_t {
  serving,
  announced,  ///< /readyz says so, everything goes on: the balancer takes notice
  moving,     ///< new clients are refused, those there are leave in batches
  flushing,   ///< nobody is accepted; what was written last goes out, connections close
  stopping,   ///< connections are gone or cut: plugins and loops stop
};
std::string_view to_string(DrainPhase phase) noexcept;

struct DrainOptions {
  base::Milliseconds readiness_wait{0};
  base::Milliseconds duration{5'000};
  base::Milliseconds flush_timeout{10'000};
};

/// What is left, over all loops. Clients are sessions of this node and clients of other nodes' sessions that came here.
struct DrainSight {
  std::uint64_t round = 0;  ///< of the oldest loop's report: it has done what `DrainStep::round` says, and all before
  std::size_t polling = 0;  ///< clients on polling, those included that still wait to be told
  std::size_t unmoved = 0;  ///< clients that no batch has taken
  std::size_t clients = 0;  ///< all of them
  std::size_t connections = 0;
};

/// What to do now; the flags stay once they are set.
struct DrainStep {
  DrainPhase phase = DrainPhase::announced;
  std::uint64_t round = 0;  ///< number of this step: each loop reports it when it has done its part
  bool refuses_handshakes = false;
  bool closes_listener = false;
  std::size_t move = 0;        ///< so many clients leave now
  bool moves_all = false;      ///< everybody who is left leaves at once
  bool is_cut_short = false;   ///< hurried: connections that are left are cut
  base::Milliseconds wait{0};  ///< until the next step at the latest
};

/// The way out of service, a step at a time. New clients are refused while `moving`, but the listener is closed only when no
/// client is on polling any more, as these open a connection for a request: hence they leave first. Batches come about every
/// `batch_interval`, each at a random moment of its interval; there are fewer of them where few clients are left.
///
/// One thread; time comes from the caller. Pure.
class Drain {
 public:
  static constexpr base::Milliseconds batch_interval{100};
  static constexpr std::size_t least_batch = 10;
  /// For clients that were told at last, beyond `duration`: a poll may have to come for it.
  static constexpr base::Milliseconds last_words{1'500};
  /// For loops to count their clients, beyond `readiness_wait`.
  static constexpr base::Milliseconds count_wait{1'000};
  /// What is left of the flush after `hurry`.
  static constexpr base::Milliseconds hurried_flush{1'000};

  Drain(const DrainOptions& options, base::TimePoint now, std::uint64_t seed);

  DrainStep step(base::TimePoint now, const DrainSight& sight);
  /// Skips the waits: whoever is left is moved with the next step, and flushes for a short time; said while it flushes, that
  /// is the end.
  void hurry() noexcept;
  DrainPhase phase() const noexcept { return phase_; }

 private:
  void begin_moving(base::TimePoint now, const DrainSight& sight);
  void move(base::TimePoint now, const DrainSight& sight, DrainStep& step);
  void begin_flushing(base::TimePoint now);

  const DrainOptions options_;
  std::mt19937_64 random_;
  DrainPhase phase_ = DrainPhase::announced;
  base::TimePoint phase_end_;
  std::uint64_t round_ = 0;
  bool is_hurried_ = false;
  bool is_cut_short_ = false;
  bool closes_listener_ = false;

  // While moving.
  std::vector<base::TimePoint> batches_;  ///< when each is due, the last one first
  std::size_t batch_size_ = 0;
  std::uint64_t last_batch_round_ = 0;
};

/// Shares `count` out to loops that have so many clients each, in proportion; nobody gets more than there are.
std::vector<std::size_t> share_out(std::size_t count, const std::vector<std::size_t>& clients);

}  // namespace signaling::server
