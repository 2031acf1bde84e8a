#include "command_text.hpp"

#include <memory>
#include <new>
#include <vector>

#include <hiredis/hiredis.h>

namespace signaling::redis_adapter {

std::string command_text(std::span<const std::string_view> args) {
  std::vector<const char*> pointers;
  std::vector<std::size_t> sizes;
  pointers.reserve(args.size());
  sizes.reserve(args.size());
  for (const auto arg : args) {
    // hiredis hands the pointer to memcpy, which wants one for zero bytes too.
    pointers.push_back(arg.data() != nullptr ? arg.data() : "");
    sizes.push_back(arg.size());
  }
  char* raw = nullptr;
  // The return type differs between hiredis' versions: int, then long long.
  const auto size = redisFormatCommandArgv(&raw, static_cast<int>(args.size()), pointers.data(), sizes.data());
  if (size < 0) throw std::bad_alloc();
  const std::unique_ptr<char, void (*)(char*)> text(raw, redisFreeCommand);
  return std::string(text.get(), static_cast<std::size_t>(size));
}

std::string command_text(std::initializer_list<std::string_view> args) {
  return command_text(std::span<const std::string_view>(args.begin(), args.size()));
}

std::string evalsha_text(const Script& script, std::span<const std::string_view> keys, std::span<const std::string_view> args) {
  const std::string key_count = std::to_string(keys.size());
  std::vector<std::string_view> all{"EVALSHA", script.sha1(), key_count};
  all.reserve(3 + keys.size() + args.size());
  all.insert(all.end(), keys.begin(), keys.end());
  all.insert(all.end(), args.begin(), args.end());
  return command_text(all);
}

std::string eval_text(std::string_view evalsha, const Script& script) {
  // "*<n>\r\n" stays, then EVALSHA and the sum, both of known length, give way to EVAL and the source.
  constexpr std::size_t replaced = std::string_view("$7\r\nEVALSHA\r\n$40\r\n").size() + 40 + 2;
  const std::size_t head = evalsha.find('\n') + 1;
  std::string text(evalsha.substr(0, head));
  text += "$4\r\nEVAL\r\n$";
  text += std::to_string(script.source().size());
  text += "\r\n";
  text += script.source();
  text += "\r\n";
  text += evalsha.substr(head + replaced);
  return text;
}

}  // namespace signaling::redis_adapter
