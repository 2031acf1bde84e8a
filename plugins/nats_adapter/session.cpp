#include "session.hpp"

#include <algorithm>
#include <utility>

namespace signaling::nats_adapter {

namespace {

constexpr std::int64_t request_wait_ms = 1'000;
constexpr std::int64_t ns_per_s = 1'000'000'000;

template <class T, void (*destroy)(T*)>
struct Destroy {
  void operator()(T* object) const noexcept { destroy(object); }
};
using JetStream = std::unique_ptr<jsCtx, Destroy<jsCtx, &jsCtx_Destroy>>;
using StreamInfo = std::unique_ptr<jsStreamInfo, Destroy<jsStreamInfo, &jsStreamInfo_Destroy>>;
using Acknowledgement = std::unique_ptr<jsPubAck, Destroy<jsPubAck, &jsPubAck_Destroy>>;
using ConsumerInfo = std::unique_ptr<jsConsumerInfo, Destroy<jsConsumerInfo, &jsConsumerInfo_Destroy>>;

std::string text_of(natsStatus status, jsErrCode code) {
  if (status == NATS_NO_RESPONDERS || code == JSNotEnabledErr) return "JetStream is not enabled on the NATS server";
  std::string text = natsStatus_GetText(status);
  const char* detail = nats_GetLastError(nullptr);
  if (detail != nullptr && *detail != '\0') text.append(": ").append(detail);
  return text;
}

/// The stream as it is, made where there is none. Null: `reason`.
StreamInfo find_stream(jsCtx* js, const Settings& settings, const Subjects& subjects, std::string& reason) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    jsStreamInfo* info = nullptr;
    jsErrCode code = static_cast<jsErrCode>(0);
    natsStatus status = js_GetStreamInfo(&info, js, subjects.stream().c_str(), nullptr, &code);
    if (status == NATS_OK) return StreamInfo(info);
    if (status != NATS_NOT_FOUND && code != JSStreamNotFoundErr) {
      reason = text_of(status, code);
      return nullptr;
    }
    jsStreamConfig config;
    jsStreamConfig_Init(&config);
    const std::string rooms = subjects.every_room(), registrations = subjects.every_registration();
    const char* names[] = {rooms.c_str(), registrations.c_str()};
    config.Name = subjects.stream().c_str();
    config.Subjects = names;
    config.SubjectsLen = 2;
    config.Storage = settings.is_stored_in_files ? js_FileStorage : js_MemoryStorage;
    config.Replicas = settings.replicas;
    config.MaxMsgsPerSubject = 1;
    config.MaxBytes = settings.max_stream_bytes;
    config.Discard = js_DiscardNew;  // rooms do not vanish to make place for others
    status = js_AddStream(&info, js, &config, nullptr, &code);
    if (status == NATS_OK) return StreamInfo(info);
    // Another node was quicker, with other settings.
    if (code != JSStreamNameExistErr) {
      reason = text_of(status, code);
      return nullptr;
    }
  }
  reason = "the stream comes and goes";
  return nullptr;
}

}  // namespace

Session::Session(Settings settings, const Subjects& subjects, std::string name, std::shared_ptr<Inbox> inbox)
    : subjects_(subjects), name_(std::move(name)), inbox_(std::move(inbox)), settings_(std::move(settings)) {
  thread_ = std::thread([this] { run(); });
}

Session::~Session() { stop(nullptr); }

void Session::add(std::function<void()> job) {
  const std::lock_guard lock(mutex_);
  jobs_.push_back(std::move(job));
  changed_.notify_all();
}

void Session::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return is_stopping_ || !jobs_.empty(); });
    if (jobs_.empty()) break;
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job();
    job = nullptr;
    lock.lock();
  }
  lock.unlock();
  nats_ReleaseThreadMemory();
}

void Session::use_login(const Login& login) {
  const std::lock_guard lock(mutex_);
  settings_.login = login;
}

void Session::stop(std::shared_ptr<Connection> last) {
  if (!thread_.joinable()) return;
  if (last) last->abort();
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    jobs_.clear();
    if (last) jobs_.push_back([last] { last->close(); });
    last.reset();
    changed_.notify_all();
  }
  thread_.join();
}

