#include <algorithm>
#include <iterator>
#include <utility>

#include <signaling/server/left_threads.hpp>
#include <signaling/server/process_threads.hpp>

namespace signaling::server {

std::map<std::uint32_t, std::vector<LeftThread>> left_threads(std::vector<int> known, const PluginHooks& hooks) {
  std::sort(known.begin(), known.end());
  const std::vector<int> now = process_threads();
  std::vector<int> others;
  std::set_difference(now.begin(), now.end(), known.begin(), known.end(), std::back_inserter(others));
  std::map<std::uint32_t, std::vector<LeftThread>> left;
  for (const int id : threads_left(std::move(others))) {
    LeftThread thread{id, thread_name(id)};
    if (thread.name.empty() || thread.name.starts_with("iou-")) continue;  // the kernel's own, of io_uring
    left[hooks.plugin_of_stack(stack_words(id))].push_back(std::move(thread));
  }
  return left;
}

std::string to_text(const std::vector<LeftThread>& threads) {
  std::string text = std::to_string(threads.size());
  text += threads.size() == 1 ? " thread that began while the server ran runs" : " threads that began while the server ran run";
  text += " on after all plugins were destroyed:";
  for (const LeftThread& thread : threads) {
    text.append(&thread == &threads.front() ? " " : ", ").append(std::to_string(thread.id));
    text.append(" (").append(thread.name).append(")");
  }
  return text;
}

}  // namespace signaling::server
