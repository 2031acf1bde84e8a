#include <ctime>
#include <future>
#include <stdexcept>

#include <spdlog/async.h>
#include <spdlog/details/null_mutex.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <signaling/server/logging.hpp>

namespace signaling::server {

namespace {

void append_time(spdlog::log_clock::time_point time, spdlog::memory_buf_t& out) {
  const auto since_epoch = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
  const std::time_t seconds = static_cast<std::time_t>(since_epoch / 1000);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  fmt::format_to(std::back_inserter(out), "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", utc.tm_year + 1900, utc.tm_mon + 1,
                 utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, since_epoch % 1000);
}

void append(std::string_view text, spdlog::memory_buf_t& out) { out.append(text.data(), text.data() + text.size()); }

/// JSON's escapes serve the text format as well; there a quote stays as it is.
void append_escaped(std::string_view text, bool quotes, spdlog::memory_buf_t& out) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n')
      append("\\n", out);
    else if (c == '\t')
      append("\\t", out);
    else if (byte < 0x20 || byte == 0x7f)
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(byte));
    else if (quotes && (c == '"' || c == '\\'))
      append(c == '"' ? "\\\"" : "\\\\", out);
    else
      out.push_back(c);
  }
}

std::string_view level_name(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::trace: return "trace";
    case spdlog::level::debug: return "debug";
    case spdlog::level::info: return "info";
    case spdlog::level::warn: return "warn";
    case spdlog::level::err: return "error";
    default: return "fatal";
  }
}

std::string_view view(spdlog::string_view_t text) { return {text.data(), text.size()}; }

class TextFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    append_time(message.time, out);
    fmt::format_to(std::back_inserter(out), " {:<5} ", level_name(message.level));
    append(view(message.logger_name), out);
    append(": ", out);
    append_escaped(view(message.payload), false, out);
    out.push_back('\n');
  }
  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<TextFormatter>(); }
};

class JsonFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    append("{\"time\":\"", out);
    append_time(message.time, out);
    append("\",\"level\":\"", out);
    append(level_name(message.level), out);
    append("\",\"component\":\"", out);
    append_escaped(view(message.logger_name), true, out);
    append("\",\"message\":\"", out);
    append_escaped(view(message.payload), true, out);
    append("\"}\n", out);
  }
  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<JsonFormatter>(); }
};

/// Writes nothing; tells when its one line has come.
class MarkSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  bool wait_for(base::Milliseconds longest_wait) {
    return reached_.get_future().wait_for(longest_wait) == std::future_status::ready;
  }

 private:
  void sink_it_(const spdlog::details::log_msg&) override { reached_.set_value(); }
  void flush_() override {}

  std::promise<void> reached_;
};

spdlog::level::level_enum parse_level(std::string_view name) {
  if (name == "trace") return spdlog::level::trace;
  if (name == "debug") return spdlog::level::debug;
  if (name == "warn") return spdlog::level::warn;
  if (name == "error") return spdlog::level::err;
  if (name == "off") return spdlog::level::off;
  return spdlog::level::info;
}

std::shared_ptr<spdlog::sinks::sink> make_sink(const LogConfig& config) {
  std::shared_ptr<spdlog::sinks::sink> sink;
  // One thread writes, so the sinks need no lock of their own.
  if (config.file.empty()) {
    sink = std::make_shared<spdlog::sinks::stderr_sink_st>();
  } else {
    try {
      sink = std::make_shared<spdlog::sinks::basic_file_sink_st>(config.file);
    } catch (const spdlog::spdlog_ex& error) {
      throw std::runtime_error("log.file: \"" + config.file + "\" cannot be opened for writing: " + error.what());
    }
  }
  sink->set_formatter(make_log_formatter(config.json));
  return sink;
}

}  // namespace

std::unique_ptr<spdlog::formatter> make_log_formatter(bool json) {
  if (json) return std::make_unique<JsonFormatter>();
  return std::make_unique<TextFormatter>();
}

Logging::Logging(const LogConfig& config)
    : config_(config),
      thread_pool_(std::make_shared<spdlog::details::thread_pool>(config.queue_lines, 1)),
      sink_(make_sink(config)) {}

Logging::~Logging() = default;

spdlog::level::level_enum Logging::level_of(std::string_view component) const {
  const auto it = config_.components.find(component);
  return parse_level(it == config_.components.end() ? config_.level : it->second);
}

std::shared_ptr<spdlog::logger> Logging::component(std::string_view name) {
  const std::lock_guard lock(mutex_);
  const auto it = loggers_.find(name);
  if (it != loggers_.end()) return it->second;
  auto logger = std::make_shared<spdlog::async_logger>(std::string(name), sink_, thread_pool_,
                                                       spdlog::async_overflow_policy::overrun_oldest);
  logger->set_level(level_of(name));
  // Nothing stays in a buffer of the process, so that what led to a crash can be read; lines are few by design.
  logger->flush_on(spdlog::level::trace);
  return loggers_.emplace(std::string(name), std::move(logger)).first->second;
}

void Logging::set_levels(const LogConfig& config) {
  const std::lock_guard lock(mutex_);
  config_.level = config.level;
  config_.components = config.components;
  for (const auto& [name, logger] : loggers_) logger->set_level(level_of(name));
}

bool Logging::drain(base::Milliseconds longest_wait) {
  // An empty queue is not enough: the line that left it last may not be written yet. One thread writes in order, so when it
  // comes to this mark, everything before it is out.
  const auto mark = std::make_shared<MarkSink>();
  const auto logger =
      std::make_shared<spdlog::async_logger>("drain", mark, thread_pool_, spdlog::async_overflow_policy::overrun_oldest);
  {
    const std::lock_guard lock(mutex_);
    marks_.push_back(logger);
  }
  logger->info("");
  return mark->wait_for(longest_wait);
}

std::size_t Logging::dropped_lines() const { return thread_pool_->overrun_counter(); }

}  // namespace signaling::server
