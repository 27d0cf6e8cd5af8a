// Matrix products of every variant this CPU runs, one thread: time, GFLOP/s and share of the fma
// peak measured in bursts between the samples. Samples whose neighbouring bursts are slow (the
// machine was busy) do not count. `bench_matmul [variant] [part of a name]`.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "kernels/args.h"

namespace {

using namespace slalom;

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

struct Shape {
  const char* name;
  int64_t m, n, k;
  bool transposeA, transposeB;
};

const Shape kShapes[] = {
    {"W2 16x4 4x16", 16, 16, 4, false, false},
    {"W2 16x16 16x3", 16, 3, 16, false, false},
    {"W2 dW 4x16 16x16", 4, 16, 16, true, false},
    {"W2 dW 16x16 16x3", 16, 3, 16, true, false},
    {"W2 dX 16x3 3x16", 16, 16, 3, false, true},
    {"W2 one row 1x4 4x16", 1, 16, 4, false, false},
    {"32", 32, 32, 32, false, false},
    {"64", 64, 64, 64, false, false},
    {"128", 128, 128, 128, false, false},
    {"256", 256, 256, 256, false, false},
    {"512", 512, 512, 512, false, false},
    {"1024", 1024, 1024, 1024, false, false},
    {"2048", 2048, 2048, 2048, false, false},
    {"W1 128x784 784x512", 128, 512, 784, false, false},
    {"W1 128x512 512x256", 128, 256, 512, false, false},
    {"W1 128x256 256x10", 128, 10, 256, false, false},
    {"W1 dX 128x256 256x512", 128, 512, 256, false, true},
    {"W1 dX 128x512 512x784", 128, 784, 512, false, true},
    {"W1 dX 128x10 10x256", 128, 256, 10, false, true},
    {"W1 dW 784x128 128x512", 784, 512, 128, true, false},
    {"W1 dW 512x128 128x256", 512, 256, 128, true, false},
    {"W1 dW 256x128 128x10", 256, 10, 128, true, false},
    {"W6 256x1024 1024x2048", 256, 2048, 1024, false, false},
    {"W6 dX 256x2048 2048x1024", 256, 1024, 2048, false, true},
    {"W6 dW 2048x256 256x2048", 2048, 2048, 256, true, false},
    {"4096x64 64x64", 4096, 64, 64, false, false},
    {"row 1x784 784x512", 1, 512, 784, false, false},
    {"row 1x784 (512x784)'", 1, 512, 784, false, true},
    {"column 512x784 784x1", 512, 1, 784, false, false},
    {"outer 784x1 1x512", 784, 512, 1, false, false},
    {"4 rows 4x784 784x512", 4, 512, 784, false, false},
    {"long k 27x40000 40000x32", 27, 32, 40000, true, false},
};

// The peak: a product so small that all of it stays in registers and L1, wide enough to hide
// latency. 96 divides by every register tile.
class Peak {
 public:
  explicit Peak(const KernelTable& table) {
    args_ = {};
    args_.m = 48;
    args_.n = 32;
    args_.k = 96;
    args_.aRow = 96;
    args_.aCol = 1;
    args_.bRow = 32;
    args_.bCol = 1;
    args_.storage = kStoreF32;
    args_.a = memory_;
    args_.b = memory_ + 8192;
    args_.c = memory_ + 12288 + 256;
    table.planMatmul(&args_, &plan_);
  }

 private:
  alignas(4096) float memory_[16384] = {};
  MatmulArgs args_;
  CallPlan plan_;
};

}  // namespace
