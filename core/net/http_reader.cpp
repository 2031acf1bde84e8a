#include "http_reader.hpp"

#include <algorithm>
#include <optional>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

namespace signaling::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

/// A chunk's size line with extensions; nobody sends more.
constexpr std::size_t max_chunk_line_bytes = 4096;
/// `0`, its line end and an empty line. Beast may not be asked twice about fewer: it takes for granted that they are there.
constexpr std::size_t least_chunk_bytes = 5;
/// What a chunked body may have beside its data: sizes and ends of chunks of a byte each take five for one, extensions and
/// trailers hardly anybody sends. A body of nothing but extensions would be read for as long as its time lasts.
constexpr std::size_t max_chunk_overhead_bytes = 16 * 1024;
constexpr std::size_t max_chunk_overhead_per_byte = 8;

/// PROXY protocol headers where none is awaited. Version 1 would be waited on to its end, which is none of an HTTP header.
constexpr std::string_view proxy_v1_start = "PROXY ";

/// The signature of version 2 behind the empty lines that it begins with: nothing else begins with a zero.
bool is_proxy_v2(std::string_view input) noexcept {
  constexpr std::string_view signature("\0\r\nQUIT\n", 8);
  return signature.starts_with(input.substr(0, signature.size()));
}

std::string_view view(beast::string_view text) noexcept { return {text.data(), text.size()}; }

bool is_token_start(char c) noexcept { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

enum class Scan { need_more, end, malformed };

/// Looks for the end of the header in `bytes` from `scanned` on, line by line; `end` is behind the empty line. Refuses line
/// feeds without carriage return and folded lines: intermediaries read those differently, which is how requests are smuggled.
Scan scan_header(std::string_view bytes, std::size_t& scanned, std::size_t& line_start) noexcept {
  for (;;) {
    const std::size_t feed = bytes.find('\n', scanned);
    if (feed == std::string_view::npos) {
      scanned = bytes.size();
      return Scan::need_more;
    }
    if (feed == line_start || bytes[feed - 1] != '\r') return Scan::malformed;
    if (line_start != 0 && (bytes[line_start] == ' ' || bytes[line_start] == '\t')) return Scan::malformed;
    const bool is_empty_line = feed == line_start + 1;
    scanned = line_start = feed + 1;
    if (is_empty_line) return Scan::end;
  }
}

/// Whether every reader must find the body's end at the same place (RFC 9112 section 6.3): one length in digits, or the one
/// coding `chunked`. Beast takes equal lengths in a list, parameters and words beside `chunked`, and a request whose last
/// coding is another as one without a body.
bool has_one_framing(const http::request<http::string_body>& message) noexcept {
  const auto lengths = message.count(http::field::content_length);
  const auto codings = message.count(http::field::transfer_encoding);
  if (codings == 0) {
    const std::string_view length = view(message[http::field::content_length]);
    return lengths <= 1 && std::all_of(length.begin(), length.end(), [](char c) { return c >= '0' && c <= '9'; });
  }
  return codings == 1 && lengths == 0 && message.version() == 11 &&
         beast::iequals(message[http::field::transfer_encoding], "chunked");
}

/// Path and query of an origin-form or absolute-form target (RFC 9112 section 3.2).
bool split_target(engine::HttpRequest& request) noexcept {
  std::string_view rest = request.target;
  if (rest == "*") {
    request.path = rest;
    return request.method == "OPTIONS";
  }
  if (rest.empty()) return false;
  if (rest.front() != '/') {
    const std::size_t scheme = rest.find("://");
    if (scheme == std::string_view::npos) return false;
    const std::size_t slash = rest.find('/', scheme + 3);
    rest = slash == std::string_view::npos ? std::string_view("/") : rest.substr(slash);
  }
  const std::size_t question = rest.find('?');
  request.path = rest.substr(0, question);
  request.query = question == std::string_view::npos ? std::string_view() : rest.substr(question + 1);
  return true;
}

}  // namespace

