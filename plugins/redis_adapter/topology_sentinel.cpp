// A master that sentinels know of: asked at each connection attempt, and once a second for a change that nothing else shows.

#include <charconv>

#include "command_text.hpp"
#include "reply.hpp"
#include "topology.hpp"

namespace signaling::redis_adapter {
namespace {

constexpr std::chrono::seconds poll_interval{1};

/// One connection to one sentinel at a time, the next in turn when it does not help.
class SentinelTopology final : public Topology, private ConnectionHandler {
 public:
  SentinelTopology(Environment& environment, TopologyHost& host)
      : environment_(environment), host_(host), timer_(environment.io) {}

  void start() override {
    link_ = &host_.make_link();
    host_.assign({0}, *link_, false);
    link_->open();
    poll();
  }
  void stop() override {
    is_stopped_ = true;
    timer_.cancel();
    drop_connection();
  }
  void locate(ServerLink&) override {
    is_location_wanted_ = true;
    ask();
  }
  void on_link_trouble(ServerLink&) override {}
  void on_moved(ServerLink&, Partition, const ServerAddress&) override {}
  ServerLink* link_at(const ServerAddress&) noexcept override { return nullptr; }

 private:
  const std::vector<ServerAddress>& sentinels() const { return environment_.options.addresses; }

  void poll() {
    timer_.expires_after(poll_interval);
    timer_.async_wait([this](boost::system::error_code error) {
      if (error || is_stopped_) return;
      // A sentinel that connects and then says nothing is given up after one interval.
      if (is_asking_ && is_question_sent_ && SteadyClock::now() - asked_at_ > poll_interval)
        connection_->fail("no answer");
      else
        ask();
      poll();
    });
  }

  /// A round over the sentinels, unless one is under way.
  void ask() {
    if (is_asking_) return;
    is_asking_ = true;
    left_ = sentinels().size();
    is_refusal_ = true;
    problem_.clear();
    ask_one();
  }

  void ask_one() {
    is_question_sent_ = false;
    if (connection_ && connection_->is_open()) return send_question();
    ConnectionHandler& self = *this;
    connection_ = std::make_shared<Connection>(environment_, self, Purpose::sentinel, sentinels()[current_]);
    connection_->open();
  }

  void send_question() {
    is_question_sent_ = true;
    asked_at_ = SteadyClock::now();
    connection_->write(command_text({"SENTINEL", "get-master-addr-by-name", environment_.options.sentinel_master}));
  }

  void on_open(const ServerInfo&) override { send_question(); }

  void on_reply(redisReply& reply) override {
    ServerAddress address;
    if (reply.type == REDIS_REPLY_ERROR) return ask_next(text_of(reply), true);
    if (reply.type != REDIS_REPLY_ARRAY || reply.elements != 2)
      return ask_next("it knows no master \"" + environment_.options.sentinel_master + "\" (sentinel_master)", true);
    address.host = text_of(*reply.element[0]);
    const auto port = text_of(*reply.element[1]);
    if (std::from_chars(port.data(), port.data() + port.size(), address.port).ec != std::errc{})
      return ask_next("it names no port", true);
    is_asking_ = false;
    const bool is_wanted = std::exchange(is_location_wanted_, false);
    if (is_wanted || address != link_->address()) {
      if (link_->address() != ServerAddress{} && address != link_->address()) {
        ++environment_.stats.topology_changes;
        environment_.log(plugin_api::LogLevel::warn, "the sentinels name " + address.text() + " as the master");
      }
      link_->connect_to(address);
    }
  }

  void on_closed(const CloseReason& reason) override {
    if (is_asking_) ask_next(reason.text, reason.is_refusal);
  }

  void ask_next(std::string_view problem, bool is_refusal) {
    const auto problem_text = "sentinel " + sentinels()[current_].text() + ": " + std::string(problem);
    drop_connection();
    is_refusal_ = is_refusal_ && is_refusal;
    problem_ += (problem_.empty() ? "" : "; ") + problem_text;
    current_ = (current_ + 1) % sentinels().size();
    if (--left_ > 0) return ask_one();
    is_asking_ = false;
    // Without a link that waits it is a poll that failed: the connection to the master stands.
    if (std::exchange(is_location_wanted_, false)) link_->not_located(problem_, is_refusal_);
  }

  void drop_connection() {
    if (connection_) std::exchange(connection_, nullptr)->close();
  }

  Environment& environment_;
  TopologyHost& host_;
  ServerLink* link_ = nullptr;
  asio::steady_timer timer_;
  std::shared_ptr<Connection> connection_;
  std::size_t current_ = 0;  ///< in sentinels()
  std::size_t left_ = 0;     ///< of the round
  bool is_asking_ = false;
  bool is_question_sent_ = false;
  bool is_location_wanted_ = false;
  bool is_refusal_ = false;  ///< every sentinel of the round answered, and none of them helps
  bool is_stopped_ = false;
  TimePoint asked_at_{};
  std::string problem_;
};

}  // namespace

std::unique_ptr<Topology> make_sentinel_topology(Environment& environment, TopologyHost& host) {
  return std::make_unique<SentinelTopology>(environment, host);
}

}  // namespace signaling::redis_adapter
