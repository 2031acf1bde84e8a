// Keys that are fetched: when, and what is in force meanwhile. The fetches are the test's; no network, no sleeping.
#include <auth_jwt/key_store.hpp>
#include <condition_variable>
#include <deque>
#include <functional>
#include <stdexcept>

#include <gtest/gtest.h>

#include "token_maker.hpp"

namespace signaling::auth_jwt {
namespace {

using namespace std::chrono_literals;

/// A server whose every answer waits until the test gives it.
class KeyServer {
 public:
  std::string fetch() {
    std::unique_lock lock(mutex_);
    ++asked_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !answers_.empty(); });
    const auto answer = std::move(answers_.front());
    answers_.pop_front();
    lock.unlock();
    return answer();
  }
  void answer(std::string body) {
    push([text = std::move(body)] { return text; });
  }
  void fail() {
    push([]() -> std::string { throw std::runtime_error("refused"); });
  }
  bool was_asked(int times) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 10s, [&] { return asked_ >= times; });
  }
  int asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  void push(std::function<std::string()> answer) {
    const std::lock_guard lock(mutex_);
    answers_.push_back(std::move(answer));
    changed_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<std::string()>> answers_;
  int asked_ = 0;
};

class Told final : public KeyStoreEvents {
 public:
  void on_keys(std::shared_ptr<const KeySet> keys, bool is_settled) override {
    const std::lock_guard lock(mutex_);
    keys_ = std::move(keys);
    is_settled_ = is_settled;
    results_published_ = results_.size();
    changed_.notify_all();
  }
  void on_fetched(const RemoteKeys&, std::string_view problem, bool is_news) override {
    const std::lock_guard lock(mutex_);
    results_.push_back(std::string(problem) + (is_news ? "!" : ""));
    changed_.notify_all();
  }
  void on_left_out(const RemoteKeys&, const std::string& line) override {
    const std::lock_guard lock(mutex_);
    left_out_.push_back(line);
  }
  void on_counts(std::size_t, std::size_t failing_urls) override {
    const std::lock_guard lock(mutex_);
    failing_ = failing_urls;
  }

  bool wait(const std::function<bool(const Told&)>& condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 10s, [&] { return condition(*this); });
  }
  bool knows(std::string_view kid) const { return keys_ != nullptr && keys_->knows(kid); }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<const KeySet> keys_;
  std::vector<std::string> results_;
  std::size_t results_published_ = 0;
  std::vector<std::string> left_out_;
  std::size_t failing_ = 0;
  bool is_settled_ = false;
};

class KeyStoreTest : public ::testing::Test {
 protected:
  ~KeyStoreTest() override {
    server.fail();  // whatever is still asked
    server.fail();
    store.stop();
  }
  std::shared_ptr<Options> options_with(std::vector<std::string> urls) {
    auto options = std::make_shared<Options>();
    options->fetch_interval_ms = 600'000;
    options->min_fetch_interval_ms = 30'000;
    for (const std::string& url : urls) {
      RemoteKeys remote;
      remote.target = HttpTarget::parse(url);
      remote.use.algorithms.add(Algorithm::eddsa);
      options->remote_keys.push_back(std::move(remote));
    }
    return options;
  }
  static std::string set_with(std::string_view kid) {
    return R"({"keys":[)" + TokenMaker::ed().jwk(R"(,"kid":")" + std::string(kid) + '"') + "]}";
  }

  std::atomic<std::int64_t> now{1'000'000};
  KeyServer server;
  Told told;
  KeyStore store{told, [this](const RemoteKeys&, const Options&) { return server.fetch(); }, [this] { return now.load(); }};
};

TEST_F(KeyStoreTest, GivesTheKeysOfTheConfigurationAtOnce) {
  auto options = options_with({});
  options->keys.push_back(std::make_shared<const TrustedKey>(TrustedKey{TokenMaker::ed().key(), "file", {}, {}}));
  store.configure(options);
  EXPECT_TRUE(told.knows("file"));
  EXPECT_TRUE(told.is_settled_);
  EXPECT_FALSE(store.request_refresh());
  EXPECT_FALSE(store.lacks_keys());
}

