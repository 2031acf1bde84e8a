#include "connect.hpp"

namespace signaling::bench_load {

void Connect::start(std::int64_t now_ns) {
  is_running_ = true;
  for (Client& client : crowd_.clients()) waiting_.push_back(&client);
  on_turn(now_ns);
}

void Connect::on_turn(std::int64_t) {
  if (is_running_) {
    for (Client* client : waiting_) crowd_.open(*client);
    open_ += waiting_.size();
  }
  waiting_.clear();
}

void Connect::on_ready(Client& client) {
  latency_.add(crowd_.now_ns() - client.opened_ns);
  crowd_.close(client);
}

void Connect::on_closed(Client& client) {
  --open_;
  ++counts_.operations;
  waiting_.push_back(&client);
}

}  // namespace signaling::bench_load
