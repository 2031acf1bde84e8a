// signaling-server: command line, signals, exit code.

#include <csignal>
#include <cstdlib>
#include <iostream>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <signaling/server/command_line.hpp>
#include <signaling/server/install_layout.hpp>
#include <signaling/server/plugin_list.hpp>
#include <signaling/server/plugin_project.hpp>
#include <signaling/server/runtime.hpp>
#include <signaling/server/version.hpp>

namespace {

using namespace signaling;
using namespace signaling::server;

/// A log that nobody reads any more (a stopped terminal, a full pipe) must not keep the process from ending.
constexpr base::Milliseconds log_drain_timeout{2'000};

/// SIGTERM and SIGINT stop, SIGHUP reloads.
sigset_t command_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  return set;
}

Command wait_for_command(base::Milliseconds longest) {
  const sigset_t set = command_signals();
  const timespec wait{longest.count() / 1000, longest.count() % 1000 * 1'000'000};
  switch (::sigtimedwait(&set, nullptr, &wait)) {
    case SIGTERM:
    case SIGINT: return Command::stop;
    case SIGHUP: return Command::reload;
    default: return Command::none;
  }
}

/// The C library keeps small blocks that are freed aside and puts them together with their neighbours all at once, with the
/// next large one that is freed: after a crowd has left that holds an event loop for many milliseconds. This way each is put
/// together when it is freed; the blocks that each thread keeps for itself serve what comes and goes as before.
void merge_each_freed_block() {
#ifdef M_MXFAST
  ::mallopt(M_MXFAST, 0);
#endif
}

void print_errors(const std::vector<std::string>& lines) {
  for (const std::string& line : lines) std::cerr << line << '\n';
}

int check(const CommandLine& line, Configuration& configuration, const Environment& environment, ConfigProblems& problems) {
  // What the loader tells while it works is of no interest here.
  configuration.server.log.level = "error";
  configuration.server.log.components.clear();
  configuration.server.log.file.clear();
  Logging logging(configuration.server.log);
  Runtime runtime(configuration, environment, logging);
  std::vector<std::string> lines = problems.lines();
  for (std::string& more : runtime.check()) lines.push_back(std::move(more));
  print_errors(lines);
  if (lines.empty() && line.action == CommandLine::Action::print_config) runtime.print_config(std::cout);
  if (lines.empty() && line.action == CommandLine::Action::check) std::cout << line.config << ": well\n";
  std::cout.flush();
  if (runtime.is_stuck()) std::_Exit(exit_configuration);
  return lines.empty() ? exit_well : exit_configuration;
}

int list_plugins(const CommandLine& line, const Environment& environment) {
  ConfigProblems problems;
  const ConfigDocument document = line.config.empty() ? parse_document("", "default", line.settings, problems)
                                                      : load_document(line.config, line.settings, problems);
  const ConfigTable table(server_schema(), {&document.root, "", document.place()}, environment, problems);
  if (!problems.empty()) {
    print_errors(problems.lines());
    return exit_configuration;
  }
  std::vector<std::filesystem::path> directories;
  for (const std::string& directory : table.strings("plugins.directories")) directories.push_back(find_directory(directory));
  const std::vector<ListedPlugin> plugins = signaling::server::list_plugins(directories);
  if (line.json)
    print_plugin_json(std::cout, plugins);
  else
    print_plugin_table(std::cout, plugins, directories);
  return exit_well;
}

int new_plugin(const CommandLine& line) {
  const std::vector<std::filesystem::path> files =
      lay_down_plugin(line.plugin_name, line.plugin_kind, line.directory, find_data_directory("plugin-templates"));
  for (const std::filesystem::path& file : files) std::cout << (std::filesystem::path(line.directory) / file).string() << '\n';
  return exit_well;
}

/// Writes what is logged, then ends the process without destructors: something hangs in one.
[[noreturn]] void end_at_once(Logging& logging, int code) {
  logging.drain(log_drain_timeout);
  std::_Exit(code);
}

int run(const CommandLine& line, const Environment& environment) {
  ConfigProblems problems;
  Configuration configuration = load_configuration(line.config, line.settings, environment, problems);
  if (line.action != CommandLine::Action::run || !problems.empty()) return check(line, configuration, environment, problems);

  merge_each_freed_block();
  // Before any thread is made, so that all of them inherit it: the main thread alone takes signals.
  const sigset_t set = command_signals();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  Logging logging(configuration.server.log);
  int code = exit_well;
  {
    Runtime runtime(configuration, environment, logging);
    try {
      runtime.start();
      const auto load = [&](ConfigProblems& found) {
        return load_configuration(line.config, line.settings, environment, found);
      };
      for (Command command = Command::none; command != Command::stop; command = wait_for_command(base::Milliseconds(1'000))) {
        if (command == Command::reload) runtime.reload(load);
        runtime.tick(base::Clock::now());
      }
      code = runtime.stop(wait_for_command);
    } catch (const StartFailure& failure) {
      for (const std::string& text : failure.lines) logging.component("server")->error("{}", text);
      // Whoever started it by hand looks at the terminal, not into the file.
      if (!configuration.server.log.file.empty()) print_errors(failure.lines);
      code = failure.exit_code;
    }
    if (runtime.is_stuck()) end_at_once(logging, code);
  }
  if (!logging.drain(log_drain_timeout)) std::_Exit(code);
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  ::signal(SIGPIPE, SIG_IGN);  // a peer that is gone is an error of that write alone
  try {
    const CommandLine line = parse_command_line({argv + 1, argv + argc});
    const Environment environment = process_environment();
    switch (line.action) {
      case CommandLine::Action::help: std::cout << help_text(); return exit_well;
      case CommandLine::Action::version: std::cout << version_line() << '\n'; return exit_well;
      case CommandLine::Action::list_plugins: return list_plugins(line, environment);
      case CommandLine::Action::new_plugin: return new_plugin(line);
      default: return run(line, environment);
    }
  } catch (const UsageError& error) {
    std::cerr << "signaling-server: " << error.what() << " (--help tells more)\n";
    return exit_usage;
  } catch (const std::exception& error) {
    std::cerr << "signaling-server: " << error.what() << '\n';
    return exit_cannot_start;
  }
}
