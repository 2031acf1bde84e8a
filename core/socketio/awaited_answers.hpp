#pragma once
// Answers that an adapter owes, each with a deadline after which the core goes on without it.

#include <cstdint>
#include <mutex>

#include <signaling/base/clock.hpp>
#include <signaling/base/task.hpp>

namespace signaling::socketio {

/// What an adapter may take for anything that has no time of its own. The adapters' own bounds are shorter.
inline constexpr base::Milliseconds longest_adapter_wait{30'000};

/// A list through the objects that adapters were given: to await an answer and to get it costs a lock, and no allocation or
/// timer. Somebody looks at it about once a second. [any thread]
///
/// Ownership: shared by whoever asks and all that is awaited, since an adapter may answer when whoever asked is gone.
class AwaitedAnswers {
 public:
  /// Of one answer: it counts where it comes first, and that once.
  enum class Claim : std::uint8_t {
    first,
    second,
    late,    ///< it was given up before
    closed,  ///< nobody is there any more to be told
  };

  /// One answer; part of the object that the adapter was given.
  class Awaited {
   public:
    Awaited(const Awaited&) = delete;
    Awaited& operator=(const Awaited&) = delete;

   protected:
    Awaited() = default;
    virtual ~Awaited() = default;
    /// Its time is over: takes out what is needed to tell so, and returns what tells. That is run after the lock was left, when
    /// this may be gone. Under the lock.
    virtual base::Task give_up() = 0;

   private:
    friend class AwaitedAnswers;
    enum class State : std::uint8_t { awaited, answered, given_up };
    State state_ = State::awaited;
    base::TimePoint deadline_{};
    Awaited* previous_ = nullptr;
    Awaited* next_ = nullptr;
  };

  AwaitedAnswers() = default;
  AwaitedAnswers(const AwaitedAnswers&) = delete;
  AwaitedAnswers& operator=(const AwaitedAnswers&) = delete;

  /// Before the adapter has it. `claim` it before its end.
  void add(Awaited& answer, base::TimePoint deadline);
  Claim claim(Awaited& answer);
  /// Gives up what is due. One thread at a time.
  void tick(base::TimePoint now);
  /// Whoever asked goes: nothing is told any more.
  void close();

 private:
  void unlink(Awaited& answer) noexcept;

  std::mutex mutex_;  ///< guards what follows, and what is awaited
  Awaited* first_ = nullptr;
  Awaited* last_ = nullptr;
  bool is_closed_ = false;
};

}  // namespace signaling::socketio
