// Matrix products: squares, the products of W1, W2 and W6, one row or a few, one column or a few, few steps, rows that
// are in each other's way in L1, narrow gradients of weights, long sums.
#include "../rivals/rivals.h"
#include "product.h"
#include "suites.h"

namespace slalom::bench {

namespace {

const Shape kShapes[] = {
    {"matmul W2 16x4 4x16", 16, 16, 4, false, false},
    {"matmul W2 16x16 16x3", 16, 3, 16, false, false},
    {"matmul W2 dW 4x16 16x16", 4, 16, 16, true, false},
    {"matmul W2 dW 16x16 16x3", 16, 3, 16, true, false},
    {"matmul W2 dX 16x3 3x16", 16, 16, 3, false, true},
    {"matmul W2 one row 1x4 4x16", 1, 16, 4, false, false},
    {"matmul 32", 32, 32, 32, false, false},
    {"matmul 64", 64, 64, 64, false, false},
    {"matmul 128", 128, 128, 128, false, false},
    {"matmul 256", 256, 256, 256, false, false},
    {"matmul 512", 512, 512, 512, false, false},
    {"matmul 1024", 1024, 1024, 1024, false, false},
    {"matmul 2048", 2048, 2048, 2048, false, false},
    {"matmul W1 128x784 784x512", 128, 512, 784, false, false},
    {"matmul W1 128x512 512x256", 128, 256, 512, false, false},
    {"matmul W1 128x256 256x10", 128, 10, 256, false, false},
    {"matmul W1 dX 128x256 256x512", 128, 512, 256, false, true},
    {"matmul W1 dX 128x512 512x784", 128, 784, 512, false, true},
    {"matmul W1 dX 128x10 10x256", 128, 256, 10, false, true},
    {"matmul W1 dW 784x128 128x512", 784, 512, 128, true, false},
    {"matmul W1 dW 512x128 128x256", 512, 256, 128, true, false},
    {"matmul W1 dW 256x128 128x10", 256, 10, 128, true, false},
    {"matmul W6 256x1024 1024x2048", 256, 2048, 1024, false, false},
    {"matmul W6 dX 256x2048 2048x1024", 256, 1024, 2048, false, true},
    {"matmul W6 dW 2048x256 256x2048", 2048, 2048, 256, true, false},
    {"matmul 4096x64 64x64", 4096, 64, 64, false, false},
    {"matmul row 1x784 784x512", 1, 512, 784, false, false},
    {"matmul row 1x8192 8192x96", 1, 96, 8192, false, false},
    {"matmul row 1x784 (512x784)'", 1, 512, 784, false, true},
    {"matmul column 512x784 784x1", 512, 1, 784, false, false},
    {"matmul small row 1x64 (64x64)'", 1, 64, 64, false, true},
    {"matmul small column 16x1000 1000x1", 16, 1, 1000, false, false},
    {"matmul small column 128x32 32x1", 128, 1, 32, false, false},
    {"matmul small column dW 256x8 8x1", 256, 1, 8, true, false},
    {"matmul outer 784x1 1x512", 784, 512, 1, false, false},
    {"matmul few steps 784x4 4x512", 784, 512, 4, true, false},
    {"matmul few steps 784x8 8x512", 784, 512, 8, true, false},
    {"matmul few steps 4096x4 4x64", 4096, 64, 4, false, false},
    {"matmul few steps 512x8 8x256", 512, 256, 8, false, false},
    {"matmul few steps 784x2 2x300", 784, 300, 2, true, false},
    {"matmul few steps 784x4 4x300", 784, 300, 4, true, false},
    {"matmul few columns dW 300x2 2x10", 300, 10, 2, true, false},
    {"matmul few columns dW 300x8 8x16", 300, 16, 8, true, false},
    {"matmul few columns dW 1024x8 8x10", 1024, 10, 8, true, false},
    {"matmul few columns 8x784 784x2", 8, 2, 784, false, false},
    {"matmul few columns 32x784 784x10", 32, 10, 784, false, false},
    {"matmul few columns 32x1024 1024x10", 32, 10, 1024, false, false},
    {"matmul conflict 128x1024 1024x64", 128, 64, 1024, false, false},
    {"matmul conflict 256x1024 1024x32", 256, 32, 1024, false, false},
    {"matmul conflict 512x1024 1024x300", 512, 300, 1024, false, false},
    {"matmul ragged 64x512 512x20", 64, 20, 512, false, false},
    {"matmul ragged 128x784 784x100", 128, 100, 784, false, false},
    {"matmul ragged dW 512x64 64x20", 512, 20, 64, true, false},
    {"matmul ragged dX 256x784 (20x784)'", 256, 20, 784, false, true},
    {"matmul some rows 16x256 (512x256)'", 16, 512, 256, false, true},
    {"matmul some rows 32x1000 (512x1000)'", 32, 512, 1000, false, true},
    {"matmul 2 rows 2x512 512x512", 2, 512, 512, false, false},
    {"matmul 2 rows 2x784 784x512", 2, 512, 784, false, false},
    {"matmul 3 rows 3x512 512x512", 3, 512, 512, false, false},
    {"matmul 4 rows 4x1024 1024x64", 4, 64, 1024, false, false},
    {"matmul 5 rows 5x512 512x512", 5, 512, 512, false, false},
    {"matmul 4 rows 4x1024 (1024x1024)'", 4, 1024, 1024, false, true},
    {"matmul 8 rows 8x256 (512x256)'", 8, 512, 256, false, true},
    {"matmul 4 rows 4x784 784x512", 4, 512, 784, false, false},
    {"matmul 8 rows 8x784 784x512", 8, 512, 784, false, false},
    {"matmul 16 rows 16x784 784x512", 16, 512, 784, false, false},
    {"matmul 32 rows 32x784 784x512", 32, 512, 784, false, false},
    {"matmul narrow dW 64x1024 1024x64", 64, 64, 1024, true, false},
    {"matmul narrow dW 784x1024 1024x64", 784, 64, 1024, true, false},
    {"matmul narrow dW 784x1024 1024x10", 784, 10, 1024, true, false},
    {"matmul long k 27x40000 40000x32", 27, 32, 40000, true, false},
    {"matmul long k 128x20000 20000x128", 128, 128, 20000, false, false},
    {"matmul long k 288x12544 12544x64", 288, 64, 12544, true, false},
};

}  // namespace

double measureProduct(const Bench& bench, const Shape& s, double patience) {
  Memory memory;
  const float* const a = memory.take(s.m * s.k);
  const float* const b = memory.take(s.k * s.n);
  float *const ours = memory.take(s.m * s.n), *const blas = memory.take(s.m * s.n), *const dnn = memory.take(s.m * s.n);
  MatmulArgs args{};
  args.a = a;
  args.b = b;
  args.c = ours;
  args.m = s.m;
  args.n = s.n;
  args.k = s.k;
  args.aRow = s.transposeA ? 1 : s.k;
  args.aCol = s.transposeA ? s.m : 1;
  args.bRow = s.transposeB ? 1 : s.n;
  args.bCol = s.transposeB ? s.k : 1;
  args.storage = kStoreF32;
  CallPlan plan{};
  bench.table().planMatmul(&args, &plan);
  args.workspace = memory.take(static_cast<int64_t>(plan.workspace / sizeof(float)));
  const auto spec = [&](float* c) { return ProductSpec{s.m, s.n, s.k, s.transposeA, s.transposeB, a, b, c}; };
  const double flops = 2.0 * static_cast<double>(s.m * s.n * s.k);
  return bench.measure({s.name,
                        Unit::gflops,
                        flops,
                        s.m * s.n,
                        {runOf(plan), ours},
                        {openblasProduct(spec(blas)), blas},
                        {onednnProduct(spec(dnn)), dnn},
                        patience});
}

void products(const Bench& bench) {
  for (const Shape& s : kShapes) {
    if (bench.wants(s.name)) measureProduct(bench, s, kPatience);
  }
}

}  // namespace slalom::bench
