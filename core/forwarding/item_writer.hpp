#pragma once
// Writes the items of one conversation message; see items.hpp for the format.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include <cereal/archives/portable_binary.hpp>

#include <signaling/base/byte_stream.hpp>

#include "items.hpp"

namespace signaling::forwarding {

class ItemWriter {
 public:
  ItemWriter() : stream_(&buffer_) { clear(); }

  void request(const engine::HttpRequest& request);
  void reply(const engine::HttpReply& reply);
  void accept(const Headers& headers);
  void frame(bool is_binary, bool compress, std::string_view data);
  void written(std::uint64_t bytes);
  void close(std::uint16_t code, bool clean);
  void abandon();
  void answer_now();

  bool empty() const noexcept { return size() == header_size; }
  std::size_t size() const noexcept { return buffer_.text().size(); }
  plugin_api::Bytes bytes() const noexcept;
  void clear();

 private:
  class Item;
  static constexpr std::size_t header_size = 2;
  void text(std::string_view text);
  template <class Pairs>
  void pairs(const Pairs& pairs);

  base::AppendBuffer buffer_;
  std::ostream stream_;
  std::optional<cereal::PortableBinaryOutputArchive> archive_;
};

}  // namespace signaling::forwarding
