#include <cstring>
#include <filesystem>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include <signaling/server/service_manager.hpp>

namespace signaling::server {
namespace {

/// What systemd does: a datagram socket that hears assignments.
class Manager {
 public:
  explicit Manager(std::string address) : address_(std::move(address)), socket_(::socket(AF_UNIX, SOCK_DGRAM, 0)) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::memcpy(name.sun_path, address_.data(), address_.size());
    if (name.sun_path[0] == '@') name.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
    EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&name), size), 0);
  }
  ~Manager() {
    ::close(socket_);
    if (address_.front() == '/') ::unlink(address_.c_str());
  }
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;

  /// Empty where there is none.
  std::string next() {
    char buffer[512];
    const ssize_t size = ::recv(socket_, buffer, sizeof buffer, MSG_DONTWAIT);
    return size <= 0 ? std::string() : std::string(buffer, static_cast<std::size_t>(size));
  }

 private:
  std::string address_;
  int socket_;
};

std::string path() {
  return (std::filesystem::temp_directory_path() / ("notify-" + std::to_string(::getpid()) + ".socket")).string();
}

TEST(ServiceManager, TellsEachState) {
  Manager manager(path());
  ServiceManager node(path());
  node.ready("serving http://localhost:3000/");
  EXPECT_EQ(manager.next(), "READY=1\nSTATUS=serving http://localhost:3000/");
  node.reloading(base::TimePoint(std::chrono::microseconds(123'456'789)));
  EXPECT_EQ(manager.next(), "RELOADING=1\nMONOTONIC_USEC=123456789");
  node.stopping("draining", base::Milliseconds(21'500));
  EXPECT_EQ(manager.next(), "STOPPING=1\nEXTEND_TIMEOUT_USEC=21500000\nSTATUS=draining");
  node.status("draining: moving, 12 clients");
  EXPECT_EQ(manager.next(), "STATUS=draining: moving, 12 clients");
  EXPECT_EQ(manager.next(), "");
}

TEST(ServiceManager, FindsItInTheAbstractNamespace) {
  const std::string name = "@signaling-test-" + std::to_string(::getpid());
  Manager manager(name);
  ServiceManager(name).status("x");
  EXPECT_EQ(manager.next(), "STATUS=x");
}

TEST(ServiceManager, KeepsAStatusToItsLine) {
  Manager manager(path());
  ServiceManager(path()).status("bad\nREADY=1");
  EXPECT_EQ(manager.next(), "STATUS=bad READY=1");
}

TEST(ServiceManager, IsSilentWithoutOne) {
  for (const std::string& none : {std::string(), std::string("relative"), std::string("/"), std::string("/nobody/listens/here"),
                                  "/" + std::string(200, 'x')}) {
    ServiceManager node(none);
    node.ready("x");
    node.stopping("y", base::Milliseconds(1));
  }
}

}  // namespace
}  // namespace signaling::server
