#include <sys/resource.h>

#include <signaling/server/descriptor_limit.hpp>

namespace signaling::server {

void raise_descriptor_limit(spdlog::logger& log) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) == 0) log.debug("file descriptor limit raised from {} to {}", before, limit.rlim_max);
}

}  // namespace signaling::server
