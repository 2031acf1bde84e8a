// Requests one after another; what follows the one being served waits.

#include <signaling/net/cors.hpp>
#include <signaling/net/http_compression.hpp>

#include "connection.hpp"
#include "http_answer.hpp"
#include "http_state.hpp"
#include "websocket_handshake.hpp"
#include "worker.hpp"

namespace signaling::net {
namespace {

/// Pipelined requests served in one go before other connections get their turn.
constexpr int max_requests_at_once = 32;
/// Answers queued for a peer that pipelines requests and reads slowly; the next request waits until they are sent.
constexpr std::size_t max_queued_answer_bytes = 256 * 1024;
/// Longer bodies are compressed over several turns: zlib takes some 60 ms for a megabyte of words.
constexpr std::size_t max_compressed_at_once = 16 * 1024;

engine::HttpReply plain_reply(unsigned status) {
  engine::HttpReply reply;
  reply.status = status;
  reply.content_type = "text/plain; charset=utf-8";
  reply.body = reason_phrase(status);
  return reply;
}

}  // namespace

void Connection::take_http(std::span<char> bytes) {
  if (http_ == nullptr) http_ = worker_->take_http_state();
  if (http_->is_serving || http_->is_answered || !http_->ahead.empty()) {
    http_->ahead.append(bytes.data(), bytes.size());  // bounded by `read_bound`; `resume` takes it up
    return;
  }
  run_requests(bytes);
}

void Connection::resume() {
  if (state_ == State::websocket || state_ == State::closing) {
    if (http_ != nullptr) begin_websocket();
  } else if (state_ == State::http && http_ != nullptr) {
    std::string ahead = std::move(http_->ahead);
    http_->ahead.clear();
    std::span<char> bytes(ahead);
    run_requests(bytes);
  }
  if (is_read_paused_ && (state_ != State::http || read_bound() > 0)) {
    is_read_paused_ = false;
    read(true);
  }
}

void Connection::run_requests(std::span<char>& bytes) {
  std::string_view view(bytes.data(), bytes.size());
  int served = 0;
  bool more = true;
  while (more && state_ == State::http && !http_->is_serving) {
    if (http_->is_answered) finish_answer();
    if (ends_after_answer_ || (view.empty() && !http_->reader.is_reading_body())) break;
    if (queue_.bytes() > max_queued_answer_bytes) break;  // `after_flush` goes on
    if (served == max_requests_at_once) {
      worker_->add_again(*this);
      break;
    }
    switch (http_->reader.read(view)) {
      case HttpReader::Status::need_more: more = false; break;
      case HttpReader::Status::header: on_header(); break;
      case HttpReader::Status::complete:
        ++served;
        serve();
        break;
      case HttpReader::Status::error: refuse(http_->reader.error()); break;
    }
  }
  if (state_ == State::websocket || state_ == State::closing) {
    // Frames may have come in the same segment as the handshake.
    release_http();
    take_frames(bytes.last(view.size()));
  } else if (state_ == State::http || state_ == State::moving) {
    if (!ends_after_answer_ && !view.empty()) http_->ahead.assign(view);
    if (state_ == State::http) rest_http();
  }
}

void Connection::on_header() {
  engine::HttpRequest& request = http_->reader.request();
  request.secure = tls_ != nullptr || is_proxied_secure_;
  if (has_proxy_ && !find_client()) return;
  request.remote_address = address_.text(http_->address_text);
  if (const HttpService* service = worker_->service(service_)) http_->policy = service->policy(request);
  if (http_->reader.expects_continue()) queue_text("HTTP/1.1 100 Continue\r\n\r\n");
}

bool Connection::moves_elsewhere() {
  const ConnectionRouter* router = worker_->state().router;
  if (router == nullptr || http_->has_arrived) return false;
  const std::uint32_t here = worker_->loop().index();
  const std::uint32_t target = router->loop_for(http_->reader.request(), here);
  const auto& workers = worker_->state().workers;
  if (target == here || target >= workers.size() || workers[target]->service(service_) == nullptr) return false;
  http_->target_loop = target;
  state_ = State::moving;
  worker_->add_moving(*this);
  return true;
}

void Connection::serve() {
  engine::HttpRequest& request = http_->reader.request();
  if (moves_elsewhere()) return;
  disarm();
  worker_->counters().requests.add();
  http_->is_serving = true;
  http_->is_in_handler = true;
  const UpgradeCheck upgrade = check_upgrade(request, http_->reader.is_http_1_0());
  request.wants_websocket = upgrade == UpgradeCheck::websocket;
  HttpService* service = worker_->service(service_);
  try {
    if (upgrade == UpgradeCheck::bad_request || upgrade == UpgradeCheck::unsupported_version) {
      count(BadRequest::bad_upgrade);
      engine::HttpReply reply = plain_reply(upgrade == UpgradeCheck::bad_request ? 400 : 426);
      if (reply.status == 426) reply.headers.emplace_back("Sec-WebSocket-Version", "13");
      reply.close = true;
      respond(std::move(reply));
    } else if (service == nullptr) {
      respond(plain_reply(404));
    } else if (http_->policy != nullptr && http_->policy->cors != nullptr && Cors::is_preflight(request)) {
      engine::HttpReply reply;
      reply.status = 204;
      respond(std::move(reply));
    } else {
      service->handle(*this);
    }
  } catch (...) {
    worker_->counters().exceptions.add();
    if (state_ == State::http && http_->is_serving) {
      engine::HttpReply reply = plain_reply(500);
      reply.close = true;
      respond(std::move(reply));
    }
  }
  http_->is_in_handler = false;
}

const engine::HttpRequest& Connection::request() const { return http_->reader.request(); }

void Connection::set_owner(engine::ExchangeOwner* owner) {
  if (http_ != nullptr && http_->is_serving) http_->owner = owner;
}

void Connection::respond(engine::HttpReply&& reply) {
  if (state_ != State::http || http_ == nullptr || !http_->is_serving || http_->long_answer != nullptr) return;
  answer(std::move(reply));
  // In the handler's call the loop over the requests goes on by itself.
  if (!http_->is_in_handler) worker_->add_ready(*this);
}

void Connection::answer(engine::HttpReply&& reply) {
  const engine::HttpRequest& request = http_->reader.request();
  http_->owner = nullptr;
  if (const ResponsePolicy* policy = http_->policy) {
    if (policy->cors != nullptr) {
      if (Cors::is_preflight(request)) {
        policy->cors->add_preflight_headers(request, reply.headers);
      } else {
        policy->cors->add_headers(request, reply.headers);
      }
    }
    if (policy->compression != nullptr && reply.compressible) {
      const ContentCoding coding = choose_coding(request, *policy->compression, reply);
      const int level = policy->compression->level;
      if (coding != ContentCoding::identity && reply.body.size() > max_compressed_at_once) {
        http_->long_answer = std::make_unique<LongAnswer>(std::move(reply), coding, level);
        worker_->add_again(*this);
        return;
      }
      if (coding != ContentCoding::identity) reply.body = compress(reply.body, coding, level);
    }
  }
  send_answer(reply);
}

void Connection::advance_long_answer() {
  LongAnswer& answer = *http_->long_answer;
  if (!answer.compression.advance(worker_->take_compression_share())) {
    worker_->add_again(*this);
    return;
  }
  engine::HttpReply reply = std::move(answer.reply);
  reply.body = answer.compression.take();
  http_->long_answer.reset();
  send_answer(reply);
  worker_->add_ready(*this);
}

void Connection::send_answer(const engine::HttpReply& reply) {
  const engine::HttpRequest& request = http_->reader.request();
  http_->is_serving = false;
  http_->is_answered = true;
  AnswerContext context;
  context.is_head = request.method == "HEAD";
  context.keep_alive_timeout = worker_->options().http.keep_alive_timeout;
  context.keep_alive = http_->reader.keep_alive() && !reply.close && !peer_has_ended_ &&
                       !worker_->state().draining.load(std::memory_order_relaxed);
  if (!context.keep_alive) ends_after_answer_ = true;
  std::string text;
  append_answer(reply, context, text);
  queue_text(std::move(text));
}

void Connection::refuse(const HttpError& error) {
  if (error.is_limit) {
    count(error.limit);
  } else {
    count(error.kind);
  }
  const engine::HttpRequest& request = http_->reader.request();
  const HttpService* service = worker_->service(service_);
  // The header may have been understood (413): the browser that sent it needs the route's CORS headers to see the status.
  if (http_->policy == nullptr && service != nullptr && !request.path.empty()) http_->policy = service->policy(request);
  engine::HttpReply reply = plain_reply(error.status);
  reply.close = true;
  answer(std::move(reply));
}

void Connection::finish_answer() {
  http_->reader.reset();
  http_->begin_request();
}

void Connection::rest_http() {
  const HttpLimits& limits = worker_->options().http;
  if (ends_after_answer_ || deadline_ == Deadline::write) return;
  // Answers wait for a peer that does not take them: whatever else it sends, that is what it is given up for.
  if (is_blocked_) return arm(Deadline::write, limits.write_timeout);
  if (http_ == nullptr) {
    if (deadline_ == Deadline::none) arm(Deadline::idle, limits.keep_alive_timeout);
    return;
  }
  if (http_->is_serving) return;
  if (http_->reader.is_reading_body()) {
    if (deadline_ != Deadline::body) arm(Deadline::body, limits.body_timeout);
  } else if (!http_->reader.is_untouched() || !http_->ahead.empty()) {
    if (deadline_ != Deadline::header) arm(Deadline::header, limits.header_timeout);
  } else {
    if (deadline_ == Deadline::none) arm(Deadline::idle, limits.keep_alive_timeout);
    release_http();
  }
}

void Connection::on_http_deadline(Deadline reached) {
  const bool has_begun = http_ != nullptr && !http_->reader.is_untouched();
  const Limit limit = reached == Deadline::body     ? Limit::body_time
                      : reached == Deadline::header ? Limit::header_time
                                                    : Limit::idle_time;
  if (reached != Deadline::idle && has_begun) {
    refuse({408, true, limit, BadRequest::malformed});
  } else {
    count(limit);
    shut();
  }
}

void Connection::close_if_idle() {
  if (state_ == State::http && http_ == nullptr && queue_.empty()) shut();
}

void Connection::release_http() noexcept {
  if (http_ != nullptr) worker_->give_back(std::move(http_));
}

}  // namespace signaling::net
