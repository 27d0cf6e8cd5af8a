// Elementary functions of every variant against double precision, over dense sweeps.
#include <cmath>
#include <cstring>
#include <limits>

#include "kernels/table.h"
#include "kernels_support.h"
#include "suites.h"

namespace slalom::test {

namespace {

// Units in the last place of `expected`; results below the smallest normal number count as zero.
double ulps(float actual, double expected) {
  if (std::isnan(expected)) return std::isnan(actual) ? 0 : INFINITY;
  constexpr double smallest = std::numeric_limits<float>::min();
  if (std::abs(expected) < smallest) return std::abs(actual - expected) <= smallest ? 0 : INFINITY;
  const auto rounded = static_cast<float>(expected);
  if (std::isinf(rounded) || std::isinf(actual)) return actual == rounded ? 0 : INFINITY;
  const int exponent = std::ilogb(expected);
  return std::abs(static_cast<double>(actual) - expected) / std::ldexp(1.0, exponent - 23);
}

struct Function {
  const char* name;
  PointwiseCode code;
  double (*exact)(double);
  double bound;
};

double sigmoid(double x) { return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x)); }
double rsqrt(double x) { return 1 / std::sqrt(x); }
double reciprocal(double x) { return 1 / x; }
double roundEven(double x) { return std::nearbyint(x); }
double sign(double x) { return std::isnan(x) || x == 0 ? x : std::copysign(1.0, x); }

const Function kFunctions[] = {
    {"exp", kExp, std::exp, 1.1},     {"expm1", kExpm1, std::expm1, 1.6},
    {"log", kLog, std::log, 1.1},     {"log1p", kLog1p, std::log1p, 1.6},
    {"tanh", kTanh, std::tanh, 2.3},  {"sigmoid", kSigmoid, sigmoid, 2.6},
    {"erf", kErf, std::erf, 1.6},     {"sin", kSin, std::sin, 1.6},
    {"cos", kCos, std::cos, 1.6},     {"sqrt", kSqrt, std::sqrt, 0.5},
    {"rsqrt", kRsqrt, rsqrt, 1.5},    {"reciprocal", kReciprocal, reciprocal, 0.5},
    {"floor", kFloor, std::floor, 0}, {"round", kRound, roundEven, 0},
    {"sign", kSign, sign, 0},
};

// Every 4,099th f32 and its neighbours of both signs, all powers of two, and the edges.
std::vector<float> sweep() {
  std::vector<float> xs;
  for (uint64_t bits = 0; bits <= 0x7f800000; bits += 4099) {
    xs.push_back(fromBits(static_cast<uint32_t>(bits)));
    xs.push_back(fromBits(static_cast<uint32_t>(bits) | 0x80000000u));
  }
  for (uint32_t exponent = 0; exponent < 256; ++exponent) {
    for (uint32_t low : {0u, 1u, 0x7fffffu}) {
      xs.push_back(fromBits(exponent << 23 | low));
      xs.push_back(fromBits(0x80000000u | exponent << 23 | low));
    }
  }
  for (int i = -4000; i <= 4000; ++i) xs.push_back(static_cast<float>(i) * 0.03125f);
  return xs;
}

bool isDenormal(float x) { return x != 0 && std::abs(x) < std::numeric_limits<float>::min(); }

void checkFunction(const KernelTable& kernels, const Function& f) {
  const std::vector<float> xs = sweep();
  std::vector<float> ys(xs.size());
  {
    const FloatMode mode;
    kernels.pointwise[f.code][kLaneF32](ys.data(), xs.data(), nullptr, nullptr, static_cast<int64_t>(xs.size()));
  }
  double worst = 0;
  float where = 0;
  for (size_t i = 0; i < xs.size(); ++i) {
    if (isDenormal(xs[i])) continue;
    const double error = ulps(ys[i], f.exact(xs[i]));
    if (error > worst) {
      worst = error;
      where = xs[i];
    }
  }
  // Without FMA the rounded products cost up to one more unit, and the reduction of large angles many.
  const bool fused = std::strcmp(kernels.name, "baseline") != 0;
  if (!fused && (f.code == kSin || f.code == kCos)) return;
  check(worst <= (fused ? f.bound : 2 * f.bound + 0.5),
        std::string(kernels.name) + " " + f.name + ": " + std::to_string(worst) + " ulp at " + std::to_string(where));
}

