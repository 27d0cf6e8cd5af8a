// The square root is correctly rounded on every variant, also where it is computed by multiply-adds.
#include <cmath>
#include <cstring>

#include "kernels/table.h"
#include "kernels_support.h"
#include "suites.h"

namespace slalom::test {

namespace {

constexpr uint32_t kOne = 0x3f800000, kFour = 0x40800000;  // two octaves: all mantissas, under odd and even exponents

void checkRoots(const KernelTable& kernels, const std::vector<float>& xs) {
  std::vector<float> ys(xs.size());
  {
    const FloatMode mode;
    kernels.pointwise[kSqrt][kLaneF32](ys.data(), xs.data(), nullptr, nullptr, static_cast<int64_t>(xs.size()));
  }
  for (size_t i = 0; i < xs.size(); ++i) {
    const float expected = std::sqrt(xs[i]);
    const bool same = std::isnan(expected) ? std::isnan(ys[i]) : std::memcmp(&expected, &ys[i], sizeof expected) == 0;
    if (!same) check(false, std::string(kernels.name) + " sqrt(" + std::to_string(xs[i]) + ")");
  }
}

void everyMantissa(const KernelTable& kernels) {
  std::vector<float> xs(1 << 16);
  for (uint32_t first = kOne; first < kFour; first += static_cast<uint32_t>(xs.size())) {
    for (size_t i = 0; i < xs.size(); ++i) xs[i] = fromBits(first + static_cast<uint32_t>(i));
    checkRoots(kernels, xs);
  }
}

// Normal numbers of every exponent, in vectors of their own and in vectors with numbers that have no estimate.
void everyExponent(const KernelTable& kernels) {
  std::vector<float> normal, mixed;
  for (uint32_t exponent = 1; exponent < 255; ++exponent) {
    for (uint32_t low : {0u, 1u, 2u, 0x2aaaaau, 0x3fffffu, 0x400000u, 0x7ffffeu, 0x7fffffu}) {
      normal.push_back(fromBits(exponent << 23 | low));
    }
  }
  checkRoots(kernels, normal);
  constexpr float kSpecial[] = {0.0f, INFINITY, -0.0f, NAN, -1.0f};
  for (size_t i = 0; i < normal.size(); ++i) mixed.insert(mixed.end(), {normal[i], kSpecial[i % 5]});
  checkRoots(kernels, mixed);
}

// The last two steps of squareRoot in vec_avx512.h, from whatever the first steps can lead to. With an estimate of
// 1 / sqrt(x) within 2^-14, rounding 2^-24 for each product, root and reciprocal are within `bound`:
// ((1 + e)(1 + r) - (e + r / 2 + ...)) leaves r / 2, 3 e^2 / 2 and the rounding of the step itself.
void anyEstimate() {
  constexpr double bound = 0x1p-24 + 0x1p-25 + 0x1p-27;
  const auto least = [](double x) {
    const auto near = static_cast<float>(x);
    return near < x ? std::nextafter(near, INFINITY) : near;
  };
  std::vector<float> doubtful;
  for (uint32_t bits = kOne; bits < kFour; ++bits) {
    const float x = fromBits(bits);
    const double root = std::sqrt(static_cast<double>(x)), reciprocal = 0.5 / root;
    const auto rounded = static_cast<float>(root);
    bool always = true;
    for (float g = least(root * (1 - bound)); g <= root * (1 + bound); g = std::nextafter(g, INFINITY)) {
      const float rest = std::fma(-g, g, x);
      for (float h = least(reciprocal * (1 - bound)); h <= reciprocal * (1 + bound); h = std::nextafter(h, INFINITY)) {
        always = always && std::fma(rest, h, g) == rounded;
      }
    }
    if (!always) doubtful.push_back(x);
  }
  // For these all estimates are tried.
  check(doubtful.size() == 2, std::to_string(doubtful.size()) + " numbers beside 1 and 4 are in doubt");
  for (const float x : doubtful) {
    const double exact = 1 / std::sqrt(static_cast<double>(x));
    for (float y = least(exact * (1 - 0x1p-14)); y <= exact * (1 + 0x1p-14); y = std::nextafter(y, INFINITY)) {
      const float g = x * y, h = 0.5f * y, error = std::fma(-g, h, 0.5f);
      const float root = std::fma(g, error, g), reciprocal = std::fma(h, error, h);
      check(std::fma(std::fma(-root, root, x), reciprocal, root) == std::sqrt(x),
            "sqrt by way of " + std::to_string(y));
    }
  }
}

}  // namespace

Tests kernelRootTests() {
  Tests tests;
  for (const char* const* name = availableKernels(); *name; ++name) {
    const KernelTable* kernels = kernelsNamed(*name);
    tests.push_back(
        {std::string("kernels: square roots of every mantissa on ") + *name, [kernels] { everyMantissa(*kernels); }});
    tests.push_back(
        {std::string("kernels: square roots of every exponent on ") + *name, [kernels] { everyExponent(*kernels); }});
  }
  tests.push_back(
      {"kernels: a square root by multiply-adds is correctly rounded from any estimate within 2^-14", anyEstimate});
  return tests;
}

}  // namespace slalom::test
