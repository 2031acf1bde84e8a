#include <string_view>

#include <boost/program_options.hpp>

#include <signaling/server/command_line.hpp>
#include <signaling/server/install_layout.hpp>

namespace signaling::server {

namespace {

namespace options = boost::program_options;

/// Their descriptions are in `help_text`, laid out by hand.
options::options_description describe() {
  options::options_description description;
  options::options_description_easy_init add = description.add_options();
  add("config", options::value<std::string>());
  add("set", options::value<std::vector<std::string>>()->composing());
  add("list-plugins", options::value<std::string>()->implicit_value("table"));
  for (const char* flag : {"check", "print-config", "version", "help"}) add(flag, "");
  return description;
}

options::variables_map read(const std::vector<std::string>& arguments) {
  namespace style = options::command_line_style;
  options::variables_map values;
  try {
    // No guessing of abbreviated options: a script that uses one breaks with the next release.
    const int plain = (style::unix_style & ~style::allow_guessing & ~style::allow_short) | style::allow_long;
    const options::positional_options_description no_positional;
    options::store(options::command_line_parser(arguments).options(describe()).positional(no_positional).style(plain).run(),
                   values);
  } catch (const options::error& error) {
    throw UsageError(error.what());
  }
  return values;
}

/// `plugin new NAME --kind KIND [DIRECTORY]`
CommandLine parse_plugin_command(const std::vector<std::string>& arguments) {
  CommandLine line;
  line.action = CommandLine::Action::new_plugin;
  std::vector<std::string> words;
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--kind" && i + 1 < arguments.size()) {
      line.plugin_kind = arguments[++i];
    } else if (argument.starts_with("--kind=")) {
      line.plugin_kind = argument.substr(7);
    } else if (argument.starts_with("-")) {
      throw UsageError("unrecognised option '" + argument + "'");
    } else {
      words.push_back(argument);
    }
  }
  if (words.size() < 2 || words.size() > 3 || words[0] != "new")
    throw UsageError("plugin new NAME --kind application|middleware|adapter [DIRECTORY] is what there is");
  if (line.plugin_kind != "application" && line.plugin_kind != "middleware" && line.plugin_kind != "adapter")
    throw UsageError("--kind takes \"application\", \"middleware\" or \"adapter\", not \"" + line.plugin_kind + "\"");
  line.plugin_name = words[1];
  line.directory = words.size() == 3 ? words[2] : words[1];
  return line;
}

}  // namespace

CommandLine parse_command_line(const std::vector<std::string>& arguments) {
  using Action = CommandLine::Action;
  if (!arguments.empty() && arguments.front() == "plugin") return parse_plugin_command(arguments);
  const options::variables_map values = read(arguments);
  CommandLine line;
  std::size_t actions = 0;
  const auto choose = [&](const char* name, Action action) {
    if (values.count(name) == 0) return;
    line.action = action;
    ++actions;
  };
  choose("check", Action::check);
  choose("print-config", Action::print_config);
  choose("list-plugins", Action::list_plugins);
  choose("version", Action::version);
  choose("help", Action::help);
  if (actions > 1) throw UsageError("only one of --check, --print-config, --list-plugins, --version and --help is allowed");
  if (values.count("config") != 0) line.config = values["config"].as<std::string>();
  if (values.count("set") != 0) line.settings = values["set"].as<std::vector<std::string>>();
  if (line.action == Action::list_plugins) {
    const std::string& format = values["list-plugins"].as<std::string>();
    if (format != "table" && format != "json")
      throw UsageError("--list-plugins takes \"table\" or \"json\", not \"" + format + "\"");
    line.json = format == "json";
  }
  const bool needs_config = line.action == Action::run || line.action == Action::check || line.action == Action::print_config;
  if (needs_config && line.config.empty())
    throw UsageError("--config FILE is needed, such as --config " + documented_configuration().string());
  return line;
}

std::string help_text() {
  std::string text = R"(usage: signaling-server --config FILE [--set KEY=VALUE]...
       signaling-server --config FILE [--set KEY=VALUE]... --check | --print-config
       signaling-server [--config FILE] --list-plugins[=table|json]
       signaling-server plugin new NAME --kind application|middleware|adapter [DIRECTORY]
       signaling-server --version | --help

  --config FILE          configuration in TOML, see @configuration@
  --set KEY=VALUE        overrides one key, such as listen.port=3101; may be given again
  --check                checks configuration and plugins, prints everything that is wrong, and ends
  --print-config         prints the configuration in force as TOML, defaults included and secrets masked, and ends
  --list-plugins[=json]  lists the plugins in the plugin directories without running them, and ends
  plugin new             lays down the project of a new plugin in a directory of its own (default: NAME), and ends
  --version              prints the version, and ends
  --help                 prints this, and ends

signals:
  SIGTERM, SIGINT        clean stop: refuses new connections, closes the sessions, stops the plugins;
                         a second one ends the waits

exit codes:
  0      well; also after SIGTERM
  1      the configuration is wrong (--check: or a plugin cannot be used)
  2      the command line is wrong
  3      the server cannot start: port in use, certificate or directory not readable, ...
  10-23  a plugin ends it:
         10 not found          11 no plugin          12 cannot be loaded    13 bad manifest
         14 other plugin API   15 other toolchain    16 other name or kind  17 its configuration is wrong
         18 could not be made  19 did not start      20 started too late    21 its schema is wrong
         22 did not stop well  23 stopped too late
)";
  constexpr std::string_view placeholder = "@configuration@";
  return text.replace(text.find(placeholder), placeholder.size(), documented_configuration().string());
}

}  // namespace signaling::server
