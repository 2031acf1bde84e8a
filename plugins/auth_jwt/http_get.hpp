#pragma once
// One GET over http or https, bounded in time and size, on the calling thread.

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace signaling::auth_jwt {

struct HttpTarget {
  std::string text;  ///< as configured
  bool is_secure = false;
  std::string host;  ///< without brackets
  std::string port;
  std::string path;  ///< with query

  /// @throws std::runtime_error  where it is no http or https URL, or names a user, whose password logs would show
  static HttpTarget parse(std::string_view url);
  /// For people: without path and query, which may hold secrets.
  std::string origin() const;
};

struct HttpLimits {
  std::chrono::milliseconds timeout{3000};  ///< from the look-up of the name to the last byte
  std::size_t max_body_bytes = 262'144;
};

class HttpGet {
 public:
  HttpGet();
  ~HttpGet();
  HttpGet(const HttpGet&) = delete;
  HttpGet& operator=(const HttpGet&) = delete;

  /// Certificates and names are verified. Redirects are not followed, proxies not used. Blocks; one call at a time.
  /// @param ca_file  PEM; empty: what the system trusts
  /// @return body of an answer 200
  /// @throws std::runtime_error  whose text says what went wrong and holds nothing of the answer
  std::string get(const HttpTarget& target, const HttpLimits& limits, const std::string& ca_file);

  /// Makes `get` fail, also those to come. [any thread]
  void cancel();

 private:
  struct Context;
  std::mutex mutex_;  ///< guards what follows
  std::shared_ptr<Context> running_;
  bool is_cancelled_ = false;
};

}  // namespace signaling::auth_jwt
