#pragma once
// Names of subjects and of the stream. Names of rooms, topics and nodes are bytes that anybody may have chosen: they stand
// there encoded, so that none can be a wildcard, or more than one token.

#include <cstdint>
#include <string>
#include <string_view>

namespace signaling::nats_adapter {

/// One token: `x` and base64url, or, where that would be long, `h` and the SHA-256 in base64url. Pure.
std::string encode_token(std::string_view name);

class Subjects {
 public:
  /// @param prefix  letters, digits, - and _
  Subjects(std::string prefix, std::uint64_t incarnation);

  std::string topic(std::string_view name) const { return prefix_ + ".t." + encode_token(name); }
  std::string node(std::string_view tag) const { return prefix_ + ".n." + encode_token(tag); }
  std::string all() const { return prefix_ + ".a"; }
  std::string beats() const { return prefix_ + ".b"; }

  /// Kept in the stream, the last message of each.
  std::string room(std::string_view name) const { return prefix_ + ".p." + encode_token(name); }
  std::string registration(std::string_view tag) const { return prefix_ + ".r." + encode_token(tag); }
  std::string every_room() const { return prefix_ + ".p.>"; }
  std::string every_registration() const { return prefix_ + ".r.>"; }
  bool is_registration(std::string_view subject) const { return subject.starts_with(registrations_); }
  const std::string& stream() const noexcept { return stream_; }

  /// For this node's incarnation alone: answers to its requests, and what its consumers deliver.
  std::string reply(std::uint64_t number) const { return replies_ + std::to_string(number); }
  std::string every_reply() const { return replies_ + '*'; }
  /// 0 where it is no answer's.
  std::uint64_t reply_number(std::string_view subject) const noexcept;
  std::string delivery(std::uint64_t generation) const { return deliveries_ + std::to_string(generation); }

 private:
  std::string prefix_;
  std::string stream_;
  std::string registrations_;
  std::string replies_;
  std::string deliveries_;
};

}  // namespace signaling::nats_adapter