struct HttpReader::Parser {
  std::optional<http::request_parser<http::string_body>> beast;
};

HttpReader::HttpReader(const HttpLimits& limits) : limits_(&limits), parser_(std::make_unique<Parser>()) {}
HttpReader::~HttpReader() = default;

void HttpReader::reset() noexcept {
  parser_->beast.reset();
  auto headers = std::move(request_.headers);  // keeps its capacity
  headers.clear();
  request_ = engine::HttpRequest();
  request_.headers = std::move(headers);
  held_.clear();
  if (held_.capacity() > 4096) held_.shrink_to_fit();
  line_start_ = scanned_ = 0;
  body_bytes_taken_ = 0;
  phase_ = Phase::header;
  keep_alive_ = is_http_1_0_ = expects_continue_ = false;
}

HttpReader::Status HttpReader::fail(unsigned status, BadRequest kind) noexcept {
  error_ = {status, false, Limit::header_bytes, kind};
  phase_ = Phase::failed;
  return Status::error;
}

HttpReader::Status HttpReader::fail(unsigned status, Limit limit) noexcept {
  error_ = {status, true, limit, BadRequest::malformed};
  phase_ = Phase::failed;
  return Status::error;
}

HttpReader::Status HttpReader::read(std::string_view& input) {
  switch (phase_) {
    case Phase::header: return read_header(input);
    case Phase::body: return read_body(input);
    case Phase::complete: return Status::complete;
    case Phase::failed: break;
  }
  return Status::error;
}

HttpReader::Status HttpReader::read_header(std::string_view& input) {
  if (held_.empty()) {
    // RFC 9112 section 2.2: an empty line before the request line is passed over, as old clients add one after a body.
    while (input.starts_with("\r\n")) input.remove_prefix(2);
    if (input.empty()) return Status::need_more;
    if (!is_token_start(input.front()) && input != "\r")
      return fail(400, is_proxy_v2(input) ? BadRequest::untrusted_proxy : BadRequest::malformed);
    if (input.starts_with(proxy_v1_start)) return fail(400, BadRequest::untrusted_proxy);
    // The common case, a whole header in one piece, is parsed where it lies.
    const Scan scan = scan_header(input, scanned_, line_start_);
    if (scan == Scan::malformed) return fail(400, BadRequest::malformed);
    if ((scan == Scan::end ? line_start_ : input.size()) > limits_->max_header_bytes) return fail(431, Limit::header_bytes);
    if (scan == Scan::end) {
      const std::string_view header = input.substr(0, line_start_);
      input.remove_prefix(line_start_);
      return parse_header(header);
    }
    held_.assign(input);
    input = {};
    return Status::need_more;
  }
  if (held_ == "\r") {
    if (input.empty()) return Status::need_more;
    if (input.front() != '\n') return fail(400, BadRequest::malformed);
    held_.clear();
    scanned_ = line_start_ = 0;
    input.remove_prefix(1);
    return read_header(input);
  }
  const std::size_t held_before = held_.size();
  const std::size_t room = limits_->max_header_bytes + 1 - std::min(held_before, limits_->max_header_bytes + 1);
  held_.append(input.substr(0, room));
  if (held_before < proxy_v1_start.size() && held_.starts_with(proxy_v1_start)) return fail(400, BadRequest::untrusted_proxy);
  const Scan scan = scan_header(held_, scanned_, line_start_);
  if (scan == Scan::malformed) return fail(400, BadRequest::malformed);
  if ((scan == Scan::end ? line_start_ : held_.size()) > limits_->max_header_bytes) return fail(431, Limit::header_bytes);
  if (scan == Scan::need_more) {
    input = {};
    return Status::need_more;
  }
  input.remove_prefix(line_start_ - held_before);
  held_.resize(line_start_);
  const Status status = parse_header(held_);
  held_.clear();
  return status;
}

