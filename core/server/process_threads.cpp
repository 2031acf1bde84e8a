#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <thread>
#include <unistd.h>

#include <signaling/server/process_threads.hpp>

namespace signaling::server {

namespace {

/// First line of a file that the kernel has for each thread.
std::string read_line(int thread, std::string_view file) {
  std::ifstream stream("/proc/self/task/" + std::to_string(thread) + "/" + std::string(file));
  std::string line;
  std::getline(stream, line);
  return line;
}

/// 0 where it is not known. The line has number and arguments of the system call, stack pointer and program counter; for a
/// thread that runs it is one word.
std::uintptr_t stack_pointer(int thread) {
  const std::string line = read_line(thread, "syscall");
  const std::size_t end = line.rfind(' ');
  if (end == std::string::npos || end == 0) return 0;
  const std::size_t begin = line.rfind("0x", end - 1);
  if (begin == std::string::npos) return 0;
  std::uintptr_t pointer = 0;
  std::from_chars(line.data() + begin + 2, line.data() + end, pointer, 16);
  return pointer;
}

}  // namespace

std::vector<int> process_threads() {
  std::vector<int> threads;
  std::error_code error;
  for (std::filesystem::directory_iterator each("/proc/self/task", error), end; !error && each != end; each.increment(error)) {
    const std::string name = each->path().filename().string();
    int id = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), id).ec == std::errc()) threads.push_back(id);
  }
  std::sort(threads.begin(), threads.end());
  return threads;
}

std::vector<int> threads_left(std::vector<int> threads) {
  if (threads.empty()) return threads;
  std::sort(threads.begin(), threads.end());
  constexpr std::chrono::milliseconds grace{200};
  constexpr std::chrono::milliseconds step{5};
  for (std::chrono::milliseconds waited{0};; waited += step) {
    const std::vector<int> now = process_threads();
    std::vector<int> left;
    std::set_intersection(threads.begin(), threads.end(), now.begin(), now.end(), std::back_inserter(left));
    if (left.empty() || waited >= grace) return left;
    std::this_thread::sleep_for(step);
  }
}

std::string thread_name(int thread) { return read_line(thread, "comm"); }

std::vector<std::uintptr_t> stack_words(int thread) {
  constexpr std::size_t page_bytes = 4'096;
  constexpr std::size_t most_bytes = 64 * 1'024;
  std::uintptr_t address = stack_pointer(thread);
  if (address == 0 || address % sizeof(std::uintptr_t) != 0) return {};
  std::vector<std::uintptr_t> words(most_bytes / sizeof(std::uintptr_t));
  std::size_t bytes = 0;
  // By way of the kernel: the thread may end, and its stack go, at any moment.
  const int memory = ::open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
  if (memory < 0) return {};
  while (bytes < most_bytes) {
    const std::size_t wanted = std::min(page_bytes - address % page_bytes, most_bytes - bytes);
    const ssize_t got = ::pread(memory, reinterpret_cast<char*>(words.data()) + bytes, wanted, static_cast<off_t>(address));
    if (got <= 0) break;
    bytes += static_cast<std::size_t>(got);
    address += static_cast<std::uintptr_t>(got);
  }
  ::close(memory);
  words.resize(bytes / sizeof(std::uintptr_t));
  return words;
}

}  // namespace signaling::server
