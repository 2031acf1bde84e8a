#include "key_store.hpp"

#include <algorithm>
#include <exception>

namespace signaling::auth_jwt {

KeyStore::KeyStore(KeyStoreEvents& events, Fetch fetch, Clock clock)
    : events_(events), fetch_(std::move(fetch)), clock_(std::move(clock)) {}

KeyStore::~KeyStore() { stop(); }

void KeyStore::configure(std::shared_ptr<const Options> options) {
  {
    const std::lock_guard lock(mutex_);
    options_ = std::move(options);
    std::vector<std::shared_ptr<Remote>> fresh;
    for (const RemoteKeys& config : options_->remote_keys) {
      auto remote =
          std::make_shared<Remote>(config, FetchSchedule(options_->fetch_interval_ms, options_->min_fetch_interval_ms));
      const auto old =
          std::find_if(remotes_.begin(), remotes_.end(), [&](const auto& known) { return known->config == config; });
      if (old != remotes_.end()) {
        remote->keys = (*old)->keys;
        remote->was_good = (*old)->was_good;
        remote->is_failing = (*old)->is_failing;
      }
      fresh.push_back(std::move(remote));
    }
    remotes_ = std::move(fresh);
    if (!remotes_.empty() && !thread_.joinable()) thread_ = std::thread([this] { run(); });
  }
  publish();
  changed_.notify_all();
}

void KeyStore::wait_for_first_fetches(std::chrono::milliseconds at_most) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, at_most, [this] {
    return std::all_of(remotes_.begin(), remotes_.end(), [](const auto& remote) { return remote->was_tried; });
  });
}

bool KeyStore::request_refresh() {
  bool is_coming = false;
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return false;
    is_coming = is_fetching_;
    const std::int64_t now = clock_();
    for (const auto& remote : remotes_) is_coming = remote->schedule.request(now) || is_coming;
  }
  if (is_coming) changed_.notify_all();
  return is_coming;
}

void KeyStore::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void KeyStore::run() {
  std::unique_lock lock(mutex_);
  while (!is_stopping_) {
    const auto next = std::min_element(remotes_.begin(), remotes_.end(), [](const auto& a, const auto& b) {
      return a->schedule.due_ms() < b->schedule.due_ms();
    });
    if (next == remotes_.end()) {
      changed_.wait(lock);
      continue;
    }
    const std::int64_t now = clock_();
    if (!(*next)->schedule.is_due(now)) {
      changed_.wait_for(lock, std::chrono::milliseconds((*next)->schedule.due_ms() - now));
      continue;
    }
    const std::shared_ptr<Remote> remote = *next;
    fetch_one(lock, remote);
  }
}

void KeyStore::fetch_one(std::unique_lock<std::mutex>& lock, const std::shared_ptr<Remote>& remote) {
  remote->schedule.begin(clock_());
  is_fetching_ = true;
  const std::shared_ptr<const Options> options = options_;
  lock.unlock();
  JwkSet set;
  std::string problem;
  try {
    set = read_jwk_set(fetch_(remote->config, *options), remote->config.use, false);
    if (set.keys.empty())
      throw std::runtime_error("the set has no key that can be used" +
                               (set.left_out.empty() ? "" : ": " + set.left_out.front()));
  } catch (const std::exception& error) {
    problem = error.what();
  }
  lock.lock();
  is_fetching_ = false;
  remote->was_tried = true;
  const bool is_news = remote->is_failing != !problem.empty() || (!remote->was_good && problem.empty());
  remote->is_failing = !problem.empty();
  if (problem.empty()) {
    remote->schedule.succeed(clock_());
    remote->keys = std::move(set.keys);
    remote->was_good = true;
  } else {
    remote->schedule.fail(clock_());
  }
  const bool is_stopping = is_stopping_;
  lock.unlock();
  if (!is_stopping) {
    events_.on_fetched(remote->config, problem, is_news);
    if (is_news) {
      for (const std::string& line : set.left_out) events_.on_left_out(remote->config, line);
    }
    publish();
  }
  changed_.notify_all();
  lock.lock();
}

void KeyStore::publish() {
  const std::lock_guard in_order(publishing_);
  TrustedKeys all;
  bool is_settled = true;
  std::size_t failing = 0;
  {
    const std::lock_guard lock(mutex_);
    all = options_->keys;
    bool lacks = false;
    const std::int64_t now = clock_();
    is_settled = !is_fetching_;
    for (const auto& remote : remotes_) {
      all.insert(all.end(), remote->keys.begin(), remote->keys.end());
      lacks = lacks || !remote->was_good;
      failing += remote->is_failing ? 1 : 0;
      is_settled = is_settled && !remote->schedule.is_due(now);
    }
    lacks_keys_.store(lacks, std::memory_order_relaxed);
  }
  events_.on_counts(all.size(), failing);
  events_.on_keys(std::make_shared<const KeySet>(std::move(all)), is_settled);
}

}  // namespace signaling::auth_jwt