bool Session::wait(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, time, [this] { return is_stopping_; });
}

void Session::connect(std::shared_ptr<Connection> old) {
  add([this, old = std::move(old)] {
    if (old) old->close();
    connect_now();
  });
}

void Session::connect_now() {
  std::chrono::milliseconds pause{50};
  while (true) {
    std::unique_lock lock(mutex_);
    const Settings settings = settings_;
    lock.unlock();
    SessionEvent failure{SessionEvent::Kind::not_connected};
    for (std::size_t i = 0; i < settings.urls.size(); ++i) {
      if (!wait(std::chrono::milliseconds(0))) return;
      const std::string& url = settings.urls[next_url_ % settings.urls.size()];
      Connection::Attempt attempt = Connection::open(settings, url, name_, next_connection_++, inbox_);
      if (attempt.connection) {
        inbox_->push(SessionEvent{SessionEvent::Kind::connected, attempt.connection->number(), attempt.connection});
        return;
      }
      ++next_url_;
      if (attempt.is_refused) failure.kind = SessionEvent::Kind::refused;
      failure.reason = std::move(attempt.reason);
    }
    inbox_->push(std::move(failure));
    if (!wait(pause)) return;
    pause = std::min(pause * 2, settings.reconnect_max_delay);
  }
}

void Session::read_stream(std::shared_ptr<Connection> connection, Reading reading) {
  add([this, connection = std::move(connection), reading = std::move(reading)] { read_now(*connection, reading); });
}

void Session::read_now(Connection& connection, const Reading& reading) {
  std::unique_lock lock(mutex_);
  const Settings settings = settings_;
  lock.unlock();
  const auto fail = [&](std::string reason) {
    inbox_->push(SessionEvent{SessionEvent::Kind::not_reading, reading.number, nullptr, std::move(reason)});
  };
  jsOptions options;
  jsOptions_Init(&options);
  options.Wait = request_wait_ms;
  jsCtx* raw_js = nullptr;
  if (const natsStatus status = natsConnection_JetStream(&raw_js, connection.raw(), &options); status != NATS_OK)
    return fail(text_of(status, static_cast<jsErrCode>(0)));
  const JetStream js(raw_js);
  std::string reason;
  const StreamInfo stream = find_stream(js.get(), settings, subjects_, reason);
  if (!stream) return fail(std::move(reason));

  SessionEvent event{SessionEvent::Kind::reading, reading.number};
  event.epoch = static_cast<std::uint64_t>(stream->Created);
  // A stream that has lost its end (a machine that lost power) is read anew.
  event.is_from_beginning = event.epoch != reading.epoch || stream->State.LastSeq + 1 < reading.next_sequence;
  // Its own registration is the last message that was there: with it the stream has been read.
  jsPubAck* raw_ack = nullptr;
  jsErrCode code = static_cast<jsErrCode>(0);
  natsStatus status = js_Publish(&raw_ack, js.get(), reading.registration.c_str(), reading.description.data(),
                                 static_cast<int>(reading.description.size()), nullptr, &code);
  const Acknowledgement ack(raw_ack);
  if (status != NATS_OK) return fail(text_of(status, code));
  event.last = ack->Sequence;
  jsConsumerConfig config;
  jsConsumerConfig_Init(&config);
  config.DeliverSubject = reading.delivery.c_str();
  config.DeliverPolicy = event.is_from_beginning ? js_DeliverAll : js_DeliverByStartSequence;
  if (!event.is_from_beginning) config.OptStartSeq = reading.next_sequence;
  config.AckPolicy = js_AckNone;
  config.FlowControl = true;
  config.Heartbeat = ns_per_s;
  config.InactiveThreshold = 10 * ns_per_s;
  config.MemoryStorage = true;
  jsConsumerInfo* raw_consumer = nullptr;
  status = js_AddConsumer(&raw_consumer, js.get(), subjects_.stream().c_str(), &config, nullptr, &code);
  if (status != NATS_OK) return fail(text_of(status, code));
  const ConsumerInfo consumer(raw_consumer);
  inbox_->push(std::move(event));
}

}  // namespace signaling::nats_adapter
