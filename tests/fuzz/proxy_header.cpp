// PROXY protocol headers under any bytes: whole, in pieces and cut off, they come to the same end.

#include "proxy_header.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "expect.hpp"

using namespace signaling::net;
using Status = ProxyHeaderResult::Status;

namespace {

/// Reads in pieces of so many bytes, until the header is at its end; `taken` gets the bytes that it was.
Status read_in_pieces(std::string_view bytes, std::size_t piece, ProxyHeaderReader& reader, std::size_t& taken) {
  Status status = Status::need_more;
  while (taken < bytes.size() && status == Status::need_more) {
    const std::string_view given = bytes.substr(taken, piece);
    std::string_view input = given;
    status = reader.read(input);
    taken += given.size() - input.size();
  }
  return status;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const ProxyHeaderResult whole = parse_proxy_header(bytes);
  if (whole.status == Status::need_more) SIGNALING_FUZZ_EXPECT(size < max_proxy_header_bytes);
  if (whole.status == Status::complete) {
    SIGNALING_FUZZ_EXPECT(whole.size <= size && whole.size <= max_proxy_header_bytes);
    SIGNALING_FUZZ_EXPECT(begins_as_proxy_header(bytes));
    // Not before its last byte.
    SIGNALING_FUZZ_EXPECT(parse_proxy_header(bytes.substr(0, whole.size - 1)).status == Status::need_more);
  }
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, size + 1}) {
    ProxyHeaderReader reader;
    std::size_t taken = 0;
    const Status status = read_in_pieces(bytes, piece, reader, taken);
    SIGNALING_FUZZ_EXPECT(status == whole.status);
    if (status != Status::complete) continue;
    SIGNALING_FUZZ_EXPECT(taken == whole.size);
    SIGNALING_FUZZ_EXPECT(reader.connection().source == whole.connection.source);
    SIGNALING_FUZZ_EXPECT(reader.connection().secure == whole.connection.secure);
  }
  return 0;
}
