#pragma once
// All keys of this node: those of the configuration, and those that a thread of its own fetches from URLs.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "fetch_schedule.hpp"
#include "key_set.hpp"
#include "options.hpp"

namespace signaling::auth_jwt {

/// What the store tells of itself.
class KeyStoreEvents {
 public:
  /// A fetch has ended, or the configuration has changed. `is_settled`: no other fetch is under way or due. [any thread]
  virtual void on_keys(std::shared_ptr<const KeySet> keys, bool is_settled) = 0;
  /// A fetch of that URL has ended; `problem` empty: well. `is_news`: it was otherwise before. [the store's thread]
  virtual void on_fetched(const RemoteKeys& remote, std::string_view problem, bool is_news) = 0;
  virtual void on_left_out(const RemoteKeys& remote, const std::string& line) = 0;
  virtual void on_counts(std::size_t keys, std::size_t failing_urls) = 0;

 protected:
  ~KeyStoreEvents() = default;
};

/// Keys that were fetched stay in force until others take their place: while a URL fails, the last good ones do.
class KeyStore {
 public:
  /// Body at that URL, or throws std::runtime_error. May block; called on the store's thread.
  using Fetch = std::function<std::string(const RemoteKeys& remote, const Options& options)>;
  using Clock = std::function<std::int64_t()>;

  /// @param clock  milliseconds that never jump; any thread
  KeyStore(KeyStoreEvents& events, Fetch fetch, Clock clock);
  ~KeyStore();
  KeyStore(const KeyStore&) = delete;
  KeyStore& operator=(const KeyStore&) = delete;

  /// Takes the keys of these options, keeps what was fetched from URLs that are in them as before, and fetches all of them.
  /// Starts the thread where there is something to fetch.
  void configure(std::shared_ptr<const Options> options);
  /// Waits until every URL was tried once, at most that long.
  void wait_for_first_fetches(std::chrono::milliseconds at_most);
  /// Somebody came with a key id that nobody knows. False where there is nothing to wait for: no URL, or it is too early to ask
  /// again; else `on_keys` follows. [any thread]
  bool request_refresh();
  /// A URL has never answered well: tokens signed with its keys are refused. [any thread]
  bool lacks_keys() const noexcept { return lacks_keys_.load(std::memory_order_relaxed); }
  /// Ends the thread; `fetch` must return soon (HttpGet::cancel).
  void stop();

 private:
  struct Remote {
    Remote(RemoteKeys of_config, FetchSchedule times) : config(std::move(of_config)), schedule(times) {}
    RemoteKeys config;
    FetchSchedule schedule;
    TrustedKeys keys;
    bool was_tried = false;
    bool was_good = false;
    bool is_failing = false;
  };

  void run();
  void fetch_one(std::unique_lock<std::mutex>& lock, const std::shared_ptr<Remote>& remote);
  void publish();

  KeyStoreEvents& events_;
  const Fetch fetch_;
  const Clock clock_;
  std::atomic<bool> lacks_keys_{false};

  mutable std::mutex mutex_;  ///< guards what follows; not held while fetching
  std::condition_variable changed_;
  std::shared_ptr<const Options> options_;
  std::vector<std::shared_ptr<Remote>> remotes_;
  bool is_fetching_ = false;
  bool is_stopping_ = false;
  std::mutex publishing_;  ///< so that `on_keys` is called in the order of what it tells; taken before mutex_
  std::thread thread_;
};

}  // namespace signaling::auth_jwt
