#pragma once
// One event to the applications of the other nodes, and their answers.

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include <signaling/plugin_api/application.hpp>
#include <signaling/plugin_api/namespaces.hpp>
#include <signaling/test_kit/fake_host.hpp>

namespace signaling::testing {

/// Kept by the cluster for good: a deferred answer may come late. One thread.
class ServerExchange {
 public:
  class Reply final : public plugin_api::ServerReply {
   public:
    Reply(ServerExchange& exchange, std::string node) : exchange_(exchange), node_(std::move(node)) {}
    bool wanted() const override { return exchange_.handler_ != nullptr; }
    void answer(const plugin_api::Payload& args) override;
    plugin_api::ServerReply& defer() override {
      is_deferred_ = true;
      return *this;
    }
    /// The handler has returned: without answer and `defer` there is none.
    void end_handler();

   private:
    friend class ServerExchange;
    ServerExchange& exchange_;
    std::string node_;
    bool is_deferred_ = false;
    bool is_done_ = false;
  };

  /// @param handler  may be nullptr: nobody is asked to answer
  ServerExchange(FakeHost& clock, std::uint32_t timeout_ms, plugin_api::ServerAnswersHandler* handler);
  ~ServerExchange();
  ServerExchange(const ServerExchange&) = delete;
  ServerExchange& operator=(const ServerExchange&) = delete;

  Reply& ask(std::string node) { return replies_.emplace_back(*this, std::move(node)); }
  void all_asked();

 private:
  struct Answer {
    std::string node;
    std::string args;
    std::vector<std::string> attachments;
  };
  void check();
  void finish(plugin_api::Status status);

  FakeHost& clock_;
  plugin_api::ServerAnswersHandler* handler_;
  std::optional<std::uint64_t> timer_;
  std::deque<Reply> replies_;
  std::vector<Answer> answers_;
  bool are_all_asked_ = false;
};

}  // namespace signaling::testing
