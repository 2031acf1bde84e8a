#include "deflate.hpp"

#include <cstddef>

#include <zlib.h>

#include "failure.hpp"

namespace signaling::bench_load {

namespace {

constexpr int smallest_window_bits = 9;
constexpr std::size_t most_bytes = 64'000'000;
constexpr std::string_view flush_mark("\x00\x00\xFF\xFF", 4);

void give_input(z_stream& stream, std::string_view bytes) {
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
}

void give_space(z_stream& stream, std::string& output, std::size_t used) {
  stream.next_out = reinterpret_cast<Bytef*>(output.data() + used);
  stream.avail_out = static_cast<uInt>(output.size() - used);
}

/// Runs `step` until all input is taken and all output has come. @return bytes of output
template <typename Step>
std::size_t run(z_stream& stream, std::string& output, std::size_t used, Step step) {
  for (;;) {
    if (output.size() - used < 1024) output.resize(output.size() * 2 + 4096);
    give_space(stream, output, used);
    const int status = step();
    used = output.size() - stream.avail_out;
    if (status != Z_OK && status != Z_BUF_ERROR) throw Failure("a message that is no deflate stream");
    if (used > most_bytes) throw Failure("a compressed message without an end");
    if (stream.avail_out > 0) return used;
  }
}

}  // namespace

void Deflater::End::operator()(z_stream* stream) const noexcept {
  ::deflateEnd(stream);
  delete stream;
}

void Inflater::End::operator()(z_stream* stream) const noexcept {
  ::inflateEnd(stream);
  delete stream;
}

std::string_view Deflater::deflate(std::string_view message) {
  if (stream_ == nullptr) {
    auto stream = std::make_unique<z_stream>();
    if (::deflateInit2(stream.get(), Z_BEST_SPEED, Z_DEFLATED, -smallest_window_bits, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
      throw Failure("zlib gives no compressor");
    }
    stream_.reset(stream.release());
  }
  ::deflateReset(stream_.get());
  give_input(*stream_, message);
  const std::size_t size = run(*stream_, output_, 0, [&] { return ::deflate(stream_.get(), Z_SYNC_FLUSH); });
  return std::string_view(output_).substr(0, size - flush_mark.size());
}

Inflater::Inflater() {
  auto stream = std::make_unique<z_stream>();
  if (::inflateInit2(stream.get(), -MAX_WBITS) != Z_OK) throw Failure("zlib gives no decompressor");
  stream_.reset(stream.release());
}

std::string_view Inflater::inflate(std::string_view message) {
  std::size_t size = 0;
  for (const std::string_view part : {message, flush_mark}) {
    give_input(*stream_, part);
    size = run(*stream_, output_, size, [&] { return ::inflate(stream_.get(), Z_SYNC_FLUSH); });
  }
  return std::string_view(output_).substr(0, size);
}

}  // namespace signaling::bench_load
