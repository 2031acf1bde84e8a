#include <algorithm>
#include <exception>
#include <iterator>
#include <utility>
#include <variant>

#include <signaling/server/manifest_check.hpp>
#include <signaling/server/plugin_config.hpp>
#include <signaling/server/plugin_file.hpp>
#include <signaling/server/plugin_library.hpp>
#include <signaling/server/plugin_registry.hpp>
#include <signaling/server/process_threads.hpp>

namespace signaling::server {

namespace {

using Steady = std::chrono::steady_clock;

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

struct PluginRegistry::Entry {
  std::string kind;
  bool required = true;
  State state = State::failed;
  std::uint32_t number = 0;
  PluginLibrary library;
  std::unique_ptr<PluginConfig> config;
  std::unique_ptr<PluginConfig> staged;  ///< between the two halves of a reload
  std::unique_ptr<PluginHost> host;
  plugin_api::Plugin* plugin = nullptr;
  std::vector<int> threads;  ///< begun by its life-cycle calls

  std::string message(std::string_view text) const { return plugin_message(library.name, library.file, text); }
};

PluginRegistry::PluginRegistry(PluginSettings settings, PluginServices services)
    : settings_(std::move(settings)),
      services_(std::move(services)),
      log_(services_.logger("plugins")),
      server_(std::make_unique<Entry>()) {}

PluginRegistry::~PluginRegistry() {
  stop();
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) destroy(**entry);
  // A call that is late may still look at its plugin's entry and host.
  if (is_stuck()) {
    static_cast<void>(server_.release());
    for (auto& entry : entries_) static_cast<void>(entry.release());
  }
}

bool PluginRegistry::prepare(const ConfigDocument& document, const Environment& environment) {
  if (!settings_.adapter.empty()) prepare_one(settings_.adapter, "adapter", document, environment);
  for (const std::string& name : settings_.middleware) prepare_one(name, "middleware", document, environment);
  for (const std::string& name : settings_.applications) prepare_one(name, "application", document, environment);
  warn_about_unused_tables(document);
  return failures_.empty();
}

void PluginRegistry::prepare_one(const std::string& name_or_path, std::string_view kind, const ConfigDocument& document,
                                 const Environment& environment) {
  if (is_stuck()) return;
  auto owned = std::make_unique<Entry>();
  Entry& entry = *owned;
  entry.kind = kind;
  entry.library.name = plugin_name(name_or_path);
  const auto table = document.plugins.find(entry.library.name);
  entry.required = is_required(table == document.plugins.end() ? nullptr : &table->second, environment);
  const bool is_twice = std::any_of(entries_.begin(), entries_.end(),
                                    [&](const auto& other) { return other->library.name == entry.library.name; });
  if (is_twice) {
    fail(entry, PluginError::configuration, entry.message("is named twice in [plugins] of " + document.file));
    return;
  }
  entries_.push_back(std::move(owned));
  if (load(entry, name_or_path) && configure(entry, document, environment) && create(entry)) validate(entry);
}

bool PluginRegistry::load(Entry& entry, const std::string& name_or_path) {
  const auto before = Steady::now();
  // On the plugins' thread as well: loading runs the library's constructors.
  const auto result = std::make_shared<std::variant<PluginLibrary, PluginFailure>>();  // shared: a late call still writes to it
  std::string error;
  const auto call = [result, name_or_path, directories = settings_.directories](Entry& target) {
    *result = load_plugin(name_or_path, target.kind, directories);
  };
  if (!timed_call(entry, "load", settings_.start_timeout, call, error)) {
    fail_late(entry, PluginError::start_late, "load", settings_.start_timeout);
    return false;
  }
  if (!error.empty()) {
    fail(entry, PluginError::cannot_load, entry.message("cannot be loaded: " + error));
    return false;
  }
  if (const auto* failure = std::get_if<PluginFailure>(result.get())) {
    fail(entry, failure->error, failure->message);
    return false;
  }
  entry.library = std::get<PluginLibrary>(std::move(*result));
  const plugin_api::Manifest& manifest = *entry.library.manifest;
  const std::chrono::duration<double, std::milli> time = Steady::now() - before;
  log_->info("{} {} ({}, API {}.{}) loaded from {} in {:.1f} ms", entry.library.name, manifest_text(manifest.version),
             entry.kind, manifest.api_major, manifest.api_minor, entry.library.file.string(), time.count());
  if (!entry.library.note.empty()) log_->warn("{}", entry.message(entry.library.note));
  return true;
}

bool PluginRegistry::configure(Entry& entry, const ConfigDocument& document, const Environment& environment) {
  const plugin_api::Manifest& manifest = *entry.library.manifest;
  const std::span<const plugin_api::ConfigKey> schema(manifest.schema, manifest.schema_size);
  const std::vector<std::string> errors = check_schema(schema);
  if (!errors.empty()) {
    std::string text = "the schema in its manifest is wrong: ";
    for (std::size_t i = 0; i < errors.size(); ++i) text.append(i == 0 ? "" : "; ").append(errors[i]);
    fail(entry, PluginError::bad_schema, entry.message(text));
    return false;
  }
  ConfigProblems problems;
  entry.config = std::make_unique<PluginConfig>(entry.library.name, schema, document, environment, problems);
  for (const std::string& line : problems.lines()) fail(entry, PluginError::configuration, line);
  return problems.empty();
}

bool PluginRegistry::create(Entry& entry) {
  const auto log = services_.logger("plugin." + entry.library.name);
  entry.number = services_.hooks->add_plugin(entry.library.name, log, entry.library.manifest);
  entry.host = std::make_unique<PluginHost>(services_, entry.library.name, entry.number, log);
  const auto call = [](Entry& target) { target.plugin = target.library.manifest->create(*target.host); };
  std::string error;
  if (!timed_call(entry, "create", settings_.start_timeout, call, error)) {
    fail_late(entry, PluginError::start_late, "create", settings_.start_timeout);
    return false;
  }
  if (error.empty() && entry.plugin == nullptr) error = "it returned nothing";
  if (!error.empty()) {
    fail(entry, PluginError::create_failed, entry.message("could not be created: " + error));
    return false;
  }
  entry.state = State::created;
  return true;
}

bool PluginRegistry::ask_to_validate(Entry& entry, const ConfigTable& table, std::vector<std::string>& lines) {
  const auto problems = std::make_shared<PlacedProblems>(table);
  const auto call = [problems, &table](Entry& target) { target.plugin->validate(table, *problems); };
  std::string error;
  if (!timed_call(entry, "validate", settings_.start_timeout, call, error)) {
    fail_late(entry, PluginError::start_late, "validate", settings_.start_timeout);
    return false;
  }
  lines = problems->lines();
  if (!error.empty()) lines.push_back(entry.message("validate failed: " + error));
  return true;
}

bool PluginRegistry::validate(Entry& entry) {
  std::vector<std::string> lines;
  if (!ask_to_validate(entry, entry.config->table(), lines)) return false;
  for (std::string& line : lines) fail(entry, PluginError::configuration, std::move(line));
  return lines.empty();
}

void PluginRegistry::set_sockets(plugin_api::Namespaces& namespaces,
                                 const std::function<plugin_api::Presence&(std::string_view)>& presence,
                                 const std::function<plugin_api::Peers*(std::string_view, std::uint32_t)>& peers) {
  for (const auto& entry : entries_) {
    if (!entry->host) continue;
    const std::string& name = entry->library.name;
    entry->host->set_sockets(namespaces, presence(name), peers ? peers(name, entry->number) : nullptr);
  }
}

void PluginRegistry::offer(std::string_view interface_name, const std::function<void*(const Identity&)>& interface_of) {
  for (const auto& entry : entries_) {
    if (entry->host) entry->host->offer(interface_name, interface_of({entry->library.name, entry->kind, entry->number}));
  }
}

bool PluginRegistry::is_started(std::uint32_t number) const {
  return std::any_of(entries_.begin(), entries_.end(), [number](const auto& entry) {
    return entry->host && entry->number == number && entry->state == State::started;
  });
}

bool PluginRegistry::startup_call(std::string_view what, std::function<void()> call) {
  Entry none;
  std::string error;
  const auto shared = std::make_shared<std::function<void()>>(std::move(call));
  if (!timed_call(
          none, what, settings_.start_timeout, [shared](Entry&) { (*shared)(); }, error)) {
    fail_late(none, PluginError::start_late, what, settings_.start_timeout);
    return false;
  }
  if (error.empty()) return true;
  failures_.push_back({PluginError::start_failed, "", std::string(what) + ": " + error});
  return false;
}

bool PluginRegistry::start() {
  for (const auto& entry : entries_) {
    if (entry->state == State::created && !start_one(*entry) && (entry->required || is_stuck())) return false;
  }
  return true;
}

bool PluginRegistry::start_one(Entry& entry) {
  const auto problems = std::make_shared<JoinedProblems>();
  const auto call = [problems](Entry& target) { target.plugin->start(target.config->table(), *problems); };
  std::string error;
  const auto before = Steady::now();
  if (!timed_call(entry, "start", settings_.start_timeout, call, error)) {
    fail_late(entry, PluginError::start_late, "start", settings_.start_timeout);
    return false;
  }
  if (error.empty() && problems->has_any()) error = problems->text();
  if (!error.empty()) {
    // The core is attached to its adapter already, and would go on with one that does not work.
    if (entry.kind == "adapter") entry.required = true;
    fail(entry, PluginError::start_failed, entry.message("did not start: " + error));
    return false;
  }
  const std::lock_guard lock(health_mutex_);
  entry.state = State::started;
  const std::chrono::duration<double, std::milli> time = Steady::now() - before;
  log_->info("{} started in {:.1f} ms", entry.library.name, time.count());
  return true;
}

std::vector<ConfigChange> PluginRegistry::stage(const ConfigDocument& document, const Environment& environment,
                                                std::vector<std::string>& problems) {
  std::vector<ConfigChange> changes;
  for (const auto& entry : entries_) {
    if (entry->state != State::started || is_stuck()) continue;
    const plugin_api::Manifest& manifest = *entry->library.manifest;
    ConfigProblems found;
    entry->staged = std::make_unique<PluginConfig>(
        entry->library.name, std::span<const plugin_api::ConfigKey>(manifest.schema, manifest.schema_size), document,
        environment, found);
    for (std::string& line : found.lines()) problems.push_back(std::move(line));
    if (!found.empty() || !validate_staged(*entry, problems)) continue;
    const std::vector<ConfigChange> own = entry->config->table().changes_to(entry->staged->table());
    changes.insert(changes.end(), own.begin(), own.end());
    entry->staged->keep_fixed_keys_of(*entry->config);
    // What comes into force may fit together less well than what was written.
    if (std::any_of(own.begin(), own.end(), [](const ConfigChange& change) { return change.needs_restart; }))
      validate_staged(*entry, problems);
  }
  return changes;
}

bool PluginRegistry::validate_staged(Entry& entry, std::vector<std::string>& problems) {
  std::vector<std::string> lines;
  if (!ask_to_validate(entry, entry.staged->table(), lines)) lines.push_back(failures_.back().message);
  problems.insert(problems.end(), lines.begin(), lines.end());
  return lines.empty();
}

bool PluginRegistry::reload(std::vector<std::string>& problems) {
  std::vector<Entry*> done;
  for (const auto& entry : entries_) {
    if (!entry->staged) continue;
    if (reload_one(*entry, problems)) {
      done.push_back(entry.get());
      continue;
    }
    // `staged` holds their old values now.
    for (auto before = done.rbegin(); before != done.rend() && !is_stuck(); ++before) {
      if (!reload_one(**before, problems))
        problems.push_back((*before)->message("did not take its old values back: it may run with new ones"));
    }
    return false;
  }
  return true;
}

// Afterwards `config` is what the plugin has, `staged` the other one; that is kept, since a plugin may look at it until the
// next reload.
bool PluginRegistry::reload_one(Entry& entry, std::vector<std::string>& problems) {
  const auto found = std::make_shared<JoinedProblems>();
  const auto call = [found](Entry& target) { target.plugin->reload(target.staged->table(), *found); };
  std::string error;
  if (!timed_call(entry, "reload", settings_.start_timeout, call, error)) {
    fail_late(entry, PluginError::start_late, "reload", settings_.start_timeout);
    problems.push_back(failures_.back().message);
    return false;
  }
  if (error.empty() && found->has_any()) error = found->text();
  if (!error.empty()) {
    problems.push_back(entry.message("did not reload: " + error));
    return false;
  }
  std::swap(entry.config, entry.staged);
  return true;
}

bool PluginRegistry::drain(std::chrono::milliseconds deadline) {
  const auto end = Steady::now() + deadline;
  bool is_well = true;
  for (const auto& entry : entries_) {
    if (entry->state != State::started || is_stuck()) continue;
    const auto left =
        std::max(std::chrono::duration_cast<std::chrono::milliseconds>(end - Steady::now()), std::chrono::milliseconds(0));
    const auto left_ms = static_cast<unsigned>(left.count());
    std::string error;
    const auto call = [left_ms](Entry& target) { target.plugin->drain(left_ms); };
    if (!timed_call(*entry, "drain", left + settings_.stop_timeout, call, error)) {
      fail_late(*entry, PluginError::stop_late, "drain", left + settings_.stop_timeout);
      return false;
    }
    if (error.empty()) continue;
    failures_.push_back({PluginError::stop_failed, entry->library.name, entry->message("drain failed: " + error)});
    log_->error("{}", failures_.back().message);
    is_well = false;
  }
  return is_well;
}

bool PluginRegistry::stop() {
  bool is_well = true;
  for (auto it = entries_.rbegin(); it != entries_.rend(); ++it) {
    Entry& entry = **it;
    if (entry.state != State::started || thread_.is_stuck()) continue;
    {
      const std::lock_guard lock(health_mutex_);
      entry.state = State::stopped;
    }
    std::string error;
    const auto before = Steady::now();
    if (!timed_call(
            entry, "stop", settings_.stop_timeout, [](Entry& target) { target.plugin->stop(); }, error)) {
      fail_late(entry, PluginError::stop_late, "stop", settings_.stop_timeout);
      return false;
    }
    entry.host->close();
    // Verdicts and answers that wait in a timer are ended by its release, which needs what they are for: later that is gone.
    entry.host->discard_timers();
    if (!error.empty()) {
      failures_.push_back({PluginError::stop_failed, entry.library.name, entry.message("did not stop cleanly: " + error)});
      log_->error("{}", failures_.back().message);
      is_well = false;
      continue;
    }
    const std::chrono::duration<double, std::milli> time = Steady::now() - before;
    log_->info("{} stopped in {:.1f} ms", entry.library.name, time.count());
  }
  return is_well && !thread_.is_stuck();
}

bool PluginRegistry::destroy(Entry& entry) {
  if (entry.plugin == nullptr || is_stuck()) return false;
  entry.host->discard_timers();
  std::string error;
  const auto call = [](Entry& target) { target.library.manifest->destroy(std::exchange(target.plugin, nullptr)); };
  if (!timed_call(entry, "destroy", settings_.stop_timeout, call, error)) {
    fail_late(entry, PluginError::stop_late, "destroy", settings_.stop_timeout);
    return false;
  }
  if (!error.empty()) log_->error("{}", entry.message("was not destroyed cleanly: " + error));
  // Now at the latest: a library's own thread may end with the object that it belongs to (Asio's, which looks names up).
  if (const std::size_t left = threads_left(entry.threads); left != 0) {
    const std::string text =
        std::to_string(left) + (left == 1 ? " thread runs" : " threads run") + " on after stop and destroy";
    services_.hooks->on_fault(entry.number, socketio::Fault::left_threads, text);
    log_->error("{}", entry.message(text));
  }
  return error.empty();
}

bool PluginRegistry::timed_call(Entry& entry, std::string_view what, std::chrono::milliseconds deadline, const Call& call,
                                std::string& error) {
  const auto before = Steady::now();
  auto escaped = std::make_shared<std::string>();
  const std::vector<int> threads_before = process_threads();
  const bool is_done = thread_.run(
      [&entry, call, escaped] {
        try {
          call(entry);
        } catch (const std::exception& exception) {
          *escaped = exception.what();
          if (escaped->empty()) *escaped = "an exception without text";
        } catch (...) {
          *escaped = "something that is no std::exception was thrown";
        }
      },
      deadline);
  if (!is_done) return false;
  const std::vector<int> threads_now = process_threads();
  std::set_difference(threads_now.begin(), threads_now.end(), threads_before.begin(), threads_before.end(),
                      std::back_inserter(entry.threads));
  error = *escaped;
  const std::chrono::duration<double, std::milli> time = Steady::now() - before;
  log_->debug("{}: {} took {:.1f} ms", entry.library.name, what, time.count());
  return true;
}

void PluginRegistry::fail(Entry& entry, PluginError error, std::string message) {
  const std::lock_guard lock(health_mutex_);
  entry.state = State::failed;
  if (entry.required) {
    failures_.push_back({error, entry.library.name, std::move(message)});
  } else {
    log_->warn("{}. It has \"required = false\": going on without it", message);
  }
}

void PluginRegistry::fail_late(Entry& entry, PluginError error, std::string_view what, std::chrono::milliseconds deadline) {
  // Even a plugin that is not required: its thread cannot be ended, and nothing can be asked of the other plugins any more.
  std::string text = std::string(what) + " was not done within " + format_duration(deadline.count()) +
                     "; what hangs cannot be ended, so the server ends";
  failures_.push_back({error, entry.library.name, entry.library.name.empty() ? std::move(text) : entry.message(text)});
}

void PluginRegistry::warn_about_unused_tables(const ConfigDocument& document) {
  std::vector<std::string_view> names;
  for (const auto& entry : entries_) names.push_back(entry->library.name);
  for (const auto& [name, table] : document.plugins) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    const std::string_view nearest = nearest_word(name, names);
    const ConfigPlace place = table.source().path ? place_of(table.source()) : document.place();
    const std::string hint =
        nearest.empty() ? "no plugin of that name is in use" : "did you mean plugins." + std::string(nearest) + "?";
    log_->log(nearest.empty() ? spdlog::level::info : spdlog::level::warn, "{}",
              to_text(place, "plugins." + name, "the table is not used: " + hint));
  }
}

