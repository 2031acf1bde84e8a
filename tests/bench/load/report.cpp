#include "report.hpp"

#include <cinttypes>
#include <cstdio>
#include <string>

namespace signaling::bench_load {

namespace {

double microseconds(std::int64_t ns) { return static_cast<double>(ns) / 1000; }

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(static_cast<unsigned char>(c) < 0x20 ? ' ' : c);
  }
  return out;
}

}  // namespace

void report_event(std::string_view event) {
  std::printf("{\"event\":\"%.*s\"}\n", static_cast<int>(event.size()), event.data());
  std::fflush(stdout);
}

void report_result(const Result& result, const Histogram& latency) {
  std::printf("{\"event\":\"result\",\"operations\":%" PRIu64 ",\"deliveries\":%" PRIu64 ",\"seconds\":%.6f,\"errors\":%" PRIu64
              ",\"lost\":%" PRIu64,
              result.counts.operations, result.counts.deliveries, result.seconds, result.counts.errors, result.lost);
  std::printf(",\"latency_us\":{\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"p999\":%.1f,\"max\":%.1f}",
              microseconds(latency.quantile_ns(0.5)), microseconds(latency.quantile_ns(0.9)),
              microseconds(latency.quantile_ns(0.99)), microseconds(latency.quantile_ns(0.999)),
              microseconds(latency.max_ns()));
  std::printf(",\"load_cpu_seconds\":%.3f}\n", result.load_cpu_seconds);
  std::fflush(stdout);
}

void report_error(std::string_view reason) {
  std::printf("{\"event\":\"error\",\"reason\":\"%s\"}\n", escaped(reason).c_str());
  std::fflush(stdout);
}

}  // namespace signaling::bench_load
