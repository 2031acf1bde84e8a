#include "connection.hpp"

#include <algorithm>
#include <utility>

namespace signaling::nats_adapter {

namespace {

struct DestroyOptions {
  void operator()(natsOptions* options) const noexcept { natsOptions_Destroy(options); }
};
using Options = std::unique_ptr<natsOptions, DestroyOptions>;

constexpr std::int64_t write_deadline_ms = 2'000;
constexpr std::int64_t ping_interval_ms = 2'000;
constexpr int max_pings_out = 2;

natsStatus apply_tls(natsOptions* options, const broker_parts::TlsOptions& tls) {
  natsStatus status = natsOptions_SetSecure(options, true);
  if (status == NATS_OK && !tls.ca_file.empty()) status = natsOptions_LoadCATrustedCertificates(options, tls.ca_file.c_str());
  if (status == NATS_OK && !tls.cert_file.empty())
    status = natsOptions_LoadCertificatesChain(options, tls.cert_file.c_str(), tls.key_file.c_str());
  if (status == NATS_OK && !tls.verify) status = natsOptions_SkipServerVerification(options, true);
  if (status == NATS_OK && !tls.server_name.empty()) status = natsOptions_SetExpectedHostname(options, tls.server_name.c_str());
  return status;
}

natsStatus apply_login(natsOptions* options, const Login& login) {
  if (!login.username.empty()) return natsOptions_SetUserInfo(options, login.username.c_str(), login.password.c_str());
  if (!login.token.empty()) return natsOptions_SetToken(options, login.token.c_str());
  if (!login.credentials_file.empty())
    return natsOptions_SetUserCredentialsFromFiles(options, login.credentials_file.c_str(), nullptr);
  return NATS_OK;
}

}  // namespace

struct Connection::Subscription {
  Connection& owner;
  Incoming::Source source;
  std::uint64_t number;
  std::shared_ptr<const std::string> name;
  natsSubscription* raw = nullptr;
  Handle self = nullptr;  ///< until the library has called back for the last time
};

Connection::Attempt Connection::open(const Settings& settings, const std::string& url, const std::string& name,
                                     std::uint64_t number, std::shared_ptr<Inbox> inbox) {
  Attempt attempt;
  natsOptions* raw_options = nullptr;
  natsStatus status = natsOptions_Create(&raw_options);
  const Options options(raw_options);
  std::shared_ptr<Connection> made(new Connection(number, std::move(inbox)));
  const auto set = [&](auto function, auto... arguments) {
    if (status == NATS_OK) status = function(raw_options, arguments...);
  };
  set(natsOptions_SetURL, url.c_str());
  set(natsOptions_SetName, name.c_str());
  set(natsOptions_SetTimeout, static_cast<std::int64_t>(settings.connect_timeout.count()));
  set(natsOptions_SetAllowReconnect, false);        // a new connection is made instead
  set(natsOptions_UseGlobalMessageDelivery, true);  // one thread for all topics, in order
  set(natsOptions_SetSendAsap, true);               // the library would wait a millisecond for more
  set(natsOptions_SetPingInterval, ping_interval_ms);
  set(natsOptions_SetMaxPingsOut, max_pings_out);
  set(natsOptions_SetWriteDeadline, write_deadline_ms);
  set(natsOptions_SetClosedCB, &Connection::on_closed, static_cast<void*>(made.get()));
  set(natsOptions_SetErrorHandler, &Connection::on_error, static_cast<void*>(made.get()));
  if (status == NATS_OK) status = apply_login(raw_options, settings.login);
  if (status == NATS_OK && settings.tls.is_enabled) status = apply_tls(raw_options, settings.tls);
  if (status == NATS_OK) status = natsConnection_Connect(&made->connection_, raw_options);
  if (status != NATS_OK) {
    const char* detail = nats_GetLastError(nullptr);
    attempt.reason = natsStatus_GetText(status);
    if (detail != nullptr && *detail != '\0') attempt.reason.append(": ").append(detail);
    attempt.is_refused = status == NATS_CONNECTION_AUTH_FAILED || status == NATS_SSL_ERROR ||
                         status == NATS_SECURE_CONNECTION_REQUIRED || status == NATS_SECURE_CONNECTION_WANTED;
    made->connection_ = nullptr;
    return attempt;
  }
  made->max_payload_ = static_cast<std::size_t>(std::max<std::int64_t>(natsConnection_GetMaxPayload(made->connection_), 0));
  attempt.connection = std::move(made);
  return attempt;
}

Connection::Connection(std::uint64_t number, std::shared_ptr<Inbox> inbox) : number_(number), inbox_(std::move(inbox)) {}

Connection::~Connection() { close(); }

void Connection::abort() {
  is_closing_ = true;
  natsConnection_Close(connection_);
}

void Connection::close() {
  if (connection_ == nullptr) return;
  abort();
  std::unique_lock lock(mutex_);
  ended_.wait(lock, [this] { return is_closed_ && subscriptions_ == 0; });
  lock.unlock();
  natsConnection_Destroy(connection_);
  connection_ = nullptr;
}

Connection::Handle Connection::subscribe(const std::string& subject, Incoming::Source source, std::uint64_t number,
                                         std::shared_ptr<const std::string> name) {
  auto subscription = std::make_shared<Subscription>(Subscription{*this, source, number, std::move(name)});
  subscription->self = subscription;
  {
    const std::lock_guard lock(mutex_);
    ++subscriptions_;
  }
  const auto give_up = [&] {
    subscription->self = nullptr;
    const std::lock_guard lock(mutex_);
    --subscriptions_;
    orphans_.push_back(subscription);
    ended_.notify_all();
    return nullptr;
  };
  natsSubscription* raw = nullptr;
  if (natsConnection_Subscribe(&raw, connection_, subject.c_str(), &Connection::on_message, subscription.get()) != NATS_OK)
    return give_up();
  subscription->raw = raw;
  // The queue of the inbox is the bound; what is here only waits for the thread that empties it.
  natsSubscription_SetPendingLimits(raw, -1, -1);
  if (natsSubscription_SetOnCompleteCB(raw, &Connection::on_subscription_ended, subscription.get()) != NATS_OK) {
    // It has ended meanwhile, with its connection.
    natsSubscription_Destroy(raw);
    return give_up();
  }
  return subscription;
}

void Connection::unsubscribe(const Handle& subscription) {
  if (natsSubscription* raw = std::exchange(subscription->raw, nullptr)) natsSubscription_Destroy(raw);
}

bool Connection::publish(const std::string& subject, std::string_view data) {
  return natsConnection_Publish(connection_, subject.c_str(), data.data(), static_cast<int>(data.size())) == NATS_OK;
}

bool Connection::publish_expecting(const std::string& subject, const std::string& reply, std::string_view data,
                                   std::uint64_t expected) {
  natsMsg* raw = nullptr;
  if (natsMsg_Create(&raw, subject.c_str(), reply.c_str(), data.data(), static_cast<int>(data.size())) != NATS_OK) return false;
  const std::unique_ptr<natsMsg, DestroyMessage> message(raw);
  const std::string place = std::to_string(expected);
  return natsMsgHeader_Set(raw, "Nats-Expected-Last-Subject-Sequence", place.c_str()) == NATS_OK &&
         natsConnection_PublishMsg(connection_, raw) == NATS_OK;
}

bool Connection::request(const std::string& subject, const std::string& reply, std::string_view data) {
  return natsConnection_PublishRequest(connection_, subject.c_str(), reply.c_str(), data.data(),
                                       static_cast<int>(data.size())) == NATS_OK;
}

void Connection::on_message(natsConnection*, natsSubscription*, natsMsg* message, void* closure) {
  auto* const subscription = static_cast<Subscription*>(closure);
  NatsMessage owned(message);
  Connection& owner = subscription->owner;
  if (!owner.inbox_->push(Incoming{subscription->source, subscription->number, subscription->name, std::move(owned)}))
    owner.dropped_.fetch_add(1, std::memory_order_relaxed);
}

void Connection::on_subscription_ended(void* closure) {
  const Handle subscription = std::move(static_cast<Subscription*>(closure)->self);
  Connection& owner = subscription->owner;
  const std::lock_guard lock(owner.mutex_);
  --owner.subscriptions_;
  owner.ended_.notify_all();
}

void Connection::on_closed(natsConnection* connection, void* closure) {
  auto* const owner = static_cast<Connection*>(closure);
  const char* detail = nullptr;
  natsConnection_GetLastError(connection, &detail);
  if (!owner->is_closing_)
    owner->inbox_->push(SessionEvent{SessionEvent::Kind::closed, owner->number_, nullptr,
                                     detail != nullptr && *detail != '\0' ? detail : "the connection has ended"});
  const std::lock_guard lock(owner->mutex_);
  owner->is_closed_ = true;
  owner->ended_.notify_all();
}

// The default prints to stderr. What ends the connection is told by on_closed.
void Connection::on_error(natsConnection*, natsSubscription*, natsStatus, void*) {}

}  // namespace signaling::nats_adapter
