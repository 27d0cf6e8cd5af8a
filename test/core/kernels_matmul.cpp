// Every path of every variant against the reference, to the bit: the contract says that a product
// depends on its operands alone.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels_matmul.h"
#include "suites.h"

namespace slalom::test {

namespace {

const int64_t kSizes[] = {0, 1, 2, 3, 5, 6, 7, 15, 16, 17, 31, 33, 47, 48, 49, 100, 129};

void transposes(bool a, bool b) {
  for (int64_t m : kSizes) {
    for (int64_t n : kSizes) {
      for (int64_t k : kSizes) agree(m, n, k, a, b);
    }
  }
}

// As many rows as a register tile has, a few more and fewer, and twice as many; even and odd depths.
void tileHeights() {
  for (int64_t m : {11, 12, 13, 14, 15, 23, 24, 27, 28, 29, 43}) {
    for (int64_t n : {32, 64, 70}) {
      for (int64_t k : {9, 10, 128, 257}) {
        for (int layout = 0; layout < 4; ++layout) agree(m, n, k, (layout & 1) != 0, (layout & 2) != 0);
      }
    }
  }
}

void longK() {
  for (int64_t k : {1, 511, 512, 513, 4095, 4096, 4097, 8200}) {
    for (int layout = 0; layout < 4; ++layout) {
      const bool a = (layout & 1) != 0, b = (layout & 2) != 0;
      for (int64_t m : {1, 3, 8, 21, 40, 130}) {
        for (int64_t n : {1, 5, 33}) agree(m, n, k, a, b);
      }
    }
  }
  agree(27, 32, 40000, true, false);  // a weight gradient: segments are tiles
}

void large() {
  for (int layout = 0; layout < 4; ++layout) {
    const bool a = (layout & 1) != 0, b = (layout & 2) != 0;
    agree(300, 270, 200, a, b);
    agree(1030, 17, 70, a, b);
    agree(9, 1030, 70, a, b);
    agree(130, 300, 1024, a, b);
    agree(1, 3000, 300, a, b);
    agree(3000, 1, 300, a, b);
    agree(61, 1100, 600, a, b);  // b that L2 does not hold
    agree(700, 800, 70, a, b);   // nor c
  }
  agree(130, 100, 8200, false, true);  // segments as tiles of their own
  agree(130, 520, 4200, false, true);  // and one after the other
  agree(1500, 40, 4200, true, false);  // of so many rows at a time
  // a packed by the tiles, some rows at a time; read where it lies
  agree(1100, 40, 1000, true, false);
  agree(530, 130, 4500, true, false);
  agree(90, 40, 700, true, false);
}

void anyStrides() {
  for (int64_t m : {1, 7, 40, 200}) {
    for (int64_t n : {1, 9, 50, 200}) {
      for (int64_t k : {1, 12, 150}) {
        const Memory<float> a = randoms<float>(m * k * 6, 3), b = randoms<float>(k * n * 6, 4);
        for (int layout = 0; layout < 4; ++layout) {
          MatmulArgs args = product(m, n, k, (layout & 1) != 0, (layout & 2) != 0);
          agree(args, a.get(), b.get(), m * n);
          args.aRow *= 3, args.aCol *= 3, args.bRow *= 2, args.bCol *= 2;
          agree(args, a.get(), b.get(), m * n);
          args.aRow = args.bCol = 0;  // broadcast
          agree(args, a.get(), b.get(), m * n);
          MatmulArgs flipped = product(m, n, k, (layout & 1) != 0, (layout & 2) != 0);
          flipped.aRow *= -1, flipped.bRow *= -1;
          agree(flipped, a.get() - (m - 1) * flipped.aRow, b.get() - (k - 1) * flipped.bRow, m * n);
        }
      }
    }
  }
}

void batched() {
  for (int64_t size : {1, 4, 16, 33, 70}) {
    for (int layout = 0; layout < 16; ++layout) {
      const int64_t m = size, n = size + (layout & 3), k = size + 2;
      MatmulArgs args = product(m, n, k, (layout & 1) != 0, (layout & 2) != 0);
      args.batchRank = 2;
      args.batchDims[0] = 5;
      args.batchDims[1] = 3;
      const bool broadcastA = (layout & 4) != 0, broadcastB = (layout & 8) != 0;
      args.aBatch[0] = 3 * m * k;
      args.aBatch[1] = broadcastA ? 0 : m * k;
      args.bBatch[0] = broadcastB ? 0 : 3 * k * n;
      args.bBatch[1] = k * n;
      const Memory<float> a = randoms<float>(15 * m * k, 5), b = randoms<float>(15 * k * n, 6);
      agree(args, a.get(), b.get(), 15 * m * n);
    }
  }
}

// A row alone gives the bits it has in a batch.
void oneRow() {
  for (const KernelTable* table : kernelTables(Which::sameBits)) {
    for (int64_t n : {3, 10, 300}) {
      const int64_t m = 70, k = 500;
      for (int layout = 0; layout < 2; ++layout) {
        const Memory<float> a = randoms<float>(m * k, 7), b = randoms<float>(k * n, 8);
        const Memory<float> all = allocate<float>(m * n), row = allocate<float>(n);
        MatmulArgs args = product(m, n, k, false, layout == 1);
        args.a = a.get();
        args.b = b.get();
        args.c = all.get();
        run(*table, args);
        for (int64_t i = 0; i < m; i += 23) {
          args.m = 1;
          args.a = a.get() + i * k;
          args.c = row.get();
          run(*table, args);
          check(std::memcmp(row.get(), all.get() + i * n, static_cast<size_t>(n) * sizeof(float)) == 0,
                describe(*table, args));
        }
      }
    }
  }
}

// C t = A (B t), in double: independent of the reference.
void randomVector() {
  const int64_t m = 600, n = 500, k = 700;
  const Memory<float> a = randoms<float>(m * k, 11), b = randoms<float>(k * n, 12), t = randoms<float>(n, 13);
  const Memory<float> c = allocate<float>(m * n);
  const Memory<double> bt = allocate<double>(k);
  for (int64_t p = 0; p < k; ++p) {
    bt[static_cast<size_t>(p)] = 0;
    for (int64_t j = 0; j < n; ++j) {
      bt[static_cast<size_t>(p)] += static_cast<double>(b[static_cast<size_t>(p * n + j)]) * t[static_cast<size_t>(j)];
    }
  }
  for (const char* const* name = availableKernels(); *name != nullptr; ++name) {
    MatmulArgs args = product(m, n, k);
    args.a = a.get();
    args.b = b.get();
    args.c = c.get();
    run(*kernelsNamed(*name), args);
    // Rounding of a chain: k half ulps of sums below k, through n terms of t.
    const double bound = std::ldexp(1.0, -24) * static_cast<double>(k * n);
    for (int64_t i = 0; i < m; i += 7) {
      double left = 0, right = 0;
      for (int64_t j = 0; j < n; ++j) {
        left += static_cast<double>(c[static_cast<size_t>(i * n + j)]) * t[static_cast<size_t>(j)];
      }
      for (int64_t p = 0; p < k; ++p) right += a[static_cast<size_t>(i * k + p)] * bt[static_cast<size_t>(p)];
      check(std::fabs(left - right) <= bound, *name);
    }
  }
}

// NaN and infinity reach exactly the elements that they reach in the reference.
void nonFinite() {
  for (int layout = 0; layout < 4; ++layout) {
    for (int64_t size : {3, 17, 70}) {
      const int64_t m = size, n = size + 1, k = size + 2, count = m * n;
      const Memory<float> a = randoms<float>(m * k, 14), b = randoms<float>(k * n, 15);
      a[static_cast<size_t>(k + 1)] = NAN;
      a[static_cast<size_t>(2)] = INFINITY;
      b[static_cast<size_t>(k * n - 1)] = -INFINITY;
      b[static_cast<size_t>(n)] = 0;
      const Memory<float> expected = allocate<float>(count), actual = allocate<float>(count);
      MatmulArgs args = product(m, n, k, (layout & 1) != 0, (layout & 2) != 0);
      args.a = a.get();
      args.b = b.get();
      args.c = expected.get();
      run(*kernelsNamed("reference"), args);
      args.c = actual.get();
      for (const KernelTable* table : kernelTables(Which::sameBits)) {
        run(*table, args);
        for (size_t i = 0; i < static_cast<size_t>(count); ++i) {
          const bool same = std::isnan(expected[i]) ? std::isnan(actual[i]) : actual[i] == expected[i];
          check(same, describe(*table, args));
        }
      }
    }
  }
}

// The greatest magnitude of a result, by every path.
void measured() {
  struct Case {
    int64_t m, n, k;
    bool transposeA;
  };
  for (const Case& s : {Case{300, 120, 1, false},
                        {300, 270, 200, true},
                        {61, 1100, 600, false},
                        {27, 32, 40000, true},
                        {3000, 10, 97, true},
                        {300, 20, 64, true},
                        {1, 3000, 300, false},
                        {3000, 1, 300, false}}) {
    const Memory<float> a = randoms<float>(s.m * s.k, 18), b = randoms<float>(s.k * s.n, 19);
    const Memory<float> c = allocate<float>(s.m * s.n);
    float greatest = -1;
    MatmulArgs args = product(s.m, s.n, s.k, s.transposeA);
    args.a = a.get();
    args.b = b.get();
    args.c = c.get();
    args.measured = true;
    args.greatest = &greatest;
    for (const char* const* name = availableKernels(); *name != nullptr; ++name) {
      const KernelTable& table = *kernelsNamed(*name);
      a[0] = -1;
      run(table, args, kUneven);
      float expected = 0;
      for (size_t i = 0; i < static_cast<size_t>(s.m * s.n); ++i) expected = std::max(expected, std::fabs(c[i]));
      check(greatest == expected, describe(table, args));
      a[0] = -INFINITY;
      run(table, args, kReversed);
      check(std::isinf(greatest) || std::isnan(greatest), describe(table, args) + ", infinite");
      a[0] = NAN;
      run(table, args);
      check(std::isnan(greatest), describe(table, args) + ", NaN");
    }
  }
}

void doubles() {
  const KernelTable& table = *kernelsNamed("reference");
  const int64_t m = 9, n = 7, k = 4100;
  const Memory<double> a = randoms<double>(m * k, 16), b = randoms<double>(k * n, 17), c = allocate<double>(m * n);
  MatmulArgs args = product(m, n, k, true, true);
  args.storage = kStoreF64;
  args.a = a.get();
  args.b = b.get();
  args.c = c.get();
  run(table, args);
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < n; ++j) {
      double sums[2] = {0, 0};
      for (int64_t p = 0; p < k; ++p) {
        double& sum = sums[p / 4096];
        sum = std::fma(a[static_cast<size_t>(i + p * m)], b[static_cast<size_t>(p + j * k)], sum);
      }
      check(c[static_cast<size_t>(i * n + j)] == sums[0] + sums[1], "f64");
    }
  }
}

}  // namespace

Tests matmulTests() {
  return {{"matmul: A B", [] { transposes(false, false); }},
          {"matmul: A B'", [] { transposes(false, true); }},
          {"matmul: A' B", [] { transposes(true, false); }},
          {"matmul: A' B'", [] { transposes(true, true); }},
          {"matmul: heights of tiles", tileHeights},
          {"matmul: long k", longK},
          {"matmul: large", large},
          {"matmul: any strides", anyStrides},
          {"matmul: batched", batched},
          {"matmul: one row as in a batch", oneRow},
          {"matmul: random vector", randomVector},
          {"matmul: not finite", nonFinite},
          {"matmul: greatest magnitude", measured},
          {"matmul: f64", doubles}};
}

}  // namespace slalom::test