HttpReader::Status HttpReader::parse_header(std::string_view header) {
  auto& parser = parser_->beast.emplace();
  parser.header_limit(static_cast<std::uint32_t>(limits_->max_header_bytes) + 1);
  parser.body_limit(limits_->max_body_bytes);
  beast::error_code error;
  std::size_t taken = parser.put(asio::buffer(header.data(), header.size()), error);
  if (!error && !parser.is_header_done())
    taken += parser.put(asio::buffer(header.data() + taken, header.size() - taken), error);
  if (error == http::error::need_more) error = {};
  const bool body_too_large = error == http::error::body_limit;
  if (error == http::error::bad_content_length || error == http::error::multiple_content_length ||
      error == http::error::bad_transfer_encoding)
    return fail(400, BadRequest::bad_framing);
  if (error == http::error::header_limit) return fail(431, Limit::header_bytes);
  if (error && !body_too_large) return fail(400, BadRequest::malformed);
  if (!body_too_large && !parser.is_header_done()) return fail(400, BadRequest::malformed);

  const auto& message = parser.get();
  is_http_1_0_ = message.version() == 10;
  if (!is_http_1_0_ && message.version() != 11) return fail(400, BadRequest::malformed);
  const auto hosts = message.equal_range(http::field::host);
  const auto host_count = std::distance(hosts.first, hosts.second);
  if (host_count > 1 || (host_count == 0 && !is_http_1_0_)) return fail(400, BadRequest::bad_host);
  if (!has_one_framing(message)) return fail(400, BadRequest::bad_framing);
  keep_alive_ = message.keep_alive();
  if (!fill_request()) return fail(400, BadRequest::malformed);
  if (body_too_large) return fail(413, Limit::body_bytes);

  if (const auto expect = message.find(http::field::expect); expect != message.end() && !is_http_1_0_) {
    if (!beast::iequals(expect->value(), "100-continue")) return fail(417, BadRequest::malformed);
    expects_continue_ = !parser.is_done();
  }
  phase_ = Phase::body;
  return Status::header;
}

bool HttpReader::fill_request() {
  const auto& message = parser_->beast->get();
  request_.method = view(message.method_string());
  request_.target = view(message.target());
  if (!split_target(request_)) return false;
  for (const auto& field : message) request_.headers.emplace_back(view(field.name_string()), view(field.value()));
  return true;
}

HttpReader::Status HttpReader::read_body(std::string_view& input) {
  auto& parser = *parser_->beast;
  while (!parser.is_done()) {
    if (input.empty()) return Status::need_more;
    // Beast wants a chunk's size line in one piece: what it left is held and put before what comes.
    const bool from_held = !held_.empty();
    const std::size_t held_before = held_.size();
    if (from_held) held_.append(input.substr(0, max_chunk_line_bytes));
    if (from_held && held_.size() < least_chunk_bytes) {
      input = {};
      return Status::need_more;
    }
    const std::string_view bytes = from_held ? std::string_view(held_) : input;
    beast::error_code error;
    const std::size_t taken = parser.put(asio::buffer(bytes.data(), bytes.size()), error);
    if (error == http::error::body_limit) return fail(413, Limit::body_bytes);
    if (error && error != http::error::need_more) return fail(400, BadRequest::bad_framing);
    body_bytes_taken_ += taken;
    if (body_bytes_taken_ > max_chunk_overhead_bytes + (1 + max_chunk_overhead_per_byte) * parser.get().body().size())
      return fail(400, BadRequest::bad_framing);
    if (taken > held_before) {
      input.remove_prefix(taken - held_before);
      held_.clear();
    } else if (from_held && taken > 0) {
      held_.resize(held_before);
      held_.erase(0, taken);
    } else {
      // Nothing taken: the line is not complete yet.
      if (bytes.size() > max_chunk_line_bytes) return fail(400, BadRequest::bad_framing);
      if (!from_held) held_.assign(input);
      input = {};
      return Status::need_more;
    }
  }
  request_.body = parser.get().body();
  phase_ = Phase::complete;
  return Status::complete;
}

}  // namespace signaling::net
