// Whether sharing jobs pays at present. On a busy machine a worker may be scheduled away with tiles in
// hand, and the caller waits a whole slice of the scheduler for it. So sharing has to earn what it costs:
// what jobs gain is a credit that stalls are paid from, and when there is none left, jobs run on their
// callers alone for a while; if that happens again at once, for longer. Results do not depend on it.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>

namespace slalom {

// All times in nanoseconds.
class Patience {
 public:
  using Clock = std::chrono::steady_clock;

  static int64_t now() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch()).count();
  }

  bool alone(int64_t time) const { return time < resume_.load(std::memory_order_relaxed); }

  // A job that began at `began`: its caller had done `pieces` of `all` when it found no more at `worked`, and
  // the others were done at `finished`.
  void shared(int64_t began, int64_t worked, int64_t finished, int64_t pieces, int64_t all) {
    const int64_t onePiece = pieces == 0 ? 0 : (worked - began) / pieces;
    const int64_t gain = pieces == 0 ? worked - finished : onePiece * all - (finished - began);
    const int64_t credit = std::min(credit_.load(std::memory_order_relaxed) + gain, kMostCredit);
    if (credit >= 0) {
      credit_.store(credit, std::memory_order_relaxed);
      if (credit == kMostCredit) pause_.store(0, std::memory_order_relaxed);
      return;
    }
    const int64_t pause = std::min(std::max(2 * pause_.load(std::memory_order_relaxed), -4 * credit), kLongest);
    pause_.store(pause, std::memory_order_relaxed);
    credit_.store(0, std::memory_order_relaxed);
    resume_.store(finished + pause, std::memory_order_relaxed);
  }

 private:
  static constexpr int64_t kMostCredit = 4000000;  // about a slice
  static constexpr int64_t kLongest = 100000000;
  std::atomic<int64_t> resume_{0}, pause_{0}, credit_{kMostCredit};
};

}  // namespace slalom
