// Whether sharing jobs pays at present. On a busy machine a worker may be scheduled away with tiles in
// hand, and the caller waits a whole slice of the scheduler for it. After such a stall jobs run on
// their callers alone for a while; stalls in a row make it longer. Results do not depend on it.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>

namespace slalom {

class Patience {
 public:
  using Clock = std::chrono::steady_clock;

  static int64_t now() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch()).count();
  }

  bool alone(int64_t time) const { return time < resume_.load(std::memory_order_relaxed); }

  // A caller found its own pieces done at `worked` and those of others at `finished`.
  void waited(int64_t began, int64_t worked, int64_t finished, int64_t pieces) {
    const int64_t wait = finished - worked, onePiece = (worked - began) / std::max<int64_t>(pieces, 1);
    if (pieces == 0 || wait < 2 * onePiece + kFair) return;
    const int64_t last = resume_.load(std::memory_order_relaxed), before = pause_.load(std::memory_order_relaxed);
    const bool again = finished - last < 2 * before;
    const int64_t pause = std::min(std::max(again ? 2 * before : 0, 4 * wait), kLongest);
    pause_.store(pause, std::memory_order_relaxed);
    resume_.store(finished + pause, std::memory_order_relaxed);
  }

 private:
  static constexpr int64_t kFair = 100000;        // ns that a worker may take to leave
  static constexpr int64_t kLongest = 100000000;  // ns
  std::atomic<int64_t> resume_{0}, pause_{0};
};

}  // namespace slalom
