// The pointwise vocabulary one element at a time. f32 goes through libm in double and is rounded
// once; f64 is libm. Masks are 0 or -1 in narrow lanes, 0.0 or 1.0 in wide ones.
#include <math.h>

#include "reference.h"
#include "reference_extremes.h"

namespace slalom {
namespace reference {
namespace {

template <typename T>
struct MaskOf {
  using type = int32_t;
  static type of(bool b) { return b ? -1 : 0; }
};
template <>
struct MaskOf<double> {
  using type = double;
  static type of(bool b) { return b ? 1.0 : 0.0; }
};
template <typename T>
using Mask = typename MaskOf<T>::type;

// ---- loops ---------------------------------------------------------------------------------

template <typename R, typename T, R (*f)(T)>
void map1(void* dst, const void* a, const void*, const void*, int64_t n) {
  for (int64_t i = 0; i < n; i++) static_cast<R*>(dst)[i] = f(static_cast<const T*>(a)[i]);
}

template <typename R, typename T, R (*f)(T, T)>
void map2(void* dst, const void* a, const void* b, const void*, int64_t n) {
  for (int64_t i = 0; i < n; i++) static_cast<R*>(dst)[i] = f(static_cast<const T*>(a)[i], static_cast<const T*>(b)[i]);
}

template <typename T>
void choose(void* dst, const void* a, const void* b, const void* c, int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    const bool condition = static_cast<const Mask<T>*>(a)[i] != 0;
    static_cast<T*>(dst)[i] = static_cast<const T*>(condition ? b : c)[i];
  }
}

// ---- real numbers: T is float or double -----------------------------------------------------

template <typename T, double (*f)(double)>
T through(T x) {
  return static_cast<T>(f(static_cast<double>(x)));
}

double sigmoidOf(double x) { return 1.0 / (1.0 + ::exp(-x)); }
double rsqrtOf(double x) { return 1.0 / ::sqrt(x); }

template <typename T>
T negOf(T x) {
  return -x;
}
float absOf(float x) { return ::fabsf(x); }
double absOf(double x) { return ::fabs(x); }
// Of a zero or a NaN itself.
template <typename T>
T signOf(T x) {
  return x > T(0) ? T(1) : x < T(0) ? T(-1) : x * T(1);
}
template <typename T>
T reluOf(T x) {
  return x <= T(0) ? T(0) : x;
}
template <typename T>
T reluGradientOf(T y, T g) {
  return y <= T(0) ? T(0) : g;
}
template <typename T>
T reciprocalOf(T x) {
  return T(1) / x;
}
template <typename T>
Mask<T> finiteOf(T x) {
  return MaskOf<T>::of(x - x == T(0));
}

template <typename T>
T addOf(T a, T b) {
  return a + b;
}
template <typename T>
T subOf(T a, T b) {
  return a - b;
}
template <typename T>
T mulOf(T a, T b) {
  return a * b;
}
template <typename T>
T divOf(T a, T b) {
  return a / b;
}
template <typename T>
T powOf(T a, T b) {
  return static_cast<T>(::pow(static_cast<double>(a), static_cast<double>(b)));
}

template <typename T>
Mask<T> equalOf(T a, T b) {
  return MaskOf<T>::of(a == b);
}
template <typename T>
Mask<T> notEqualOf(T a, T b) {
  return MaskOf<T>::of(a != b);
}
template <typename T>
Mask<T> lessOf(T a, T b) {
  return MaskOf<T>::of(a < b);
}
template <typename T>
Mask<T> lessEqualOf(T a, T b) {
  return MaskOf<T>::of(a <= b);
}
template <typename T>
Mask<T> greaterOf(T a, T b) {
  return MaskOf<T>::of(a > b);
}
template <typename T>
Mask<T> greaterEqualOf(T a, T b) {
  return MaskOf<T>::of(a >= b);
}

// Toward zero, saturating; NaN gives 0.
template <typename T>
int32_t wholeOf(T x) {
  if (x != x) return 0;
  if (x >= T(2147483648.0)) return INT32_MAX;
  return x <= T(-2147483648.0) ? INT32_MIN : static_cast<int32_t>(x);
}

int32_t byteOf(int32_t x) { return x < 0 ? 0 : x > 255 ? 255 : x; }
template <typename T>
int32_t byteOfReal(T x) {
  return byteOf(wholeOf(x));
}

// ---- whole numbers: i32, wrapping -----------------------------------------------------------

int32_t wrap(uint32_t x) { return static_cast<int32_t>(x); }
uint32_t bits(int32_t x) { return static_cast<uint32_t>(x); }

int32_t negWhole(int32_t x) { return wrap(0u - bits(x)); }
int32_t absWhole(int32_t x) { return x < 0 ? negWhole(x) : x; }
int32_t addWhole(int32_t a, int32_t b) { return wrap(bits(a) + bits(b)); }
int32_t subWhole(int32_t a, int32_t b) { return wrap(bits(a) - bits(b)); }
int32_t mulWhole(int32_t a, int32_t b) { return wrap(bits(a) * bits(b)); }
// Toward zero; by zero gives 0; INT32_MIN / -1 wraps.
int32_t divWhole(int32_t a, int32_t b) { return b == 0 ? 0 : b == -1 ? negWhole(a) : a / b; }

// ---- masks and casts ------------------------------------------------------------------------

int32_t notMask(int32_t x) { return ~x; }
int32_t andMask(int32_t a, int32_t b) { return a & b; }
int32_t orMask(int32_t a, int32_t b) { return a | b; }
// As truth values: false < true.
int32_t truth(int32_t mask) { return mask != 0; }
template <int32_t (*f)(int32_t, int32_t)>
int32_t byTruth(int32_t a, int32_t b) {
  return f(truth(a), truth(b));
}
float floatOfMask(int32_t x) { return x ? 1.0f : 0.0f; }
float floatOfWhole(int32_t x) { return static_cast<float>(x); }
int32_t maskOfWhole(int32_t x) { return x ? -1 : 0; }
int32_t maskOfFloat(float x) { return x != 0.0f ? -1 : 0; }
template <typename T>
T same(T x) {
  return x;
}

double notWide(double x) { return x == 0.0 ? 1.0 : 0.0; }
double andWide(double a, double b) { return a != 0.0 && b != 0.0 ? 1.0 : 0.0; }
double orWide(double a, double b) { return a != 0.0 || b != 0.0 ? 1.0 : 0.0; }
double floatWide(double x) { return static_cast<double>(static_cast<float>(x)); }
double wholeWide(double x) { return static_cast<double>(wholeOf(x)); }
double boolWide(double x) { return x != 0.0 ? 1.0 : 0.0; }
double byteWide(double x) { return static_cast<double>(byteOfReal(x)); }

// ---- the table ------------------------------------------------------------------------------

template <typename T>
void fillReal(KernelTable& t, Lane lane) {
  const auto set = [&](PointwiseCode code, PointwiseFn fn) { t.pointwise[code][lane] = fn; };
  set(kNeg, map1<T, T, negOf<T>>);
  set(kAbs, map1<T, T, absOf>);
  set(kSign, map1<T, T, signOf<T>>);
  set(kRelu, map1<T, T, reluOf<T>>);
  set(kExp, map1<T, T, through<T, ::exp>>);
  set(kExpm1, map1<T, T, through<T, ::expm1>>);
  set(kLog, map1<T, T, through<T, ::log>>);
  set(kLog1p, map1<T, T, through<T, ::log1p>>);
  set(kSqrt, map1<T, T, through<T, ::sqrt>>);
  set(kRsqrt, map1<T, T, through<T, rsqrtOf>>);
  set(kTanh, map1<T, T, through<T, ::tanh>>);
  set(kSigmoid, map1<T, T, through<T, sigmoidOf>>);
  set(kErf, map1<T, T, through<T, ::erf>>);
  set(kSin, map1<T, T, through<T, ::sin>>);
  set(kCos, map1<T, T, through<T, ::cos>>);
  set(kFloor, map1<T, T, through<T, ::floor>>);
  set(kRound, map1<T, T, through<T, ::nearbyint>>);
  set(kReciprocal, map1<T, T, reciprocalOf<T>>);
  set(kIsFinite, map1<Mask<T>, T, finiteOf<T>>);
  set(kDiv, map2<T, T, divOf<T>>);
  set(kPow, map2<T, T, powOf<T>>);
  set(kReluGradient, map2<T, T, reluGradientOf<T>>);
  set(kAdd, map2<T, T, addOf<T>>);
  set(kSub, map2<T, T, subOf<T>>);
  set(kMul, map2<T, T, mulOf<T>>);
}

// What every type with an order has.
template <typename T>
void fillOrdered(KernelTable& t, Lane lane) {
  const auto set = [&](PointwiseCode code, PointwiseFn fn) { t.pointwise[code][lane] = fn; };
  set(kMax, map2<T, T, maxOf<T>>);
  set(kMin, map2<T, T, minOf<T>>);
  set(kEqual, map2<Mask<T>, T, equalOf<T>>);
  set(kNotEqual, map2<Mask<T>, T, notEqualOf<T>>);
  set(kLess, map2<Mask<T>, T, lessOf<T>>);
  set(kLessEqual, map2<Mask<T>, T, lessEqualOf<T>>);
  set(kGreater, map2<Mask<T>, T, greaterOf<T>>);
  set(kGreaterEqual, map2<Mask<T>, T, greaterEqualOf<T>>);
  set(kWhere, choose<T>);
}

void fillWhole(KernelTable& t) {
  const auto set = [&](PointwiseCode code, PointwiseFn fn) { t.pointwise[code][kLaneI32] = fn; };
  set(kNeg, map1<int32_t, int32_t, negWhole>);
  set(kAbs, map1<int32_t, int32_t, absWhole>);
  set(kSign, map1<int32_t, int32_t, signOf<int32_t>>);
  set(kRelu, map1<int32_t, int32_t, reluOf<int32_t>>);
  set(kAdd, map2<int32_t, int32_t, addWhole>);
  set(kSub, map2<int32_t, int32_t, subWhole>);
  set(kMul, map2<int32_t, int32_t, mulWhole>);
  set(kDiv, map2<int32_t, int32_t, divWhole>);
  set(kCastF32, map1<float, int32_t, floatOfWhole>);
  set(kCastI32, map1<int32_t, int32_t, same<int32_t>>);
  set(kCastBool, map1<int32_t, int32_t, maskOfWhole>);
  set(kCastU8, map1<int32_t, int32_t, byteOf>);
}

void fillMask(KernelTable& t) {
  const auto set = [&](PointwiseCode code, PointwiseFn fn) { t.pointwise[code][kLaneMask] = fn; };
  set(kLogicalNot, map1<int32_t, int32_t, notMask>);
  set(kLogicalAnd, map2<int32_t, int32_t, andMask>);
  set(kLogicalOr, map2<int32_t, int32_t, orMask>);
  set(kEqual, map2<int32_t, int32_t, byTruth<equalOf<int32_t>>>);
  set(kNotEqual, map2<int32_t, int32_t, byTruth<notEqualOf<int32_t>>>);
  set(kLess, map2<int32_t, int32_t, byTruth<lessOf<int32_t>>>);
  set(kLessEqual, map2<int32_t, int32_t, byTruth<lessEqualOf<int32_t>>>);
  set(kGreater, map2<int32_t, int32_t, byTruth<greaterOf<int32_t>>>);
  set(kGreaterEqual, map2<int32_t, int32_t, byTruth<greaterEqualOf<int32_t>>>);
  set(kWhere, choose<int32_t>);
  set(kCastF32, map1<float, int32_t, floatOfMask>);
  set(kCastI32, map1<int32_t, int32_t, truth>);
  set(kCastBool, map1<int32_t, int32_t, same<int32_t>>);
  set(kCastU8, map1<int32_t, int32_t, truth>);
}

}  // namespace

void fillNarrow(KernelTable& t) noexcept {
  fillReal<float>(t, kLaneF32);
  fillOrdered<float>(t, kLaneF32);
  const auto set = [&](PointwiseCode code, PointwiseFn fn) { t.pointwise[code][kLaneF32] = fn; };
  set(kWhere, choose<int32_t>);  // moves bits, so a denormal stays one
  set(kCastF32, map1<int32_t, int32_t, same<int32_t>>);
  set(kCastI32, map1<int32_t, float, wholeOf<float>>);
  set(kCastBool, map1<int32_t, float, maskOfFloat>);
  set(kCastU8, map1<int32_t, float, byteOfReal<float>>);
  fillOrdered<int32_t>(t, kLaneI32);
  fillWhole(t);
  fillMask(t);
}

void fillWide(KernelTable& t) noexcept {
  fillReal<double>(t, kLaneF64);
  fillOrdered<double>(t, kLaneF64);
  const auto set = [&](PointwiseCode code, PointwiseFn fn) { t.pointwise[code][kLaneF64] = fn; };
  set(kLogicalNot, map1<double, double, notWide>);
  set(kLogicalAnd, map2<double, double, andWide>);
  set(kLogicalOr, map2<double, double, orWide>);
  set(kCastF32, map1<double, double, floatWide>);
  set(kCastI32, map1<double, double, wholeWide>);
  set(kCastBool, map1<double, double, boolWide>);
  set(kCastU8, map1<double, double, byteWide>);
  set(kCastF64, map1<double, double, same<double>>);
}

}  // namespace reference
}  // namespace slalom
