// A thread that runs tasks in order.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace slalom {

class Engine {
 public:
  Engine();
  ~Engine();  // lets the running task end, drops the others, joins
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  void post(std::function<void()> task);

 private:
  void loop();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> tasks_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace slalom
