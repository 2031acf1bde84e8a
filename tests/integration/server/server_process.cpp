#include "server_process.hpp"

#include <array>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <spawn.h>
#include <stdexcept>
#include <support/raw_client.hpp>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace signaling::test {

namespace {

std::array<int, 2> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
  return ends;
}

/// Removed at the end of the process.
std::filesystem::path temporary_directory() {
  struct Directory {
    std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("signaling_server_test_" + std::to_string(::getpid()));
    Directory() { std::filesystem::create_directories(path); }
    ~Directory() {
      std::error_code ignored;
      std::filesystem::remove_all(path, ignored);
    }
  };
  static const Directory directory;
  return directory.path;
}

}  // namespace

ServerProcess::ServerProcess(std::vector<std::string> arguments, const Variables& environment) {
  arguments.insert(arguments.begin(), SIGNALING_SERVER_BINARY);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) variables.emplace_back(*variable);
  for (const auto& [name, value] : environment) variables.push_back(name + "=" + value);
  std::vector<char*> envp;
  for (std::string& variable : variables) envp.push_back(variable.data());
  envp.push_back(nullptr);

  const std::array<int, 2> out = make_pipe();
  const std::array<int, 2> err = make_pipe();
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, err[1], STDERR_FILENO);
  const int error = ::posix_spawn(&pid_, SIGNALING_SERVER_BINARY, &actions, nullptr, argv.data(), envp.data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(out[1]);
  ::close(err[1]);
  if (error != 0) throw std::runtime_error(std::string("cannot run ") + SIGNALING_SERVER_BINARY);
  output_reader_ = std::thread([this, fd = out[0]] { read(fd, output_); });
  errors_reader_ = std::thread([this, fd = err[0]] { read(fd, errors_); });
}

ServerProcess::~ServerProcess() {
  if (status_) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  output_reader_.join();
  errors_reader_.join();
}

void ServerProcess::read(int descriptor, std::string& into) {
  std::array<char, 4096> buffer{};
  ssize_t count = 0;
  while ((count = ::read(descriptor, buffer.data(), buffer.size())) > 0) {
    const std::lock_guard lock(mutex_);
    into.append(buffer.data(), static_cast<std::size_t>(count));
  }
  ::close(descriptor);
}

std::optional<int> ServerProcess::wait() {
  if (!status_) {
    int status = 0;
    if (!eventually([&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; }, time_limit)) return std::nullopt;
    status_ = status;
    // What it wrote last may still be in the pipes.
    output_reader_.join();
    errors_reader_.join();
  }
  if (!WIFEXITED(*status_)) return std::nullopt;
  return WEXITSTATUS(*status_);
}

void ServerProcess::signal(int number) const {
  if (!status_) ::kill(pid_, number);
}

std::string ServerProcess::output() const {
  const std::lock_guard lock(mutex_);
  return output_;
}

std::string ServerProcess::errors() const {
  const std::lock_guard lock(mutex_);
  return errors_;
}

bool ServerProcess::wait_for(const std::string& text) const {
  return eventually([&] { return errors().find(text) != std::string::npos; }, time_limit);
}

std::uint16_t ServerProcess::port(const std::string& line) const {
  std::uint16_t number = 0;
  eventually(
      [&] {
        std::string text = errors();
        text.erase(text.rfind('\n') + 1);  // whole lines: a number may still be on its way
        std::size_t at = text.find(line + " http");
        if (at == std::string::npos) return false;
        at = text.find(':', text.find("://", at) + 3) + 1;
        std::from_chars(text.data() + at, text.data() + text.size(), number);
        return true;
      },
      time_limit);
  return number;
}

Outcome run_server(std::vector<std::string> arguments, const ServerProcess::Variables& environment) {
  ServerProcess process(std::move(arguments), environment);
  const std::optional<int> code = process.wait();
  return {code, process.output(), process.errors()};
}

std::string temporary_file(const std::string& name, const std::string& text) {
  const std::filesystem::path path = temporary_directory() / name;
  std::ofstream(path) << text;
  return path;
}

std::string memory_toml() { return SIGNALING_CONFIG_DIRECTORY "/memory.toml"; }

}  // namespace signaling::test
