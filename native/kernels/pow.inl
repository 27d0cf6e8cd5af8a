// x to the y, lane by lane in double precision: exp2(y log2 |x|) with the special cases of IEEE
// 754-2019. Only products, sums and fixed polynomials, so the bits are the same everywhere.
#pragma once

#include "vec.h"

namespace slalom {
namespace VARIANT {
namespace {

inline double bitsToDouble(uint64_t u) {
  union {
    uint64_t u;
    double d;
  } bits = {u};
  return bits.d;
}

inline uint64_t doubleToBits(double d) {
  union {
    double d;
    uint64_t u;
  } bits = {d};
  return bits.u;
}

// For positive normal x: log2(m) + e, with log(m) = 2 atanh((m - 1) / (m + 1)) as a series.
inline double log2Double(double x) {
  const uint64_t u = doubleToBits(x) - 0x3fe6a09e667f3bcdull;  // sqrt(1/2)
  const int64_t e = static_cast<int64_t>(u) >> 52;
  const double m = bitsToDouble(doubleToBits(x) - (static_cast<uint64_t>(e) << 52));
  const double s = (m - 1.0) / (m + 1.0);
  const double z = s * s;
  double series = 1.0 / 19.0;
  for (int k = 17; k >= 1; k -= 2) series = series * z + 1.0 / k;
  return 2.88539008177792681 * s * series + static_cast<double>(e);
}

// For |t| < 1000.
inline double exp2Double(double t) {
  const double shifted = t + 6755399441055744.0;  // 1.5 * 2^52: rounds to a whole number
  const double whole = shifted - 6755399441055744.0;
  const double r = (t - whole) * 0.693147180559945309;
  double series = 1.0;
  for (int k = 12; k >= 1; --k) series = series * r / k + 1.0;
  return series * bitsToDouble(static_cast<uint64_t>(static_cast<int64_t>(whole) + 1023) << 52);
}

inline float powOne(float x, float y) {
  constexpr float infinity = __builtin_huge_valf();
  if (y == 0.0f || x == 1.0f) return 1.0f;
  if (x != x || y != y) return x + y;
  const float a = x < 0.0f ? -x : x;
  const float size = y < 0.0f ? -y : y;
  // Whole numbers from 2^24 on are even.
  const bool whole = size >= 16777216.0f || static_cast<float>(static_cast<int32_t>(y)) == y;
  const bool odd = size < 16777216.0f && whole && (static_cast<int32_t>(y) & 1);
  if (size == infinity) {
    if (a == 1.0f) return 1.0f;
    return (a > 1.0f) == (y > 0.0f) ? infinity : 0.0f;
  }
  const bool negative = odd && (x < 0.0f || (x == 0.0f && 1.0f / x < 0.0f));
  if (a < 1.17549435e-38f || a == infinity) {
    const float result = (a == infinity) == (y > 0.0f) ? infinity : 0.0f;
    return negative ? -result : result;
  }
  if (x < 0.0f && !whole) return __builtin_nanf("");
  double t = static_cast<double>(y) * log2Double(a);
  t = t > 200.0 ? 200.0 : t < -200.0 ? -200.0 : t;
  const auto result = static_cast<float>(exp2Double(t));
  return negative ? -result : result;
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
