// What nodes say to each other about a request that is carried (forwarding/items.hpp): views lie inside the message, and what
// was read is the same once it is written and read again.

#include <span>
#include <string>
#include <string_view>

#include "expect.hpp"
#include "item_writer.hpp"
#include "items.hpp"

namespace {

using namespace signaling::forwarding;
using signaling::plugin_api::Bytes;

/// Writes what it is told.
class Rewriter final : public ItemVisitor {
 public:
  explicit Rewriter(std::string_view message) : message_(message) {}

  void on_request(signaling::engine::HttpRequest&& request) override {
    look(request.method, request.target, request.path, request.query, request.body, request.remote_address);
    look(request.headers);
    writer.request(request);
  }
  void on_reply(const ReplyItem& item) override {
    look(item.content_type, item.body);
    look(item.headers);
    signaling::engine::HttpReply reply;
    reply.status = item.status;
    reply.content_type = item.content_type;
    reply.body = item.body;
    reply.headers = owned(item.headers);
    reply.compressible = item.compressible;
    reply.close = item.close;
    writer.reply(reply);
  }
  void on_accept(const HeaderViews& headers) override {
    look(headers);
    writer.accept(owned(headers));
  }
  void on_frame(const FrameItem& item) override {
    look(item.data);
    writer.frame(item.is_binary, item.compress, item.data);
  }
  void on_written(std::uint64_t bytes) override { writer.written(bytes); }
  void on_close(std::uint16_t code, bool clean) override { writer.close(code, clean); }
  void on_abandon() override { writer.abandon(); }
  void on_answer_now() override { writer.answer_now(); }

  std::string written() const { return {reinterpret_cast<const char*>(writer.bytes().data()), writer.bytes().size()}; }
  ItemWriter writer;

 private:
  template <class... Views>
  void look(Views... views) const {
    for (const std::string_view view : {std::string_view(views)...}) {
      SIGNALING_FUZZ_EXPECT(view.empty() ||
                            (view.data() >= message_.data() && view.data() + view.size() <= message_.data() + message_.size()));
    }
  }
  void look(const HeaderViews& headers) const {
    for (const auto& [name, value] : headers) look(name, value);
  }
  static Headers owned(const HeaderViews& headers) {
    Headers result;
    for (const auto& [name, value] : headers) result.emplace_back(name, value);
    return result;
  }

  std::string_view message_;
};

Bytes bytes_of(std::string_view text) { return std::as_bytes(std::span(text.data(), text.size())); }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view message(reinterpret_cast<const char*>(data), size);
  Rewriter first(message);
  (void)decode_items(bytes_of(message), first);  // what came before a fault has been told
  const std::string written = first.written();
  Rewriter second(written);
  SIGNALING_FUZZ_EXPECT(decode_items(bytes_of(written), second));
  SIGNALING_FUZZ_EXPECT(second.written() == written);
  return 0;
}
