#include <string>
#include <utility>

#include <signaling/base/sid.hpp>
#include <signaling/forwarding/forwarding.hpp>

#include "context.hpp"
#include "forwarded_request.hpp"
#include "served_request.hpp"

namespace signaling::forwarding {

class Forwarding::Impl final : public socketio::ConversationAcceptor {
 public:
  Impl(const Options& options, const Environment& environment) : context_(std::make_shared<Context>(options, environment)) {}
  ~Impl() { context_->lose_all(); }

  void handle(engine::HttpExchange& exchange) {
    std::string text;
    if (exchange.request().query_value("sid", text)) {
      const std::optional<base::Sid> sid = base::Sid::parse(text);
      if (sid && sid->node_tag() != context_->node_tag()) return ForwardedRequest::begin(*context_, exchange, *sid);
    }
    context_->engine().handle(exchange);
  }
  Context& context() const noexcept { return *context_; }

 private:
  std::unique_ptr<socketio::ConversationHandler> on_conversation(std::unique_ptr<socketio::Conversation> conversation,
                                                                 plugin_api::Bytes first) override {
    return ServedRequest::accept(*context_, std::move(conversation), first);
  }

  const std::shared_ptr<Context> context_;
};

Forwarding::Forwarding(const Options& options, const Environment& environment)
    : impl_(std::make_unique<Impl>(options, environment)) {}
Forwarding::~Forwarding() = default;

void Forwarding::handle(engine::HttpExchange& exchange) { impl_->handle(exchange); }
socketio::ConversationAcceptor& Forwarding::acceptor() { return *impl_; }
std::size_t Forwarding::end_some(std::size_t count, std::mt19937_64& random) {
  return impl_->context().drain_some(count, random);
}
void Forwarding::drain() { impl_->context().drain(); }
const Counters& Forwarding::counters() const noexcept { return impl_->context().counters(); }

}  // namespace signaling::forwarding
