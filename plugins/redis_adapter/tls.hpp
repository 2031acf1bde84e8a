#pragma once
// The settings of TLS, read once.

#include <memory>

#include "options.hpp"

namespace boost::asio::ssl {
class context;
}

namespace signaling::redis_adapter {

/// Throws std::runtime_error that names the key of the setting and the file.
std::shared_ptr<boost::asio::ssl::context> make_tls_context(const TlsOptions& options);

}  // namespace signaling::redis_adapter
