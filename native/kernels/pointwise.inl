// The instructions of tile programs on 4-byte lanes: one loop over vectors each, then the tail.
#pragma once

#include "args.h"
#include "math.inl"
#include "pow.inl"

namespace slalom {
namespace VARIANT {
namespace {

// ---- loops -------------------------------------------------------------------------------------
// Lanes travel as F whatever they hold; asI and asMask look at them otherwise.

// Vectors whose long chains of operations run beside each other.
constexpr int kBeside = 4;

template <typename Op>
void unaryLoop(void* dst, const void* a, const void*, const void*, int64_t n) {
  auto* d = static_cast<float*>(dst);
  auto* x = static_cast<const float*>(a);
  int64_t i = 0;
  for (; i + kBeside * W <= n; i += kBeside * W) {
    F v[kBeside];
    SLALOM_UNROLL
    for (int k = 0; k < kBeside; k++) v[k] = load(x + i + k * W);
    SLALOM_UNROLL
    for (int k = 0; k < kBeside; k++) v[k] = Op::apply(v[k]);
    SLALOM_UNROLL
    for (int k = 0; k < kBeside; k++) store(d + i + k * W, v[k]);
  }
  for (; i + W <= n; i += W) store(d + i, Op::apply(load(x + i)));
  if (i < n) storePart(d + i, Op::apply(loadPart(x + i, n - i)), n - i);
}

template <typename Op>
void binaryLoop(void* dst, const void* a, const void* b, const void*, int64_t n) {
  auto* d = static_cast<float*>(dst);
  auto* x = static_cast<const float*>(a);
  auto* y = static_cast<const float*>(b);
  int64_t i = 0;
  for (; i + W <= n; i += W) store(d + i, Op::apply(load(x + i), load(y + i)));
  if (i < n) storePart(d + i, Op::apply(loadPart(x + i, n - i), loadPart(y + i, n - i)), n - i);
}

void whereLoop(void* dst, const void* a, const void* b, const void* c, int64_t n) {
  auto* d = static_cast<float*>(dst);
  auto* m = static_cast<const float*>(a);
  auto* x = static_cast<const float*>(b);
  auto* y = static_cast<const float*>(c);
  int64_t i = 0;
  for (; i + W <= n; i += W) store(d + i, select(asMask(asI(load(m + i))), load(x + i), load(y + i)));
  if (i < n) {
    const int64_t k = n - i;
    storePart(d + i, select(asMask(asI(loadPart(m + i, k))), loadPart(x + i, k), loadPart(y + i, k)), k);
  }
}

void powLoop(void* dst, const void* a, const void* b, const void*, int64_t n) {
  auto* d = static_cast<float*>(dst);
  auto* x = static_cast<const float*>(a);
  auto* y = static_cast<const float*>(b);
  for (int64_t i = 0; i < n; ++i) d[i] = powOne(x[i], y[i]);
}

// Division of whole numbers rounds toward zero; by zero it gives 0, and INT32_MIN / -1 wraps.
void divideWholeLoop(void* dst, const void* a, const void* b, const void*, int64_t n) {
  auto* d = static_cast<int32_t*>(dst);
  auto* x = static_cast<const int32_t*>(a);
  auto* y = static_cast<const int32_t*>(b);
  for (int64_t i = 0; i < n; ++i) {
    d[i] = y[i] == 0 ? 0 : y[i] == -1 ? static_cast<int32_t>(0u - static_cast<uint32_t>(x[i])) : x[i] / y[i];
  }
}

// ---- instructions --------------------------------------------------------------------------------

SLALOM_INLINE F fromMask(M m) { return asF(maskBits(m)); }
SLALOM_INLINE F one() { return splat(1.0f); }

struct NegF {
  static SLALOM_INLINE F apply(F a) { return negate(a); }
};
struct AbsF {
  static SLALOM_INLINE F apply(F a) { return absolute(a); }
};
struct SignF {
  static SLALOM_INLINE F apply(F a) { return select(equal(a, zero()), a, select(isNan(a), a, copySign(one(), a))); }
};
struct ReluF {
  static SLALOM_INLINE F apply(F a) { return select(lessEqual(a, zero()), zero(), a); }
};
struct ExpF {
  static SLALOM_INLINE F apply(F a) { return expF(a); }
};
struct Expm1F {
  static SLALOM_INLINE F apply(F a) { return expm1F(a); }
};
struct LogF {
  static SLALOM_INLINE F apply(F a) { return logF(a); }
};
struct Log1pF {
  static SLALOM_INLINE F apply(F a) { return log1pF(a); }
};
struct SqrtF {
  static SLALOM_INLINE F apply(F a) { return squareRoot(a); }
};
struct RsqrtF {
  static SLALOM_INLINE F apply(F a) { return div(one(), squareRoot(a)); }
};
struct TanhF {
  static SLALOM_INLINE F apply(F a) { return tanhF(a); }
};
struct SigmoidF {
  static SLALOM_INLINE F apply(F a) { return sigmoidF(a); }
};
struct ErfF {
  static SLALOM_INLINE F apply(F a) { return erfF(a); }
};
struct SinF {
  static SLALOM_INLINE F apply(F a) { return sinF(a); }
};
struct CosF {
  static SLALOM_INLINE F apply(F a) { return cosF(a); }
};
struct FloorF {
  static SLALOM_INLINE F apply(F a) { return floorF(a); }
};
struct RoundF {
  static SLALOM_INLINE F apply(F a) { return roundEven(a); }
};
struct ReciprocalF {
  static SLALOM_INLINE F apply(F a) { return div(one(), a); }
};
struct IsFiniteF {
  static SLALOM_INLINE F apply(F a) { return fromMask(less(absolute(a), splat(kInfinity))); }
};
struct AddF {
  static SLALOM_INLINE F apply(F a, F b) { return add(a, b); }
};
struct SubF {
  static SLALOM_INLINE F apply(F a, F b) { return sub(a, b); }
};
struct MulF {
  static SLALOM_INLINE F apply(F a, F b) { return mul(a, b); }
};
struct DivF {
  static SLALOM_INLINE F apply(F a, F b) { return div(a, b); }
};
struct MaxF {
  static SLALOM_INLINE F apply(F a, F b) { return maximum(a, b); }
};
struct MinF {
  static SLALOM_INLINE F apply(F a, F b) { return minimum(a, b); }
};
struct ReluGradientF {
  static SLALOM_INLINE F apply(F y, F g) { return select(lessEqual(y, zero()), zero(), g); }
};
struct EqualF {
  static SLALOM_INLINE F apply(F a, F b) { return fromMask(equal(a, b)); }
};
struct NotEqualF {
  static SLALOM_INLINE F apply(F a, F b) { return fromMask(notEqual(a, b)); }
};
struct LessF {
  static SLALOM_INLINE F apply(F a, F b) { return fromMask(less(a, b)); }
};
struct LessEqualF {
  static SLALOM_INLINE F apply(F a, F b) { return fromMask(lessEqual(a, b)); }
};
struct GreaterF {
  static SLALOM_INLINE F apply(F a, F b) { return fromMask(greater(a, b)); }
};
struct GreaterEqualF {
  static SLALOM_INLINE F apply(F a, F b) { return fromMask(greaterEqual(a, b)); }
};

SLALOM_INLINE F notBits(F a) { return asF(bitXor(asI(a), splatI(-1))); }

struct NegI {
  static SLALOM_INLINE F apply(F a) { return asF(subI(splatI(0), asI(a))); }
};
struct AbsI {
  static SLALOM_INLINE F apply(F a) {
    const I sign = shiftRightSigned<31>(asI(a));
    return asF(subI(bitXor(asI(a), sign), sign));
  }
};
struct SignI {
  static SLALOM_INLINE F apply(F a) {
    const I x = asI(a);
    return asF(bitOr(shiftRightSigned<31>(x), shiftRight<31>(subI(splatI(0), x))));
  }
};
struct Same {
  static SLALOM_INLINE F apply(F a) { return a; }
};
struct AllTrue {
  static SLALOM_INLINE F apply(F) { return asF(splatI(-1)); }
};
struct AddI {
  static SLALOM_INLINE F apply(F a, F b) { return asF(addI(asI(a), asI(b))); }
};
struct SubI {
  static SLALOM_INLINE F apply(F a, F b) { return asF(subI(asI(a), asI(b))); }
};
struct MulI {
  static SLALOM_INLINE F apply(F a, F b) { return asF(mulI(asI(a), asI(b))); }
};
struct MaxI {
  static SLALOM_INLINE F apply(F a, F b) { return select(greaterI(asI(a), asI(b)), a, b); }
};
struct ReluI {
  static SLALOM_INLINE F apply(F a) { return MaxI::apply(a, zero()); }
};
struct MinI {
  static SLALOM_INLINE F apply(F a, F b) { return select(greaterI(asI(a), asI(b)), b, a); }
};
struct EqualI {
  static SLALOM_INLINE F apply(F a, F b) { return fromMask(equalI(asI(a), asI(b))); }
};
struct NotEqualI {
  static SLALOM_INLINE F apply(F a, F b) { return notBits(EqualI::apply(a, b)); }
};
struct GreaterI {
  static SLALOM_INLINE F apply(F a, F b) { return fromMask(greaterI(asI(a), asI(b))); }
};
struct LessI {
  static SLALOM_INLINE F apply(F a, F b) { return GreaterI::apply(b, a); }
};
struct LessEqualI {
  static SLALOM_INLINE F apply(F a, F b) { return notBits(GreaterI::apply(a, b)); }
};
struct GreaterEqualI {
  static SLALOM_INLINE F apply(F a, F b) { return notBits(GreaterI::apply(b, a)); }
};

// Masks: false < true, and -1 < 0 as whole numbers, so the order turns around.
struct NotM {
  static SLALOM_INLINE F apply(F a) { return notBits(a); }
};
struct AndM {
  static SLALOM_INLINE F apply(F a, F b) { return asF(bitAnd(asI(a), asI(b))); }
};
struct OrM {
  static SLALOM_INLINE F apply(F a, F b) { return asF(bitOr(asI(a), asI(b))); }
};
struct LessM {
  static SLALOM_INLINE F apply(F a, F b) { return GreaterI::apply(a, b); }
};
struct LessEqualM {
  static SLALOM_INLINE F apply(F a, F b) { return GreaterEqualI::apply(a, b); }
};
struct GreaterM {
  static SLALOM_INLINE F apply(F a, F b) { return GreaterI::apply(b, a); }
};
struct GreaterEqualM {
  static SLALOM_INLINE F apply(F a, F b) { return LessEqualI::apply(a, b); }
};

// Saturates; NaN gives 0.
struct FloatToI {
  static SLALOM_INLINE F apply(F a) {
    const F inside = select(isNan(a), zero(), minimum(maximum(a, splat(-2147483648.0f)), splat(2147483520.0f)));
    return asF(selectI(greaterEqual(a, splat(2147483648.0f)), splatI(INT32_MAX), truncate(inside)));
  }
};
// To 0 .. 255, saturated.
struct FloatToU8 {
  static SLALOM_INLINE F apply(F a) {
    const F inside = select(isNan(a), zero(), minimum(maximum(a, zero()), splat(255.0f)));
    return asF(truncate(inside));
  }
};
struct IToFloat {
  static SLALOM_INLINE F apply(F a) { return toFloat(asI(a)); }
};
struct IToU8 {
  static SLALOM_INLINE F apply(F a) { return asF(bitAnd(asI(a), splatI(255))); }
};
struct FloatToMask {
  static SLALOM_INLINE F apply(F a) { return fromMask(notEqual(a, zero())); }
};
struct IToMask {
  static SLALOM_INLINE F apply(F a) { return notBits(fromMask(equalI(asI(a), splatI(0)))); }
};
struct MaskToFloat {
  static SLALOM_INLINE F apply(F a) { return asF(bitAnd(asI(a), asI(one()))); }
};
struct MaskToI {
  static SLALOM_INLINE F apply(F a) { return asF(bitAnd(asI(a), splatI(1))); }
};

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
