#include "reader.hpp"

#include <cerrno>
#include <exception>
#include <fstream>
#include <iterator>
#include <sys/stat.h>
#include <system_error>
#include <tuple>
#include <utility>

namespace {

/// Differs where the file was written to or replaced.
auto stamp(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) status = {};
  return std::tuple(status.st_ino, status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}

}  // namespace

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) throw std::system_error(errno, std::generic_category(), path);
  return text;
}

void Reader::watch(std::string path, std::chrono::milliseconds interval) {
  {
    const std::lock_guard lock(mutex_);
    path_ = std::move(path);
    interval_ = interval;
    is_asked_ = true;
  }
  wake_.notify_one();
  if (!thread_.joinable()) thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Reader::run(const std::stop_token& stop) {
  decltype(stamp({})) seen{};
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    const bool is_asked = std::exchange(is_asked_, false);
    const std::string path = path_;
    lock.unlock();
    // Before the file is read: what is written meanwhile has another stamp, and is read the next time.
    if (const auto now = stamp(path); is_asked || now != seen) {
      seen = now;
      try {
        on_text_(read_file(path));
      } catch (const std::exception& error) {
        on_failure_(error.what());
      }
    }
    lock.lock();
    wake_.wait_for(lock, stop, interval_, [this] { return is_asked_; });
  }
}
