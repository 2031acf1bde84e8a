#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <string>
#include <thread>

#include <signaling/server/process_threads.hpp>

namespace signaling::server {

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

std::size_t threads_left(const std::vector<int>& threads) {
  if (threads.empty()) return 0;
  std::vector<int> own = threads;
  std::sort(own.begin(), own.end());
  constexpr std::chrono::milliseconds grace{200};
  constexpr std::chrono::milliseconds step{5};
  for (std::chrono::milliseconds waited{0};; waited += step) {
    const std::vector<int> now = process_threads();
    std::vector<int> left;
    std::set_intersection(own.begin(), own.end(), now.begin(), now.end(), std::back_inserter(left));
    if (left.empty() || waited >= grace) return left.size();
    std::this_thread::sleep_for(step);
  }
}

}  // namespace signaling::server
