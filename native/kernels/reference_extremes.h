// max and min of the reference: a NaN operand wins, of two equal ones (zeros of either sign) the
// second, and denormals count as zeros and come out so, whatever instruction the compiler takes.
#pragma once

#include <stdint.h>
#include <string.h>

namespace slalom {
namespace reference {

template <typename T, typename Bits>
T clearDenormal(T x, Bits exponent, Bits sign) {
  Bits bits;
  memcpy(&bits, &x, sizeof x);
  if ((bits & exponent) == 0) bits &= sign;
  memcpy(&x, &bits, sizeof x);
  return x;
}
inline float withoutDenormals(float x) { return clearDenormal<float, uint32_t>(x, 0x7f800000u, 0x80000000u); }
inline double withoutDenormals(double x) {
  return clearDenormal<double, uint64_t>(x, 0x7ff0000000000000u, 0x8000000000000000u);
}
inline int32_t withoutDenormals(int32_t x) { return x; }

template <typename T>
T maxOf(T a, T b) {
  return withoutDenormals(a != a || a > b ? a : b);
}
template <typename T>
T minOf(T a, T b) {
  return withoutDenormals(a != a || a < b ? a : b);
}

}  // namespace reference
}  // namespace slalom
