#pragma once
// The answer to a client's event, given later: from another loop, or a thread of the plugin's own.
//
//     void on_event(Socket& socket, const Event& event) override {
//       worker_.ask(text, [later = LaterAck(host_, socket, event)](std::string result) mutable { later.reply(result); });
//     }

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <signaling/plugin_api/host.hpp>
#include <signaling/plugin_api/json_write.hpp>
#include <signaling/plugin_api/namespaces.hpp>
#include <signaling/plugin_api/post.hpp>
#include <signaling/plugin_api/replies.hpp>
#include <signaling/plugin_api/socket.hpp>
#include <signaling/plugin_api/values.hpp>

namespace signaling::plugin_api {

/// Answered by the first call, never twice, and with `failed_reply` where it is destroyed without. Made in the handler [loop];
/// answered on [any thread], also by two at a time (the first counts); moved by one at a time. On the socket's loop the answer
/// leaves at once, from elsewhere by a post. Where the socket has left, or the client wants no answer, there is nothing to do.
class [[nodiscard]] LaterAck {
 public:
  LaterAck() = default;
  LaterAck(Host& host, const Socket& socket, const Event& event) {
    if (!event.ack.wanted()) return;
    place_.store(new Place{host, std::string(socket.namespace_name()), std::string(socket.id()), socket.loop(), event.ack},
                 std::memory_order_release);
  }
  LaterAck(LaterAck&& other) noexcept : place_(other.take().release()) {}
  LaterAck& operator=(LaterAck&& other) noexcept {
    if (this != &other) {
      end();
      place_.store(other.take().release(), std::memory_order_release);
    }
    return *this;
  }
  ~LaterAck() { end(); }

  /// `args.text`: a JSON array. False where it was answered before, or no answer is wanted.
  bool answer(const Payload& args) {
    const std::unique_ptr<Place> place = take();
    if (place == nullptr) return false;
    send(*place, args);
    return true;
  }
  /// Arguments are what `json::append_value` takes.
  template <class... Args>
  bool reply(const Args&... args) {
    return !is_answered() && answer(json::Pieces(json::array(args...)));
  }
  bool is_answered() const noexcept { return place_.load(std::memory_order_acquire) == nullptr; }

 private:
  struct Place {
    Host& host;
    std::string namespace_name;
    std::string id;
    std::uint32_t loop;
    AckToken ack;

    void reply(const Payload& args) const {
      if (Socket* const socket = host.namespaces().find_local(namespace_name, id)) socket->reply(ack, args);
    }
  };

  std::unique_ptr<Place> take() noexcept { return std::unique_ptr<Place>(place_.exchange(nullptr, std::memory_order_acq_rel)); }
  static void send(const Place& place, const Payload& args) {
    if (place.host.current_loop() == place.loop) return place.reply(args);
    std::string text;
    for (const std::string_view piece : args.text) text.append(piece);
    std::vector<std::vector<std::byte>> attachments;
    for (const Bytes bytes : args.attachments) attachments.emplace_back(bytes.begin(), bytes.end());
    post(place.host, place.loop, [place, text = std::move(text), attachments = std::move(attachments)] {
      const std::string_view piece = text;
      const std::vector<Bytes> views(attachments.begin(), attachments.end());
      place.reply({{&piece, 1}, views});
    });
  }
  void end() noexcept {
    try {
      answer({{&failed_reply, 1}});
    } catch (...) {  // no memory: the client's own timeout tells it
    }
  }

  std::atomic<Place*> place_{nullptr};
};

}  // namespace signaling::plugin_api
