// The most GFLOP/s that one core does, a number for each line that comes in: node scripts/bench-native.mjs peak
#include <algorithm>
#include <cstdio>
#include <vector>

#include "peak.h"

int main() {
  while (std::getchar() != EOF) {
    std::vector<double> bursts;
    for (int i = 0; i < 101; ++i) bursts.push_back(slalom::bench::peak());
    std::sort(bursts.begin(), bursts.end());
    std::printf("{\"peak\": %.2f}\n", bursts[50]);
    std::fflush(stdout);
  }
}
