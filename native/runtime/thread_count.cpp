#include "thread_count.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>

#include "cpu_quota.h"

namespace slalom {

namespace {
std::atomic<int> wanted{0};  // 0 = the default
}

int defaultThreadCount() {
  if (const char* text = std::getenv("SLALOM_THREADS")) {
    const int count = std::atoi(text);
    if (count > 0) return std::min(count, kMaxThreads);
  }
  return std::min(availableCpus(), kMaxThreads);
}

int threadCount() {
  int count = wanted.load(std::memory_order_relaxed);
  if (count > 0) return count;
  count = defaultThreadCount();
  int unset = 0;
  return wanted.compare_exchange_strong(unset, count) ? count : unset;
}

void setThreadCount(int count) { wanted = std::min(std::max(count, 1), kMaxThreads); }

}  // namespace slalom
