// What the executor adds to a kernel call, and a run to a program: programs of empty kernels, one tile each.
// Nanoseconds, medians. node scripts/bench-native.mjs executor
#include <algorithm>
#include <cstdio>
#include <vector>

#include "peak.h"
#include "runtime/instance.h"

namespace {

using namespace slalom;

void nothing(const void*, int64_t, int64_t, void*) {}

double secondsOfRun(int steps) {
  auto program = std::make_shared<Program>();
  program->blob.resize(64);
  program->labels.resize(1);
  for (int i = 0; i < steps; ++i) {
    Step step;
    step.call = {nothing, 0, 1, 1, 0};
    program->steps.push_back(step);
  }
  program->commitBegin = program->steps.size();
  Arena arena;
  arena.reserve(*program, 1);
  Instance instance(program, arena);
  instance.link();
  const std::shared_ptr<ThreadPool> pool = ThreadPool::shared();
  const AbortFlag abort{false};
  std::vector<double> seconds;
  for (int round = 0; round < 101; ++round) {
    constexpr int kRuns = 200;
    const double start = bench::now();
    for (int i = 0; i < kRuns; ++i) instance.run(*pool, &abort);
    seconds.push_back((bench::now() - start) / kRuns);
  }
  std::sort(seconds.begin(), seconds.end());
  return seconds[50];
}

}  // namespace

int main() {
  const double empty = secondsOfRun(0), thousand = secondsOfRun(1000);
  std::printf("{\"call\": %.2f, \"run\": %.1f}\n", (thousand - empty) * 1e9 / 1000, empty * 1e9);
}
