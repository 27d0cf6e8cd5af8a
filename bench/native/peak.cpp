// What one core does at the moment, or several at once. For a line `peak THREADS` the answer is the most GFLOP/s of
// all together, what they did with every interruption counted, and the clock of one; for `read BYTES` the
// seconds that one core takes to read so many, again and again. node scripts/bench-native.mjs peak
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <string_view>
#include <thread>
#include <vector>

#include "peak.h"
#include "reading.h"

namespace {

using slalom::bench::now;

struct Rates {
  double peak = 0;  // median of bursts that are too short to be interrupted often
  double held = 0;  // all bursts in the time that passed
};

Rates sustained() {
  constexpr double kSeconds = 0.03;
  std::vector<double> bursts;
  const double start = now();
  double work = 0;
  while (now() < start + kSeconds) {
    const double begin = now();
    bursts.push_back(slalom::bench::peak());
    work += bursts.back() * (now() - begin);
  }
  const double held = work / (now() - start);
  std::sort(bursts.begin(), bursts.end());
  return {bursts[bursts.size() / 2], held};
}

Rates together(int threads) {
  std::atomic<int> ready{0};
  std::vector<Rates> each(static_cast<size_t>(threads));
  std::vector<std::thread> helpers;
  const auto work = [&](size_t i) {
    ++ready;
    while (ready < threads) std::this_thread::yield();
    each[i] = sustained();
  };
  for (size_t i = 1; i < each.size(); ++i) helpers.emplace_back(work, i);
  work(0);
  for (std::thread& helper : helpers) helper.join();
  Rates sum;
  for (const Rates& one : each) {
    sum.peak += one.peak;
    sum.held += one.held;
  }
  return sum;
}

}  // namespace

int main() {
  char what[8];
  long long number = 0;
  while (std::scanf("%7s %lld", what, &number) == 2 && number > 0) {
    if (std::string_view(what) == "read") {
      std::printf("{\"seconds\": %.9f}\n", slalom::bench::reading(number));
    } else {
      const Rates rates = together(static_cast<int>(number));
      std::printf("{\"peak\": %.2f, \"held\": %.2f, \"ghz\": %.2f}\n", rates.peak, rates.held,
                  slalom::bench::clockOfCore());
    }
    std::fflush(stdout);
  }
}