TEST_F(KeyStoreTest, FetchesAtTheStartAndOnAnUnknownKeyButNotTooOften) {
  store.configure(options_with({"http://keys/"}));
  EXPECT_TRUE(store.lacks_keys());
  EXPECT_TRUE(store.request_refresh());  // it is under way
  server.answer(set_with("one"));
  store.wait_for_first_fetches(10s);
  ASSERT_TRUE(told.wait([](const Told& t) { return t.knows("one") && t.is_settled_; }));
  EXPECT_FALSE(store.lacks_keys());
  EXPECT_FALSE(store.request_refresh());  // it was just now
  now += 30'000;
  EXPECT_TRUE(store.request_refresh());
  server.answer(set_with("two"));
  ASSERT_TRUE(told.wait([](const Told& t) { return t.knows("two"); }));
  EXPECT_FALSE(told.knows("one"));
  EXPECT_EQ(server.asked(), 2);
}

TEST_F(KeyStoreTest, KeepsTheLastGoodKeysWhileTheUrlFailsAndTellsItOnce) {
  store.configure(options_with({"http://keys/"}));
  server.answer(set_with("one"));
  ASSERT_TRUE(told.wait([](const Told& t) { return t.knows("one"); }));
  const auto refresh = [&](std::size_t results) {
    now += 600'000;
    EXPECT_TRUE(store.request_refresh());
    return told.wait([&](const Told& t) { return t.results_published_ >= results; });
  };
  server.fail();
  ASSERT_TRUE(refresh(2));
  server.answer("no JSON");
  ASSERT_TRUE(refresh(3));
  server.answer(R"({"keys":[]})");
  ASSERT_TRUE(refresh(4));
  server.answer(R"({"keys":[{"kty":"RSA"}]})");
  ASSERT_TRUE(refresh(5));
  EXPECT_TRUE(told.knows("one"));
  EXPECT_EQ(told.failing_, 1U);
  EXPECT_FALSE(store.lacks_keys());
  server.answer(set_with("two"));
  ASSERT_TRUE(refresh(6));
  EXPECT_TRUE(told.knows("two"));
  EXPECT_EQ(told.failing_, 0U);
  EXPECT_EQ(told.results_,
            (std::vector<std::string>{"!", "refused!", "is no JSON object", "the set has no key that can be used",
                                      "the set has no key that can be used: key 1: \"n\" is missing or no base64url", "!"}));
}

TEST_F(KeyStoreTest, KeepsWhatWasFetchedOverAReload) {
  store.configure(options_with({"http://keys/"}));
  server.answer(set_with("one"));
  ASSERT_TRUE(told.wait([](const Told& t) { return t.knows("one"); }));
  store.configure(options_with({"http://keys/"}));
  EXPECT_TRUE(told.knows("one"));  // though it is being fetched again
  ASSERT_TRUE(server.was_asked(2));
  server.answer(set_with("two"));
  ASSERT_TRUE(told.wait([](const Told& t) { return t.knows("two"); }));
  store.configure(options_with({}));
  EXPECT_FALSE(told.knows("two"));
}

TEST_F(KeyStoreTest, ForgetsTheAnswerToAQuestionOfTheOldConfiguration) {
  store.configure(options_with({"http://old/"}));
  ASSERT_TRUE(server.was_asked(1));
  store.configure(options_with({"http://new/"}));
  server.answer(set_with("old"));
  ASSERT_TRUE(server.was_asked(2));
  EXPECT_FALSE(told.knows("old"));
  server.answer(set_with("new"));
  ASSERT_TRUE(told.wait([](const Told& t) { return t.knows("new"); }));
}

}  // namespace
}  // namespace signaling::auth_jwt
