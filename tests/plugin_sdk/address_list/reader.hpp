#pragma once
// A file that is read whenever it changes, on a thread of its own: nothing that waits for a disk belongs on an event loop.

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

/// The whole file. @throws std::system_error  "PATH: No such file or directory"
std::string read_file(const std::string& path);

class Reader {
 public:
  /// Called on the reader's thread; may throw, which is what the next function gets.
  using OnText = std::function<void(const std::string& text)>;
  using OnFailure = std::function<void(const std::string& what)>;

  Reader(OnText on_text, OnFailure on_failure) : on_text_(std::move(on_text)), on_failure_(std::move(on_failure)) {}

  /// Starts the thread, or has it look at another path or at the same one at once. Looks again every `interval` and reads where
  /// time, size or place of the file have changed since. Any thread.
  void watch(std::string path, std::chrono::milliseconds interval);
  /// Returns when the thread has ended.
  void stop() { thread_ = {}; }

 private:
  void run(const std::stop_token& stop);

  OnText on_text_;
  OnFailure on_failure_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::string path_;  // of these three: mutex_
  std::chrono::milliseconds interval_{};
  bool is_asked_ = false;
  std::jthread thread_;  // last: it ends before the rest
};
