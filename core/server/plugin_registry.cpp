#include <algorithm>
#include <exception>
#include <utility>

#include <signaling/server/left_threads.hpp>
#include <signaling/server/plugin_file.hpp>
#include <signaling/server/plugin_registry.hpp>
#include <signaling/server/process_threads.hpp>

namespace signaling::server {

using State = PluginLife::State;

PluginRegistry::PluginRegistry(PluginSettings settings, PluginServices services)
    : settings_(std::move(settings)),
      services_(std::move(services)),
      log_(services_.logger("plugins")),
      calls_(log_),
      threads_before_(process_threads()),
      context_{settings_, services_, log_, calls_, failures_, health_mutex_} {}

PluginRegistry::~PluginRegistry() {
  stop();
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) (*entry)->destroy();
  tell_left_threads();
  // A call that is late may still look at its plugin's life and host.
  if (is_stuck()) {
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
  const std::string name = plugin_name(name_or_path);
  const auto table = document.plugins.find(name);
  const bool required = is_required(table == document.plugins.end() ? nullptr : &table->second, environment);
  auto entry = std::make_unique<PluginLife>(context_, name, kind, required);
  if (std::any_of(entries_.begin(), entries_.end(), [&](const auto& other) { return other->name() == name; })) {
    entry->fail(PluginError::configuration, entry->message("is named twice in [plugins] of " + document.file));
    return;
  }
  entries_.push_back(std::move(entry));
  entries_.back()->prepare(name_or_path, document, environment);
}

void PluginRegistry::set_sockets(plugin_api::Namespaces& namespaces,
                                 const std::function<plugin_api::Presence&(std::string_view)>& presence,
                                 const std::function<plugin_api::Peers*(std::string_view, std::uint32_t)>& peers) {
  for (const auto& entry : entries_) {
    if (entry->host() == nullptr) continue;
    entry->host()->set_sockets(namespaces, presence(entry->name()), peers ? peers(entry->name(), entry->number()) : nullptr);
  }
}

void PluginRegistry::offer(std::string_view interface_name, const std::function<void*(const Identity&)>& interface_of) {
  for (const auto& entry : entries_) {
    if (entry->host() == nullptr) continue;
    entry->host()->offer(interface_name, interface_of({entry->name(), entry->kind(), entry->number()}));
  }
}

const PluginLife* PluginRegistry::find(std::uint32_t number) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(), [number](const auto& entry) {
    return entry->host() != nullptr && entry->number() == number;
  });
  return found == entries_.end() ? nullptr : found->get();
}

bool PluginRegistry::is_started(std::uint32_t number) const {
  const PluginLife* const entry = find(number);
  return entry != nullptr && entry->state() == State::started;
}

bool PluginRegistry::startup_call(std::string_view what, std::function<void()> call) {
  const LifeCalls::Outcome outcome = calls_.make({}, what, settings_.start_timeout, std::move(call));
  if (outcome.is_late) {
    failures_.push_back({PluginError::start_late, "", LifeCalls::late_text(what, settings_.start_timeout)});
    return false;
  }
  if (outcome.error.empty()) return true;
  failures_.push_back({PluginError::start_failed, "", std::string(what) + ": " + outcome.error});
  return false;
}

bool PluginRegistry::start() {
  for (const auto& entry : entries_) {
    if (entry->state() == State::created && !entry->start() && (entry->is_required() || is_stuck())) return false;
  }
  return true;
}

std::vector<ConfigChange> PluginRegistry::stage(const ConfigDocument& document, const Environment& environment,
                                                std::vector<std::string>& problems) {
  std::vector<ConfigChange> changes;
  for (const auto& entry : entries_) {
    if (entry->state() != State::started || is_stuck()) continue;
    const std::vector<ConfigChange> own = entry->stage(document, environment, problems);
    changes.insert(changes.end(), own.begin(), own.end());
  }
  return changes;
}

bool PluginRegistry::reload(std::vector<std::string>& problems) {
  std::vector<PluginLife*> done;
  for (const auto& entry : entries_) {
    if (!entry->is_staged()) continue;
    if (entry->reload(problems)) {
      done.push_back(entry.get());
      continue;
    }
    // Their old values are what is staged now.
    for (auto before = done.rbegin(); before != done.rend() && !is_stuck(); ++before) {
      if (!(*before)->reload(problems))
        problems.push_back((*before)->message("did not take its old values back: it may run with new ones"));
    }
    return false;
  }
  return true;
}

bool PluginRegistry::drain(std::chrono::milliseconds deadline) {
  using Steady = std::chrono::steady_clock;
  const auto end = Steady::now() + deadline;
  bool is_well = true;
  for (const auto& entry : entries_) {
    if (entry->state() != State::started || is_stuck()) continue;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Steady::now());
    if (!entry->drain(std::max(left, std::chrono::milliseconds(0)))) is_well = false;
  }
  return is_well;
}

bool PluginRegistry::stop() {
  bool is_well = true;
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
    if ((*entry)->state() != State::started || is_stuck()) continue;
    if (!(*entry)->stop()) is_well = false;
  }
  return is_well && !is_stuck();
}

// `destroy` has told of those that life-cycle calls began.
void PluginRegistry::tell_left_threads() {
  if (is_stuck()) return;
  std::vector<int> known = threads_before_;
  for (const auto& entry : entries_) known.insert(known.end(), entry->threads().begin(), entry->threads().end());
  for (const auto& [number, threads] : left_threads(std::move(known), *services_.hooks)) {
    const std::string text = to_text(threads);
    services_.hooks->on_fault(number, socketio::Fault::left_threads, text);
    const PluginLife* const entry = find(number);
    log_->error("{}", entry == nullptr ? text : entry->message(text));
  }
}

void PluginRegistry::warn_about_unused_tables(const ConfigDocument& document) {
  std::vector<std::string_view> names;
  for (const auto& entry : entries_) names.push_back(entry->name());
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
    if (entry->kind() != kind || (entry->state() != State::created && entry->state() != State::started)) continue;
    plugins.push_back({static_cast<Interface*>(entry->plugin()), entry->number(), entry->name(), entry->capabilities()});
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
    if (entry->table() != nullptr) tables.push_back(entry->table());
  }
  return tables;
}

int PluginRegistry::exit_code() const noexcept { return failures_.empty() ? 0 : server::exit_code(failures_.front().error); }

std::vector<PluginRegistry::Health> PluginRegistry::health() const {
  std::vector<Health> healths;
  const std::lock_guard lock(health_mutex_);
  for (const auto& entry : entries_) {
    if (entry->state() != State::started) continue;
    Health& health = healths.emplace_back(Health{entry->name(), {}});
    try {
      health.problem = entry->plugin()->health();
    } catch (const std::exception& error) {
      health.problem = std::string("health check failed: ") + error.what();
    } catch (...) {
      health.problem = "health check failed";
    }
  }
  return healths;
}

}  // namespace signaling::server
