// Products of reduced precision: on a matrix unit to the bit what its instruction is documented to do, anywhere else
// the product of the highest precision.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels_product.h"
#include "kernels_support.h"
#include "suites.h"

namespace slalom::test {

namespace {

// The greatest bfloat16 of fewest bits that is nearest, denormal ones as zero.
float bfloat16(float x) {
  uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  if (std::isnan(x)) return x;
  if (std::fpclassify(x) == FP_SUBNORMAL) return fromBits(bits & 0x80000000u);
  return fromBits((bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000u);
}

struct Matrix {
  const float* data;
  int64_t row, column;
  float at(int64_t i, int64_t j) const { return data[i * row + j * column]; }
};

// Intel's description of TDPBF16PS: sums of even and of odd steps of k, which are added to each other and then to c.
class Tile {
 public:
  void add(float a, float b, int64_t p) { sums_[p % 2] = std::fma(a, b, sums_[p % 2]); }
  float addTo(float c) const { return c + (sums_[0] + sums_[1]); }

 private:
  float sums_[2] = {0, 0};
};

float element(const Matrix& a, const Matrix& b, int64_t k, MatmulPrecision precision, int64_t i, int64_t j) {
  float c = 0;
  for (int64_t from = 0; from < k; from += 32) {
    Tile restMost, mostMost, mostRest;
    for (int64_t p = from; p < std::min(k, from + 32); ++p) {
      const float x = a.at(i, p), y = b.at(p, j), most = bfloat16(x), other = bfloat16(y);
      restMost.add(bfloat16(x - most), other, p);
      mostMost.add(most, other, p);
      mostRest.add(most, bfloat16(y - other), p);
    }
    if (precision == MatmulPrecision::high) c = restMost.addTo(c);
    c = mostMost.addTo(c);
    if (precision == MatmulPrecision::high) c = mostRest.addTo(c);
  }
  return c;
}

bool usesUnit(const KernelTable& table, const MatmulArgs& args) {
  const bool large = args.m >= 32 && args.n >= 32 && args.k >= 32;
  const bool runs = (args.aRow == 1 || args.aCol == 1) && (args.bRow == 1 || args.bCol == 1);
  return large && runs && table.matrixUnit != nullptr && table.matrixUnit();
}

void run(const KernelTable& table, MatmulArgs& args, Order order) {
  CallPlan plan{};
  table.planMatmul(&args, &plan);
  Guarded<char> workspace(static_cast<int64_t>(plan.workspace));
  args.workspace = workspace.data();
  runPlan(plan, order);
  check(workspace.intact(), describe(table, args) + ": beyond its workspace");
}

Guarded<float> noise(int64_t count, uint64_t seed) {
  Guarded<float> values(count);
  Noise words(seed);
  for (int64_t i = 0; i < count; ++i) values[i] = words.real();
  return values;
}

MatmulArgs reduced(int64_t m, int64_t n, int64_t k, int layout, MatmulPrecision precision) {
  MatmulArgs args = product(m, n, k, (layout & 1) != 0, (layout & 2) != 0);
  args.precision = precision;
  return args;
}

constexpr MatmulPrecision kReduced[] = {MatmulPrecision::high, MatmulPrecision::medium};

// All variants, tiles in all orders, against the definition.
void agree(MatmulArgs args, Guarded<float>& a, Guarded<float>& b, int64_t batches = 1) {
  const FloatMode mode;
  const int64_t size = args.m * args.n;
  args.a = a.data();
  args.b = b.data();
  Guarded<float> highest(batches * size), unit(batches * size), actual(batches * size);
  MatmulArgs full = args;
  full.precision = MatmulPrecision::highest;
  full.c = highest.data();
  run(*kernelsNamed("reference"), full, Order::whole);
  for (int64_t e = 0; e < batches * size; ++e) {
    const int64_t batch = e / size;
    const Matrix left{a.data() + (args.batchRank > 0 ? batch * args.aBatch[0] : 0), args.aRow, args.aCol};
    const Matrix right{b.data() + (args.batchRank > 0 ? batch * args.bBatch[0] : 0), args.bRow, args.bCol};
    unit[e] = element(left, right, args.k, args.precision, e % size / args.n, e % args.n);
  }
  for (const KernelTable* table : kernelTables(Which::sameBits)) {
    for (Order order : kOrders) {
      std::memset(actual.data(), 0xff, static_cast<size_t>(batches * size) * sizeof(float));
      args.c = actual.data();
      run(*table, args, order);
      check(actual == (usesUnit(*table, args) ? unit : highest), describe(*table, args));
      check(actual.intact(), describe(*table, args) + ": beyond c");
    }
  }
}

void shapes(int layout) {
  const int64_t sizes[][3] = {{32, 32, 32},   {31, 40, 40},   {40, 31, 40},   {40, 40, 31},    {33, 34, 35},
                              {47, 48, 49},   {64, 65, 63},   {129, 80, 257}, {100, 300, 290}, {300, 100, 33},
                              {600, 37, 128}, {130, 520, 96}, {48, 33, 1030}, {33, 47, 4130}};
  for (const auto& s : sizes) {
    Guarded<float> a = noise(s[0] * s[2], 1), b = noise(s[1] * s[2], 2);
    for (MatmulPrecision precision : kReduced) agree(reduced(s[0], s[1], s[2], layout, precision), a, b);
  }
}

void batched() {
  const int64_t m = 40, n = 36, k = 50, batches = 5;
  Guarded<float> a = noise(batches * m * k, 3), b = noise(batches * k * n, 4);
  for (int shared = 0; shared < 3; ++shared) {
    MatmulArgs args = reduced(m, n, k, 0, MatmulPrecision::high);
    args.batchRank = 1;
    args.batchDims[0] = batches;
    args.aBatch[0] = shared == 1 ? 0 : m * k;
    args.bBatch[0] = shared == 2 ? 0 : k * n;
    agree(args, a, b, batches);
  }
}

// Rows and columns of a larger matrix, and strides of which none is 1.
void anyStrides() {
  const int64_t m = 50, n = 40, k = 70;
  Guarded<float> a = noise(m * k * 6, 5), b = noise(n * k * 6, 6);
  for (MatmulPrecision precision : kReduced) {
    MatmulArgs args = reduced(m, n, k, 0, precision);
    args.aRow = k + 5;
    args.bRow = n + 3;
    agree(args, a, b);
    args.aCol = 2;
    args.aRow = 2 * k;
    agree(args, a, b);
  }
}

// Of `high`: about as near as the highest, and much nearer than `medium`.
void errors() {
  const int64_t m = 96, n = 64, k = 500;
  Guarded<float> a = noise(m * k, 7), b = noise(n * k, 8), c(m * n);
  const double bounds[] = {std::ldexp(1.0, -20), std::ldexp(1.0, -16), std::ldexp(1.0, -8)};
  for (const KernelTable* table : kernelTables(Which::sameBits)) {
    for (MatmulPrecision precision : {MatmulPrecision::highest, MatmulPrecision::high, MatmulPrecision::medium}) {
      MatmulArgs args = reduced(m, n, k, 0, precision);
      args.a = a.data();
      args.b = b.data();
      args.c = c.data();
      const FloatMode mode;
      run(*table, args, Order::whole);
      double worst = 0;
      for (int64_t e = 0; e < m * n; ++e) {
        double sum = 0, magnitudes = 0;
        for (int64_t p = 0; p < k; ++p) {
          const double term = static_cast<double>(a[e / n * k + p]) * b[p * n + e % n];
          sum += term;
          magnitudes += std::fabs(term);
        }
        worst = std::max(worst, std::fabs(sum - c[e]) / magnitudes);
      }
      check(worst <= bounds[static_cast<int>(precision)], describe(*table, args) + ": error " + std::to_string(worst));
    }
  }
}

// Magnitudes that bfloat16 rounds to infinity, denormal ones, zeros of both signs, infinity and NaN.
void special() {
  const int64_t m = 34, n = 33, k = 64;
  const float values[] = {3.4e38f, -3.4e38f, 1e-40f, -1e-40f, 1e-38f, 0.0f, -0.0f, INFINITY, -INFINITY, NAN};
  for (float value : values) {
    Guarded<float> a = noise(m * k, 9), b = noise(n * k, 10), c(m * n);
    a[5 * k + 7] = value;
    b[9 * n + 3] = value;
    for (MatmulPrecision precision : kReduced) {
      MatmulArgs args = reduced(m, n, k, 0, precision);
      args.a = a.data();
      args.b = b.data();
      args.c = c.data();
      for (const KernelTable* table : kernelTables(Which::sameBits)) {
        const FloatMode mode;
        run(*table, args, Order::whole);
        if (!usesUnit(*table, args)) continue;
        for (int64_t e = 0; e < m * n; ++e) {
          const float expected = element({a.data(), k, 1}, {b.data(), n, 1}, k, precision, e / n, e % n);
          const bool same = std::isnan(expected) ? std::isnan(c[e]) : c[e] == expected;
          check(same, describe(*table, args) + " with " + std::to_string(value));
        }
      }
    }
  }
}

// What follows a product: its greatest magnitude.
void measured() {
  const int64_t m = 70, n = 90, k = 300;
  Guarded<float> a = noise(m * k, 11), b = noise(n * k, 12), c(m * n);
  for (MatmulPrecision precision : kReduced) {
    for (const KernelTable* table : kernelTables(Which::sameBits)) {
      for (Order order : kOrders) {
        const FloatMode mode;
        float greatest = -1, expected = 0;
        MatmulArgs args = reduced(m, n, k, 1, precision);
        args.a = a.data();
        args.b = b.data();
        args.c = c.data();
        args.measured = true;
        args.greatest = &greatest;
        run(*table, args, order);
        for (int64_t e = 0; e < m * n; ++e) expected = std::max(expected, std::fabs(c[e]));
        check(greatest == expected, describe(*table, args));
      }
    }
  }
}

}  // namespace

Tests precisionTests() {
  return {{"precision: A B", [] { shapes(0); }},
          {"precision: A' B", [] { shapes(1); }},
          {"precision: A B'", [] { shapes(2); }},
          {"precision: A' B'", [] { shapes(3); }},
          {"precision: batched", batched},
          {"precision: any strides", anyStrides},
          {"precision: errors", errors},
          {"precision: special values", special},
          {"precision: greatest magnitude", measured}};
}

}  // namespace slalom::test
