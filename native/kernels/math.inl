// Transcendental functions on vectors of f32. The same expression, hence the same bits, on every
// variant with FMA. Greatest errors in units in the last place against the real function, over
// all f32 arguments (test/core/kernels_math.cpp sweeps them); results below 2^-126 are zero.
//   exp 1.1   expm1 1.6   log 1.1   log1p 1.6   tanh 2.3   sigmoid 2.6   erf 1.6   sin, cos 1.6
//   pow 0.6   rsqrt 1.5
// Coefficients: scripts/polynomials/fit.py.
#pragma once

#include "vec.h"

namespace slalom {
namespace VARIANT {
namespace {

// c0 + x (c1 + x (c2 + ...))
SLALOM_INLINE F polynomial(F, float c) { return splat(c); }
template <typename... Rest>
SLALOM_INLINE F polynomial(F x, float c, Rest... rest) {
  return fma(x, polynomial(x, rest...), splat(c));
}

constexpr float kInfinity = __builtin_huge_valf();
constexpr float kLog2e = 1.44269504f;
constexpr float kLn2 = 0.693147182f;
constexpr float kLn2High = 0.693359375f;  // eleven bits: n * kLn2High is exact
constexpr float kLn2Low = -2.12194440e-4f;

// NaN stays what it is.
SLALOM_INLINE F clamp(F x, float low, float high) { return lessOrSecond(splat(high), greaterOrSecond(splat(low), x)); }

// x = n ln 2 + r, |r| <= ln(2) / 2; expm1(r) = r + r^2 P(r).
struct ExpParts {
  F n;
  F expm1OfRest;
};

// A zero of x's sign where x is zero or denormal, else y.
SLALOM_INLINE F flushed(F x, F y) { return select(equal(x, zero()), copySign(zero(), x), y); }

SLALOM_INLINE F expm1OfRest(F r) {
  const F p = polynomial(r, 0.500000008f, 0.166666669f, 0.041666254f, 0.00833326158f, 0.00139472118f, 0.000199199228f);
  return fma(mul(r, r), p, r);
}

SLALOM_INLINE F restOf(F x, F n) { return fma(n, splat(-kLn2Low), fma(n, splat(-kLn2High), x)); }

SLALOM_INLINE ExpParts splitExp(F x) {
  const F n = roundEven(mul(x, splat(kLog2e)));
  return {n, expm1OfRest(restOf(x, n))};
}

// x + kPowerMagic rounds x to a whole number n; the sum's low bits are n + 127, and one shift on they are 2^n
// for n in [-126, 127], 0 for n = -127.
constexpr float kPowerMagic = 12582912.0f + 127.0f;

SLALOM_INLINE F powerOfSum(F sum) { return asF(shiftLeft<23>(asI(sum))); }

// y * 2^n, for n in [-252, 254].
SLALOM_INLINE F scaleByPower(F y, F n) {
#if defined(__AVX512F__)
  return _mm512_scalef_ps(y, n);
#else
  // In two exact steps.
  const I whole = truncate(n), half = shiftRightSigned<1>(whole);
  return mul(mul(y, powerOfTwo(half)), powerOfTwo(subI(whole, half)));
#endif
}

// e^r for |r| <= ln(2) / 2.
SLALOM_INLINE F expOfRest(F r) {
  return polynomial(r, 1.0f, 1.0f, 0.500000044f, 0.166663642f, 0.0416647694f, 0.00837910691f, 0.00140616019f);
}

SLALOM_INLINE F expF(F x) {
  x = clamp(x, -104.0f, 89.0f);
  const F n = sub(fma(x, splat(kLog2e), splat(kPowerMagic)), splat(kPowerMagic));
  return scaleByPower(expOfRest(restOf(x, n)), n);
}

// e^x for x <= 0, within 1.1 units in the last place; 0 where it is below 2^-126; NaN of NaN.
SLALOM_INLINE F expDown(F x) {
  x = greaterOrSecond(splat(-88.0f), x);
  const F sum = fma(x, splat(kLog2e), splat(kPowerMagic)), n = sub(sum, splat(kPowerMagic));
  const F y = expOfRest(restOf(x, n));
#if defined(__AVX512F__)
  return _mm512_scalef_ps(y, n);
#else
  return mul(y, powerOfSum(sum));
#endif
}

// 2^f for |f| <= 1 / 2. Of 1 / 2 it is twice that of -1 / 2, to the bit: the neighbour that a tie is rounded to
// does not matter.
SLALOM_INLINE F exp2OfRest(F f) {
  return polynomial(f, 1.0f, 0.693147215f, 0.240226528f, 0.0555031055f, 0.00961769298f, 0.00134066439f,
                    0.000155946752f);
}

// 2^z for z <= 64, within 1.1 units in the last place; 0 where it is below 2^-126; NaN of NaN.
SLALOM_INLINE F exp2Down(F z) {
#if defined(__AVX512F__)
  const F f = _mm512_reduce_ps(z, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  return _mm512_scalef_ps(exp2OfRest(f), sub(z, f));
#else
  z = greaterOrSecond(splat(-127.0f), z);
  const F sum = add(z, splat(kPowerMagic));
  return mul(exp2OfRest(sub(z, sub(sum, splat(kPowerMagic)))), powerOfSum(sum));
#endif
}

// For x in [-20, 89]; of zeros and denormals some zero.
SLALOM_INLINE F expm1Inside(F x) {
  const ExpParts parts = splitExp(x);
  const I n = truncate(parts.n);
  // 2^n (1 + q) - 1, halved so that n = 128 does not overflow on the way.
  const F half = asF(shiftLeft<23>(addI(n, splatI(126))));
  const F y = fma(half, parts.expm1OfRest, sub(half, splat(0.5f)));
  // Small arguments have n = 0, where halving could flush them to zero.
  return select(equalI(n, splatI(0)), parts.expm1OfRest, add(y, y));
}

SLALOM_INLINE F expm1F(F x) { return flushed(x, expm1Inside(clamp(x, -20.0f, 89.0f))); }

// log(m) + n ln 2 for m in [sqrt(1/2), sqrt(2)), f = m - 1; extra is added to log(m).
SLALOM_INLINE F logOfParts(F f, F n, F extra) {
  const F q = polynomial(f, 0.333333104f, -0.249999866f, 0.200022263f, -0.166692518f, 0.14218664f, -0.123843353f,
                         0.118729245f, -0.117898645f, 0.0691554405f);
  const F square = mul(f, f);
  F tail = fma(mul(square, f), q, extra);
  tail = fma(n, splat(kLn2Low), tail);
  tail = fma(splat(-0.5f), square, tail);
  return fma(n, splat(kLn2High), add(f, tail));
}

struct LogParts {
  F f, n;
};

// For normal positive x.
SLALOM_INLINE LogParts splitLog(F x) {
  const I bits = subI(asI(x), splatI(0x3f3504f3));  // sqrt(1/2)
  const I n = shiftRightSigned<23>(bits);
  const F m = asF(subI(asI(x), shiftLeft<23>(n)));
  return {sub(m, splat(1.0f)), toFloat(n)};
}

// What log is where the formula does not hold: x <= 0, +Inf and NaN.
SLALOM_INLINE F logEdges(F x, F y) {
  y = select(equal(x, splat(kInfinity)), x, y);
  y = select(less(absolute(x), splat(1.17549435e-38f)), splat(-kInfinity), y);
  return select(less(x, zero()), asF(splatI(0x7fc00000)), select(isNan(x), x, y));
}

SLALOM_INLINE F logF(F x) {
  const LogParts parts = splitLog(x);
  return logEdges(x, logOfParts(parts.f, parts.n, zero()));
}

SLALOM_INLINE F log1pF(F x) {
  const F u = add(x, splat(1.0f));
  const LogParts parts = splitLog(u);
  // u = 1 + x - lost: log(1 + x) = log(u) + lost / u.
  const F lost = select(greater(x, splat(1.0f)), sub(splat(1.0f), sub(u, x)), sub(x, sub(u, splat(1.0f))));
  const F extra = select(less(u, splat(kInfinity)), div(lost, u), zero());
  const F y = logEdges(u, logOfParts(parts.f, parts.n, extra));
  return flushed(x, select(less(absolute(x), splat(1e-7f)), x, select(isNan(x), x, y)));
}

// 1 - 2 / (exp(2 |x|) + 1), by expm1 so that small arguments keep their digits.
SLALOM_INLINE F tanhF(F x) {
  const F a = lessOrSecond(splat(10.0f), absolute(x));
  const F twice = add(a, a);
  const F sum = fma(twice, splat(kLog2e), splat(kPowerMagic)), power = powerOfSum(sum);
  const F e = fma(power, expm1OfRest(restOf(twice, sub(sum, splat(kPowerMagic)))), sub(power, splat(1.0f)));
  return copySign(div(e, add(e, splat(2.0f))), x);
}

// By e^-|x|, which does not overflow: 1 / (1 + e^-x), or e^x / (1 + e^x) of negative numbers.
SLALOM_INLINE F sigmoidF(F x) {
  const F e = expDown(negate(absolute(x)));
  return div(select(less(x, zero()), e, splat(1.0f)), add(splat(1.0f), e));
}

SLALOM_INLINE F erfF(F x) {
  const F a = absolute(x);
  const F s = mul(x, x);
  const F inner = polynomial(s, 0.128379167f, -0.376126337f, 0.112836939f, -0.0268592708f, 0.00520063438f,
                             -0.000813743831f, 8.34522779e-05f);
  const F b = minimum(a, splat(4.0f));
  const F outer = polynomial(b, 0.128555126f, 0.635609264f, 0.105294466f, -0.0227083208f, 0.00295168553f,
                             -5.75180596e-05f, -4.39989836e-05f, 4.80639501e-06f);
  const F far = copySign(sub(splat(1.0f), expF(negate(fma(b, outer, b)))), x);
  const F near = select(less(a, splat(1e-20f)), mul(x, splat(1.12837917f)), fma(x, inner, x));
  const F y = select(less(a, splat(0.93f)), near, select(greater(a, splat(3.95f)), copySign(splat(1.0f), x), far));
  return select(isNan(x), x, y);
}

// ---- sine and cosine -------------------------------------------------------------------------

// 2 / pi in base 2^32, enough for the largest f32.
constexpr uint32_t kTwoOverPi[] = {0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab};

// x = q pi/2 + r exactly reduced (Payne and Hanek): the bits of 2/pi that matter to x times x.
struct Reduced {
  float r;
  int32_t quadrant;
};

inline Reduced reduceLarge(float x) {
  union {
    float f;
    uint32_t u;
  } bits = {x};
  const int exponent = static_cast<int>((bits.u >> 23) & 0xff) - 150;  // |x| = mantissa * 2^exponent
  const uint64_t mantissa = (bits.u & 0x7fffff) | 0x800000;
  // Product with 96 bits of 2/pi that start where the integer part modulo 4 begins.
  const int skip = exponent > 0 ? exponent - 2 < 0 ? 0 : exponent - 2 : 0;
  const int word = skip / 32, shift = skip % 32;
  const auto window = [&](int i) {
    const uint64_t high = kTwoOverPi[word + i], low = kTwoOverPi[word + i + 1];
    return shift == 0 ? high : ((high << 32 | low) >> (32 - shift)) & 0xffffffffu;
  };
  // fixed = mantissa * window, as a number with its binary point 96 bits up, times 2^(exponent - skip).
  const uint64_t p2 = mantissa * window(2), p1 = mantissa * window(1), p0 = mantissa * window(0);
  uint64_t middle = p1 + (p2 >> 32);
  uint64_t top = p0 + (middle >> 32);
  // top.middle32: 64 bits, integer part above bit 64 - 32 = 32 of `top`'s low word.
  const int lift = exponent - skip;  // in [-23, 2] for the arguments that come here
  uint64_t fraction = (top << 32) | (middle & 0xffffffffu);
  uint64_t whole = top >> 32;
  if (lift >= 0) {
    whole = (whole << lift) | (lift ? fraction >> (64 - lift) : 0);
    fraction <<= lift;
  } else {
    fraction = (fraction >> -lift) | (whole << (64 + lift));
    whole >>= -lift;
  }
  int32_t quadrant = static_cast<int32_t>(whole & 3);
  double rest = static_cast<double>(static_cast<int64_t>(fraction)) * 0x1p-64;  // in [-1/2, 1/2)
  if (fraction >> 63) quadrant = (quadrant + 1) & 3;
  if (bits.u >> 31) {
    rest = -rest;
    quadrant = (4 - quadrant) & 3;
  }
  return {static_cast<float>(rest * 1.57079632679489662), quadrant};
}

struct Quarter {
  F r;
  I quadrant;
};

// Three-part pi/2 (Cody and Waite), good below 10,000; beyond it lane by lane.
SLALOM_INLINE Quarter reduceQuarter(F x) {
  const F whole = roundEven(mul(x, splat(0.636619772f)));
  F r = fma(whole, splat(-1.57079637f), x);
  r = fma(whole, splat(4.37113883e-8f), r);
  r = fma(whole, splat(1.71512489e-15f), r);
  Quarter result = {r, truncate(whole)};
  const M large = greaterEqual(absolute(x), splat(10000.0f));
  if (anyLane(large)) {
    float values[W], rests[W];
    int32_t quadrants[W];
    store(values, x);
    for (int i = 0; i < W; ++i) {
      const bool finite = values[i] - values[i] == 0.0f;
      const Reduced lane = finite && (values[i] >= 10000.0f || values[i] <= -10000.0f)
                               ? reduceLarge(values[i])
                               : Reduced{values[i] - values[i], 0};
      rests[i] = lane.r;
      quadrants[i] = lane.quadrant;
    }
    result.r = select(large, load(rests), result.r);
    result.quadrant = selectI(large, loadI(quadrants), result.quadrant);
  }
  return result;
}

// sin(x + shift pi/2).
SLALOM_INLINE F sineOfQuarter(const Quarter& q, int shift) {
  const F s = mul(q.r, q.r);
  const F sine = fma(mul(s, q.r), polynomial(s, -0.166666666f, 0.00833332927f, -0.000198392961f, 2.71793991e-06f), q.r);
  const F cosine = fma(mul(s, s), polynomial(s, 0.0416666666f, -0.00138888836f, 2.47994786e-05f, -2.72067886e-07f),
                       fma(splat(-0.5f), s, splat(1.0f)));
  const I quadrant = addI(q.quadrant, splatI(shift));
  const M odd = equalI(bitAnd(quadrant, splatI(1)), splatI(1));
  const I sign = shiftLeft<30>(bitAnd(quadrant, splatI(2)));
  return asF(bitXor(asI(select(odd, cosine, sine)), sign));
}

SLALOM_INLINE F sinF(F x) { return flushed(x, sineOfQuarter(reduceQuarter(x), 0)); }
SLALOM_INLINE F cosF(F x) { return sineOfQuarter(reduceQuarter(x), 1); }

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
