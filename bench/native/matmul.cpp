// Matrix products of a variant, one thread: time, GFLOP/s and share of the fma peak, measured between
// the samples in bursts as long as they are, so that whoever else uses the core takes as much of both:
// the median, and the 90th percentile, which is what the kernel does while nobody does.
//
//   npm run bench:kernels -- [variant [part of a name]]
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "kernels/args.h"
#include "peak.h"

namespace {

using namespace slalom;
using bench::now;
using bench::peak;

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

float* aligned(std::vector<float>& memory, size_t count) {
  memory.assign(count + 1024, 0.5f);
  const auto address = reinterpret_cast<uintptr_t>(memory.data());
  return memory.data() + (4096 - address % 4096) % 4096 / sizeof(float);
}

// One product of a variant, ready to run.
class Product {
 public:
  Product(const KernelTable& table, const Shape& s) {
    args_.m = s.m;
    args_.n = s.n;
    args_.k = s.k;
    args_.aRow = s.transposeA ? 1 : s.k;
    args_.aCol = s.transposeA ? s.m : 1;
    args_.bRow = s.transposeB ? 1 : s.n;
    args_.bCol = s.transposeB ? s.k : 1;
    args_.storage = kStoreF32;
    args_.a = aligned(a_, static_cast<size_t>(s.m * s.k));
    args_.b = aligned(b_, static_cast<size_t>(s.k * s.n));
    args_.c = aligned(c_, static_cast<size_t>(s.m * s.n));
    table.planMatmul(&args_, &plan_);
    args_.workspace = aligned(workspace_, plan_.workspace / sizeof(float));
    size_t scratch = 0;
    for (int i = 0; i < plan_.count; ++i) scratch = std::max(scratch, plan_.calls[i].scratch);
    scratchStart_ = aligned(scratch_, scratch / sizeof(float));
  }

  void run() {
    for (int i = 0; i < plan_.count; ++i)
      plan_.calls[i].run(plan_.calls[i].args, 0, plan_.calls[i].tiles, scratchStart_);
  }

 private:
  MatmulArgs args_{};
  CallPlan plan_{};
  std::vector<float> a_, b_, c_, workspace_, scratch_;
  float* scratchStart_;
};

double quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  return values[static_cast<size_t>(q * static_cast<double>(values.size() - 1))];
}

void measure(const KernelTable& table, const Shape& s) {
  Product product(table, s);
  const double flops = 2.0 * static_cast<double>(s.m * s.n * s.k);
  const int64_t repeats = std::max<int64_t>(1, static_cast<int64_t>(3e7 / flops));
  std::vector<double> seconds, shares;
  const auto sample = [&] {
    const double start = now();
    for (int64_t i = 0; i < repeats; ++i) product.run();
    return (now() - start) / static_cast<double>(repeats);
  };
  sample();
  const double milliseconds = std::max(0.3, 1e3 * sample() * static_cast<double>(repeats));
  double before = peak(milliseconds);
  for (int n = 0; n < 41; ++n) {
    const double took = sample();
    const double after = peak(milliseconds);
    seconds.push_back(took);
    shares.push_back(flops / took / 1e9 / (0.5 * (before + after)));
    before = after;
  }
  const double took = quantile(seconds, 0.5);
  std::printf("%-28s %10.3f us %7.1f GFLOP/s %6.1f %% of peak, undisturbed (p90) %5.1f %%\n", s.name, took * 1e6,
              flops / took / 1e9, 100 * quantile(shares, 0.5), 100 * quantile(shares, 0.9));
}

}  // namespace

int main(int count, char** words) {
  const KernelTable* table = count > 1 ? kernelsNamed(words[1]) : selectedKernels();
  if (!table) {
    std::fprintf(stderr, "usage: bench_matmul [variant that this CPU runs] [part of a name]\n");
    return 1;
  }
  const std::string part = count > 2 ? words[2] : "";
  std::printf("%s kernels, one thread; the peak is %.1f GFLOP/s\n", table->name, peak());
  for (const Shape& shape : kShapes) {
    if (std::string(shape.name).find(part) != std::string::npos) measure(*table, shape);
  }
}
