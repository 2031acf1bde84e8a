#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include <signaling/net/server.hpp>

#include "listener.hpp"
#include "server_state.hpp"
#include "worker.hpp"

namespace signaling::net {
namespace {

constexpr std::uint32_t max_loops = 256;  // an id has one byte for its loop

void check(const ServerOptions& options) {
  if (options.workers == 0 || options.workers > max_loops) throw std::invalid_argument("workers: 1 … 256");
  for (const ListenEndpoint& endpoint : options.endpoints) {
    if (endpoint.service > 255) throw std::invalid_argument("service number: 0 … 255");
  }
}

}  // namespace

class Server::Impl {
 public:
  explicit Impl(ServerOptions options) : state_((check(options), std::move(options))) {
    for (const ListenEndpoint& endpoint : state_.options.endpoints) state_.tls_contexts.push_back(endpoint.tls);
    for (std::uint32_t i = 0; i < state_.options.workers; ++i) {
      loops_.push_back(std::make_unique<Loop>(i));
      state_.workers.push_back(std::make_unique<Worker>(state_, *loops_[i]));
    }
  }

  ~Impl() {
    stop();
    loops_.clear();  // before the workers, which they call at the end of a turn
  }

  void start() {
    for (std::size_t number = 0; number < state_.options.endpoints.size(); ++number) {
      const ListenEndpoint& endpoint = state_.options.endpoints[number];
      std::uint16_t port = endpoint.port;
      const std::size_t listeners = endpoint.first_loop_only ? 1 : loops_.size();
      check_port_is_free(endpoint);
      for (std::size_t i = 0; i < listeners; ++i) {
        FileDescriptor socket = listen_on(endpoint, port, state_.options.backlog, listeners > 1);
        port = bound_port(socket.get());
        state_.workers[i]->add_listener(std::move(socket), number);
      }
      ports_.push_back(port);
    }
    for (std::size_t i = 0; i < loops_.size(); ++i) {
      threads_.emplace_back([this, i] {
        loops_[i]->run();
        // Still as this loop's thread, so that who is told may use the loop as ever.
        loops_[i]->post([this, i] { state_.workers[i]->end_all(); });
        loops_[i]->run_once(base::Duration::zero());
      });
    }
  }

  void on_each_loop(void (Worker::*function)()) {
    for (std::size_t i = 0; i < loops_.size(); ++i) {
      Worker& worker = *state_.workers[i];
      loops_[i]->post([&worker, function] { (worker.*function)(); });
    }
  }

  void stop() {
    for (const auto& loop : loops_) loop->stop();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
    for (const auto& loop : loops_) loop->discard_tasks();  // connections that were moving end here
  }

  ServerState state_;
  std::vector<std::unique_ptr<Loop>> loops_;
  std::vector<std::thread> threads_;
  std::vector<std::uint16_t> ports_;
};

Server::Server(ServerOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Server::~Server() = default;

std::uint32_t Server::loop_count() const noexcept { return static_cast<std::uint32_t>(impl_->loops_.size()); }
Loop& Server::loop(std::uint32_t index) noexcept { return *impl_->loops_[index]; }

void Server::set_service(std::uint32_t loop, HttpService& service, std::uint32_t number) {
  impl_->state_.workers.at(loop)->set_service(number, service);
}
void Server::set_router(const ConnectionRouter& router) { impl_->state_.router = &router; }

void Server::start() { impl_->start(); }
std::uint16_t Server::port(std::size_t endpoint) const { return impl_->ports_.at(endpoint); }

void Server::set_tls(std::size_t endpoint, std::shared_ptr<const TlsContext> tls) {
  const std::lock_guard lock(impl_->state_.tls_mutex);
  impl_->state_.tls_contexts.at(endpoint) = std::move(tls);
}

void Server::set_limits(const ServerOptions& fresh) {
  impl_->state_.limiter.set_limits(fresh.max_connections, fresh.max_connections_per_address);
  const auto shared = std::make_shared<const ServerOptions>(fresh);
  for (std::size_t i = 0; i < impl_->loops_.size(); ++i) {
    Worker& worker = *impl_->state_.workers[i];
    impl_->loops_[i]->post([&worker, shared] { worker.set_limits(*shared); });
  }
}

void Server::end_keep_alive() { impl_->state_.draining.store(true, std::memory_order_relaxed); }
void Server::stop_accepting() { impl_->on_each_loop(&Worker::stop_accepting); }

void Server::close_idle() {
  end_keep_alive();
  impl_->on_each_loop(&Worker::close_idle);
}

bool Server::shutdown(base::Milliseconds deadline) {
  const base::TimePoint end = base::Clock::now() + deadline;
  close_idle();
  const bool clean = impl_->threads_.empty() || impl_->state_.limiter.wait_until_none(end);
  stop();
  return clean;
}

void Server::stop() { impl_->stop(); }
std::size_t Server::connection_count() const noexcept { return impl_->state_.limiter.count(); }
const Counters& Server::counters(std::uint32_t loop) const noexcept { return impl_->state_.workers[loop]->counters(); }

}  // namespace signaling::net
