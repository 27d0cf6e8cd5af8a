// What one core does at the moment, or several at once: for each line that comes in, a number of threads,
// the most GFLOP/s of all together and the clock of one. node scripts/bench-native.mjs peak
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <thread>
#include <vector>

#include "peak.h"

namespace {

using slalom::bench::now;

// Median of the bursts of one thread, in about 30 ms.
double sustained() {
  std::vector<double> bursts;
  for (const double end = now() + 0.03; now() < end;) bursts.push_back(slalom::bench::peak());
  std::sort(bursts.begin(), bursts.end());
  return bursts[bursts.size() / 2];
}

double together(int threads) {
  std::atomic<int> ready{0};
  std::vector<double> each(static_cast<size_t>(threads));
  std::vector<std::thread> helpers;
  const auto work = [&](size_t i) {
    ++ready;
    while (ready < threads) std::this_thread::yield();
    each[i] = sustained();
  };
  for (size_t i = 1; i < each.size(); ++i) helpers.emplace_back(work, i);
  work(0);
  for (std::thread& helper : helpers) helper.join();
  double sum = 0;
  for (const double one : each) sum += one;
  return sum;
}

}  // namespace

int main() {
  int threads = 0;
  while (std::scanf("%d", &threads) == 1 && threads > 0) {
    std::printf("{\"peak\": %.2f, \"ghz\": %.2f}\n", together(threads), slalom::bench::clockOfCore());
    std::fflush(stdout);
  }
}
