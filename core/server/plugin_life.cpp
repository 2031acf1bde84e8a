#include <algorithm>
#include <utility>
#include <variant>

#include <signaling/server/manifest_check.hpp>
#include <signaling/server/plugin_life.hpp>
#include <signaling/server/process_threads.hpp>

namespace signaling::server {

namespace {

using Steady = std::chrono::steady_clock;

double ms_since(Steady::time_point before) { return std::chrono::duration<double, std::milli>(Steady::now() - before).count(); }

/// What a plugin reports about its configuration, as lines with their places.
class PlacedProblems final : public plugin_api::Problems {
 public:
  explicit PlacedProblems(const ConfigTable& table) : table_(table) {}
  void add(std::string_view key, std::string_view message) override {
    problems_.add(table_.place(key), table_.full_name(key), message);
  }
  std::vector<std::string> lines() const { return problems_.lines(); }

 private:
  const ConfigTable& table_;
  ConfigProblems problems_;
};

/// What a plugin reports about itself, as one text.
class JoinedProblems final : public plugin_api::Problems {
 public:
  void add(std::string_view key, std::string_view message) override {
    text_.append(text_.empty() ? "" : "; ").append(key).append(key.empty() ? "" : ": ").append(message);
    has_any_ = true;
  }
  bool has_any() const noexcept { return has_any_; }
  const std::string& text() const noexcept { return text_; }

