// `process_…` metrics out of /proc, under the names that every Prometheus client library uses, and how much of the memory is
// spare.

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

#include <signaling/base/recycled.hpp>
#include <signaling/server/loop_metrics.hpp>

namespace signaling::server {

namespace {

/// Seconds since the epoch at which the machine was booted: process start times count from there.
double boot_time() {
  std::ifstream stat("/proc/stat");
  std::string word;
  double value = 0;
  while (stat >> word) {
    if (word == "btime") {
      stat >> value;
      break;
    }
  }
  return value;
}

}  // namespace

void collect_process(MetricsPage& page) {
  std::ifstream file("/proc/self/stat");
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const std::size_t end_of_name = text.rfind(')');  // the name may hold blanks and parentheses
  if (end_of_name != std::string::npos) {
    std::vector<double> fields;  // from field 3, the state, which reads as no number
    std::istringstream rest(text.substr(end_of_name + 3));
    for (double field = 0; rest >> field;) fields.push_back(field);
    // proc(5): utime 14, stime 15, num_threads 20, starttime 22, vsize 23, rss 24; fields[0] is field 4.
    if (fields.size() > 20) {
      const double ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
      page.counter("process_cpu_seconds_total", "Processor time of the process, user and system.",
                   (fields[10] + fields[11]) / ticks);
      page.gauge("process_threads", "Threads of the process.", fields[16]);
      static const double booted = boot_time();
      page.gauge("process_start_time_seconds", "Start of the process since the Unix epoch.", booted + fields[18] / ticks);
      page.gauge("process_virtual_memory_bytes", "Virtual memory of the process.", fields[19]);
      page.gauge("process_resident_memory_bytes", "Resident memory of the process.",
                 fields[20] * static_cast<double>(::sysconf(_SC_PAGESIZE)));
    }
  }
  page.gauge("signaling_recycled_bytes", "Memory that threads keep for the messages to come; each keeps 4 MiB at most.",
             static_cast<double>(base::recycled_bytes()));
  std::error_code error;
  const auto descriptors = std::filesystem::directory_iterator("/proc/self/fd", error);
  if (!error) {
    // The iterator itself holds one.
    const auto count = std::distance(begin(descriptors), end(descriptors)) - 1;
    page.gauge("process_open_fds", "File descriptors open now.", static_cast<double>(count));
  }
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0)
    page.gauge("process_max_fds", "File descriptors that may be open.", static_cast<double>(limit.rlim_cur));
}

}  // namespace signaling::server