void specialValues() {
  const float inf = INFINITY;
  const struct {
    PointwiseCode code;
    float x, y;
  } rows[] = {
      {kExp, inf, inf},     {kExp, -inf, 0},        {kLog, 0, -inf},      {kLog, inf, inf},
      {kLog, -1, NAN},      {kTanh, inf, 1},        {kTanh, -inf, -1},    {kErf, inf, 1},
      {kErf, -inf, -1},     {kSigmoid, inf, 1},     {kSigmoid, -inf, 0},  {kSin, inf, NAN},
      {kCos, -inf, NAN},    {kSqrt, -1, NAN},       {kLog1p, -1, -inf},   {kExpm1, -inf, -1},
      {kExpm1, inf, inf},   {kExpm1, -0.0f, -0.0f}, {kSin, -0.0f, -0.0f}, {kTanh, -0.0f, -0.0f},
      {kErf, -0.0f, -0.0f}, {kLog1p, -0.0f, -0.0f}, {kCos, 0, 1},         {kReciprocal, -0.0f, -inf},
      {kRound, 2.5f, 2},    {kRound, -0.4f, -0.0f}, {kFloor, -0.5f, -1},  {kSign, -0.0f, -0.0f},
      {kRelu, -0.0f, 0},
  };
  for (const char* const* name = availableKernels(); *name; ++name) {
    const KernelTable& kernels = *kernelsNamed(*name);
    const FloatMode mode;
    for (const auto& row : rows) {
      float y;
      kernels.pointwise[row.code][kLaneF32](&y, &row.x, nullptr, nullptr, 1);
      const bool same = std::isnan(row.y) ? std::isnan(y) : y == row.y && std::signbit(y) == std::signbit(row.y);
      check(same, std::string(*name) + " code " + std::to_string(row.code) + " of " + std::to_string(row.x) + " gave " +
                      std::to_string(y));
      float nan = NAN;
      kernels.pointwise[row.code][kLaneF32](&y, &nan, nullptr, nullptr, 1);
      check(std::isnan(y), std::string(*name) + ": NaN lost by code " + std::to_string(row.code));
    }
  }
}

void power() {
  std::vector<float> xs, ys;
  for (float x :
       {-INFINITY, -3.0f, -1.0f, -0.5f, -0.0f, 0.0f, 1e-30f, 0.3f, 1.0f, 1.0000001f, 2.5f, 1e30f, INFINITY, NAN}) {
    for (float y :
         {-INFINITY, -1e10f, -3.0f, -2.0f, -0.5f, -0.0f, 0.0f, 0.25f, 1.0f, 2.0f, 3.0f, 17.5f, 1e10f, INFINITY, NAN}) {
      xs.push_back(x);
      ys.push_back(y);
    }
  }
  uint32_t state = 1;
  const auto next = [&] { return static_cast<float>((state = state * 1664525u + 1013904223u) >> 8) * 0x1p-24f; };
  for (int i = 0; i < 100000; ++i) {
    xs.push_back(std::exp2(40 * next() - 20));
    ys.push_back(20 * next() - 10);
  }
  std::vector<float> out(xs.size());
  for (const char* const* name = availableKernels(); *name; ++name) {
    const FloatMode mode;
    kernelsNamed(*name)->pointwise[kPow][kLaneF32](out.data(), xs.data(), ys.data(), nullptr,
                                                   static_cast<int64_t>(xs.size()));
    for (size_t i = 0; i < xs.size(); ++i) {
      const double expected = std::pow(static_cast<double>(xs[i]), static_cast<double>(ys[i]));
      check(ulps(out[i], expected) <= 0.6, std::string(*name) + " pow(" + std::to_string(xs[i]) + ", " +
                                               std::to_string(ys[i]) + ") = " + std::to_string(out[i]));
    }
  }
}

void sameBits() {
  const std::vector<float> xs = sweep();
  std::vector<float> first, ys(xs.size());
  for (const Function& f : kFunctions) {
    first.clear();
    for (const char* const* name = availableKernels(); *name; ++name) {
      if (std::strcmp(*name, "baseline") == 0 || std::strcmp(*name, "reference") == 0) continue;
      const FloatMode mode;
      kernelsNamed(*name)->pointwise[f.code][kLaneF32](ys.data(), xs.data(), nullptr, nullptr,
                                                       static_cast<int64_t>(xs.size()));
      if (first.empty()) first = ys;
      check(std::memcmp(first.data(), ys.data(), ys.size() * 4) == 0, std::string(*name) + " " + f.name);
    }
  }
}

}  // namespace

Tests kernelMathTests() {
  Tests tests;
  for (const char* const* name = availableKernels(); *name; ++name) {
    for (const Function& f : kFunctions) {
      tests.push_back({std::string("kernels: ") + f.name + " on " + *name,
                       [kernels = kernelsNamed(*name), &f] { checkFunction(*kernels, f); }});
    }
  }
  tests.push_back({"kernels: special values", specialValues});
  tests.push_back({"kernels: pow", power});
  tests.push_back({"kernels: elementary functions have the same bits on every variant with FMA", sameBits});
  return tests;
}

}  // namespace slalom::test