 private:
  std::string text_;
  bool has_any_ = false;
};

}  // namespace

PluginLife::PluginLife(LifeContext& context, std::string name, std::string_view kind, bool is_required)
    : context_(context), kind_(kind), is_required_(is_required) {
  library_.name = std::move(name);
}

std::string_view PluginLife::capabilities() const { return manifest_text(library_.manifest->capabilities); }

bool PluginLife::prepare(const std::string& name_or_path, const ConfigDocument& document, const Environment& environment) {
  return load(name_or_path) && configure(document, environment) && create() && validate();
}

bool PluginLife::load(const std::string& name_or_path) {
  const auto before = Steady::now();
  // On the plugins' thread as well: loading runs the library's constructors.
  const auto result = std::make_shared<std::variant<PluginLibrary, PluginFailure>>();  // shared: a late call still writes to it
  const auto call = [this, result, name_or_path, directories = context_.settings.directories] {
    *result = load_plugin(name_or_path, kind_, directories);
  };
  std::string error;
  if (!timed_call(PluginError::start_late, "load", context_.settings.start_timeout, call, error)) return false;
  if (!error.empty()) {
    fail(PluginError::cannot_load, message("cannot be loaded: " + error));
    return false;
  }
  if (const auto* failure = std::get_if<PluginFailure>(result.get())) {
    fail(failure->error, failure->message);
    return false;
  }
  library_ = std::get<PluginLibrary>(std::move(*result));
  const plugin_api::Manifest& manifest = *library_.manifest;
  context_.log->info("{} {} ({}, API {}.{}) loaded from {} in {:.1f} ms", name(), manifest_text(manifest.version), kind_,
                     manifest.api_major, manifest.api_minor, library_.file.string(), ms_since(before));
  if (!library_.note.empty()) context_.log->warn("{}", message(library_.note));
  return true;
}

bool PluginLife::configure(const ConfigDocument& document, const Environment& environment) {
  const plugin_api::Manifest& manifest = *library_.manifest;
  const std::span<const plugin_api::ConfigKey> schema(manifest.schema, manifest.schema_size);
  const std::vector<std::string> errors = check_schema(schema);
  if (!errors.empty()) {
    std::string text = "the schema in its manifest is wrong: ";
    for (std::size_t i = 0; i < errors.size(); ++i) text.append(i == 0 ? "" : "; ").append(errors[i]);
    fail(PluginError::bad_schema, message(text));
    return false;
  }
  ConfigProblems problems;
  config_ = std::make_unique<PluginConfig>(name(), schema, document, environment, problems);
  for (const std::string& line : problems.lines()) fail(PluginError::configuration, line);
  return problems.empty();
}

bool PluginLife::create() {
  const auto log = context_.services.logger("plugin." + name());
  number_ = context_.services.hooks->add_plugin(name(), log, library_.manifest);
  host_ = std::make_unique<PluginHost>(context_.services, name(), number_, log);
  std::string error;
  if (!timed_call(
          PluginError::start_late, "create", context_.settings.start_timeout,
          [this] { plugin_ = library_.manifest->create(*host_); }, error)) {
    return false;
  }
  if (error.empty() && plugin_ == nullptr) error = "it returned nothing";
  if (!error.empty()) {
    fail(PluginError::create_failed, message("could not be created: " + error));
    return false;
  }
  state_ = State::created;
  return true;
}

bool PluginLife::ask_to_validate(const ConfigTable& table, std::vector<std::string>& lines) {
  const auto problems = std::make_shared<PlacedProblems>(table);
  std::string error;
  if (!timed_call(
          PluginError::start_late, "validate", context_.settings.start_timeout,
          [this, problems, &table] { plugin_->validate(table, *problems); }, error)) {
    return false;
  }
  lines = problems->lines();
  if (!error.empty()) lines.push_back(message("validate failed: " + error));
  return true;
}

bool PluginLife::validate() {
  std::vector<std::string> lines;
  if (!ask_to_validate(config_->table(), lines)) return false;
  for (std::string& line : lines) fail(PluginError::configuration, std::move(line));
  return lines.empty();
}

bool PluginLife::start() {
  const auto problems = std::make_shared<JoinedProblems>();
  std::string error;
  const auto before = Steady::now();
  if (!timed_call(
          PluginError::start_late, "start", context_.settings.start_timeout,
          [this, problems] { plugin_->start(config_->table(), *problems); }, error)) {
    return false;
  }
  if (error.empty() && problems->has_any()) error = problems->text();
  if (!error.empty()) {
    // The core is attached to its adapter already, and would go on with one that does not work.
    if (kind_ == "adapter") is_required_ = true;
    fail(PluginError::start_failed, message("did not start: " + error));
    return false;
  }
  set_state(State::started);
  context_.log->info("{} started in {:.1f} ms", name(), ms_since(before));
  return true;
}

std::vector<ConfigChange> PluginLife::stage(const ConfigDocument& document, const Environment& environment,
                                            std::vector<std::string>& problems) {
  const plugin_api::Manifest& manifest = *library_.manifest;
  ConfigProblems found;
  staged_ = std::make_unique<PluginConfig>(
      name(), std::span<const plugin_api::ConfigKey>(manifest.schema, manifest.schema_size), document, environment, found);
  for (std::string& line : found.lines()) problems.push_back(std::move(line));
  if (!found.empty() || !validate_staged(problems)) return {};
  std::vector<ConfigChange> changes = config_->table().changes_to(staged_->table());
  staged_->keep_fixed_keys_of(*config_);
  // What comes into force may fit together less well than what was written.
  if (std::any_of(changes.begin(), changes.end(), [](const ConfigChange& change) { return change.needs_restart; }))
    validate_staged(problems);
  return changes;
}

bool PluginLife::validate_staged(std::vector<std::string>& problems) {
  std::vector<std::string> lines;
  if (!ask_to_validate(staged_->table(), lines)) lines.push_back(context_.failures.back().message);
  problems.insert(problems.end(), lines.begin(), lines.end());
  return lines.empty();
}

// Afterwards `config_` is what the plugin has, `staged_` the other one; that is kept, since a plugin may look at it until the
// next reload.
bool PluginLife::reload(std::vector<std::string>& problems) {
  const auto found = std::make_shared<JoinedProblems>();
  std::string error;
  if (!timed_call(
          PluginError::start_late, "reload", context_.settings.start_timeout,
          [this, found] { plugin_->reload(staged_->table(), *found); }, error)) {
    problems.push_back(context_.failures.back().message);
    return false;
  }
  if (error.empty() && found->has_any()) error = found->text();
  if (!error.empty()) {
    problems.push_back(message("did not reload: " + error));
    return false;
  }
  std::swap(config_, staged_);
  return true;
}

bool PluginLife::drain(std::chrono::milliseconds left) {
  const auto left_ms = static_cast<unsigned>(left.count());
  std::string error;
  if (!timed_call(
          PluginError::stop_late, "drain", left + context_.settings.stop_timeout, [this, left_ms] { plugin_->drain(left_ms); },
          error)) {
    return false;
  }
  if (error.empty()) return true;
  context_.failures.push_back({PluginError::stop_failed, name(), message("drain failed: " + error)});
  context_.log->error("{}", context_.failures.back().message);
  return false;
}

bool PluginLife::stop() {
  set_state(State::stopped);
  std::string error;
  const auto before = Steady::now();
  if (!timed_call(
          PluginError::stop_late, "stop", context_.settings.stop_timeout, [this] { plugin_->stop(); }, error)) {
    return false;
  }
  host_->close();
  // Verdicts and answers that wait in a timer are ended by its release, which needs what they are for: later that is gone.
  host_->discard_timers();
  if (!error.empty()) {
    context_.failures.push_back({PluginError::stop_failed, name(), message("did not stop cleanly: " + error)});
    context_.log->error("{}", context_.failures.back().message);
    return false;
  }
  context_.log->info("{} stopped in {:.1f} ms", name(), ms_since(before));
  return true;
}

bool PluginLife::destroy() {
  if (plugin_ == nullptr || context_.calls.is_stuck()) return false;
  host_->discard_timers();
  std::string error;
  if (!timed_call(
          PluginError::stop_late, "destroy", context_.settings.stop_timeout,
          [this] { library_.manifest->destroy(std::exchange(plugin_, nullptr)); }, error)) {
    return false;
  }
  if (!error.empty()) context_.log->error("{}", message("was not destroyed cleanly: " + error));
  // Now at the latest: a library's own thread may end with the object that it belongs to (Asio's, which looks names up).
  if (const std::size_t left = threads_left(threads_).size(); left != 0) {
    const std::string text =
        std::to_string(left) + (left == 1 ? " thread runs" : " threads run") + " on after stop and destroy";
    context_.services.hooks->on_fault(number_, socketio::Fault::left_threads, text);
    context_.log->error("{}", message(text));
  }
  return error.empty();
}

bool PluginLife::timed_call(PluginError late, std::string_view what, std::chrono::milliseconds deadline,
                            std::function<void()> call, std::string& error) {
  LifeCalls::Outcome outcome = context_.calls.make(name(), what, deadline, std::move(call));
  if (outcome.is_late) {
    // Even a plugin that is not required: its thread cannot be ended, and nothing can be asked of the other plugins any more.
    context_.failures.push_back({late, name(), message(LifeCalls::late_text(what, deadline))});
    return false;
  }
  threads_.insert(threads_.end(), outcome.threads.begin(), outcome.threads.end());
  error = std::move(outcome.error);
  return true;
}

void PluginLife::fail(PluginError error, std::string text) {
  set_state(State::failed);
  if (is_required_) {
    context_.failures.push_back({error, name(), std::move(text)});
  } else {
    context_.log->warn("{}. It has \"required = false\": going on without it", text);
  }
}

void PluginLife::set_state(State state) {
  const std::lock_guard lock(context_.state_mutex);
  state_ = state;
}

}  // namespace signaling::server
