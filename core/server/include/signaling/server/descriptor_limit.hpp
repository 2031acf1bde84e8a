#pragma once

#include <signaling/server/logging.hpp>

namespace signaling::server {

/// Raises the soft limit of open files to the hard one. Every connection is a descriptor: the soft limit of a login shell
/// (1,024) would be the first limit to be met.
void raise_descriptor_limit(spdlog::logger& log);

}  // namespace signaling::server
