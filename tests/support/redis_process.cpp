// One server: its process, its folder, its control connection.

#include <arpa/inet.h>
#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <netinet/in.h>
#include <signal.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include <hiredis/hiredis.h>

#include "support/redis_servers.hpp"

namespace signaling::test {
namespace {

void render(const redisReply& reply, std::string& text) {
  switch (reply.type) {
    case REDIS_REPLY_ERROR: text += '-'; [[fallthrough]];
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS: text.append(reply.str, reply.len); break;
    case REDIS_REPLY_INTEGER: text += std::to_string(reply.integer); break;
    case REDIS_REPLY_ARRAY:
      for (std::size_t i = 0; i < reply.elements; ++i) {
        if (i > 0) text += '\n';
        render(*reply.element[i], text);
      }
      break;
    default: break;
  }
}

}  // namespace

void wait_until(std::string_view what, const std::function<bool()>& condition, std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) throw std::runtime_error("waited in vain until " + std::string(what));
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

std::uint16_t free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (fd < 0 || ::bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::runtime_error("no free port");
  ::close(fd);
  return ntohs(address.sin_port);
}

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "redis-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

RedisServer::RedisServer(std::vector<std::string> settings, Kind kind)
    : settings_(std::move(settings)), kind_(kind), port_(free_port()), bus_port_(free_port()) {
  for (const auto& line : settings_)
    if (line.starts_with("requirepass ")) password = line.substr(12);
}

/// Once: sentinels and cluster nodes keep what they learn in their files, over a new start too.
void RedisServer::write_config() {
  std::ofstream file(folder_.path() / "redis.conf");
  file << "bind 127.0.0.1\nport " << port_ << "\nunixsocket " << socket_path().string() << "\ndir " << folder_.path().string()
       << "\nlogfile " << (folder_.path() / "log").string() << "\ndaemonize no\n";
  if (kind_ == Kind::plain) file << "save \"\"\nappendonly no\ncluster-port " << bus_port_ << "\nrepl-diskless-sync-delay 0\n";
  for (const auto& line : settings_) file << line << '\n';
}

RedisServer::~RedisServer() { kill(); }

void RedisServer::start() {
  if (pid_ > 0) return;
  std::string problem;
  for (int attempt = 0; attempt < 5; ++attempt) {
    if (!was_started_) {
      if (attempt > 0) port_ = free_port(), bus_port_ = free_port();
      write_config();
    }
    if (try_start(problem)) {
      was_started_ = true;
      return;
    }
  }
  throw std::runtime_error("redis-server ended: " + problem);
}

bool RedisServer::try_start(std::string& problem) {
  const std::string config = (folder_.path() / "redis.conf").string();
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) throw std::runtime_error("fork failed");
  if (pid == 0) {
    // Nothing but system calls here: other threads of the test may have held locks.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    const int null = ::open("/dev/null", O_RDWR);
    ::dup2(null, 0);
    ::dup2(null, 1);
    ::dup2(null, 2);
    if (kind_ == Kind::sentinel)
      ::execlp("redis-server", "redis-server", config.c_str(), "--sentinel", nullptr);
    else
      ::execlp("redis-server", "redis-server", config.c_str(), nullptr);
    ::_exit(127);
  }
  pid_ = pid;
  wait_until("redis-server answers", [&] {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = 0;
      std::ifstream log(folder_.path() / "log");
      problem.assign(std::istreambuf_iterator<char>(log), {});
      return true;
    }
    const auto answer = command({"PING"});
    return answer == "PONG" || answer.starts_with("-MASTERDOWN");
  });
  return pid_ > 0;
}

void RedisServer::kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

void RedisServer::pause() {
  if (pid_ > 0) ::kill(pid_, SIGSTOP);
}

void RedisServer::resume() {
  if (pid_ > 0) ::kill(pid_, SIGCONT);
}

std::string RedisServer::command(const std::vector<std::string>& args) const {
  const std::unique_ptr<redisContext, void (*)(redisContext*)> context(
      redisConnectUnixWithTimeout(socket_path().c_str(), timeval{5, 0}), redisFree);
  if (!context || context->err != 0) return "-away";
  redisSetTimeout(context.get(), timeval{10, 0});
  const auto run = [&](const std::vector<std::string>& words) -> std::string {
    std::vector<const char*> pointers;
    std::vector<std::size_t> sizes;
    for (const auto& word : words) {
      pointers.push_back(word.data());
      sizes.push_back(word.size());
    }
    const std::unique_ptr<void, void (*)(void*)> reply(
        redisCommandArgv(context.get(), static_cast<int>(words.size()), pointers.data(), sizes.data()), freeReplyObject);
    std::string text;
    if (!reply) return "-away";
    render(*static_cast<redisReply*>(reply.get()), text);
    return text;
  };
  if (!password.empty()) run({"AUTH", password});
  return run(args);
}

}  // namespace signaling::test