template <class Interface>
std::vector<PluginRegistry::Loaded<Interface>> PluginRegistry::loaded(std::string_view kind) const {
  std::vector<Loaded<Interface>> plugins;
  for (const auto& entry : entries_) {
    if (entry->kind != kind || (entry->state != State::created && entry->state != State::started)) continue;
    plugins.push_back({static_cast<Interface*>(entry->plugin), entry->number, entry->library.name,
                       manifest_text(entry->library.manifest->capabilities)});
  }
  return plugins;
}

std::optional<PluginRegistry::Loaded<plugin_api::Adapter>> PluginRegistry::adapter() const {
  const auto adapters = loaded<plugin_api::Adapter>("adapter");
  if (adapters.empty()) return std::nullopt;
  return adapters.front();
}

std::vector<PluginRegistry::Loaded<plugin_api::Middleware>> PluginRegistry::middleware() const {
  return loaded<plugin_api::Middleware>("middleware");
}

std::vector<PluginRegistry::Loaded<plugin_api::Application>> PluginRegistry::applications() const {
  return loaded<plugin_api::Application>("application");
}

std::vector<const ConfigTable*> PluginRegistry::tables() const {
  std::vector<const ConfigTable*> tables;
  for (const auto& entry : entries_) {
    if (entry->config) tables.push_back(&entry->config->table());
  }
  return tables;
}

int PluginRegistry::exit_code() const noexcept { return failures_.empty() ? 0 : server::exit_code(failures_.front().error); }

std::vector<PluginRegistry::Health> PluginRegistry::health() const {
  std::vector<Health> healths;
  const std::lock_guard lock(health_mutex_);
  for (const auto& entry : entries_) {
    if (entry->state != State::started) continue;
    Health& health = healths.emplace_back(Health{entry->library.name, {}});
    try {
      health.problem = entry->plugin->health();
    } catch (const std::exception& error) {
      health.problem = std::string("health check failed: ") + error.what();
    } catch (...) {
      health.problem = "health check failed";
    }
  }
  return healths;
}

}  // namespace signaling::server
