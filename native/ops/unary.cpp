// Pointwise ops of one operand. Gradients at kinks follow PyTorch: abs'(0) = 0, sqrt'(0) = inf.
#include "families.h"
#include "pointwise.h"

namespace slalom::ops {

namespace {

Types inferNumeric(const InferContext& c) {
  requireNumeric(c.inputs[0]);
  return {c.inputs[0]};
}

Types inferFloat(const InferContext& c) {
  requireFloat(c.inputs[0]);
  return {c.inputs[0]};
}

Types inferIsFinite(const InferContext& c) {
  requireFloat(c.inputs[0]);
  return {{DType::boolean, c.inputs[0].shape}};
}

Types inferNot(const InferContext& c) {
  requireBool(c.inputs[0]);
  return {c.inputs[0]};
}

ValueId square(Builder& b, ValueId v) { return b.mul(v, v); }
ValueId scaled(Builder& b, double factor, ValueId v) { return b.mul(v, b.scalar(factor, b.dtype(v))); }
ValueId oneMinus(Builder& b, ValueId v) { return b.sub(b.scalar(1, b.dtype(v)), v); }
ValueId onePlus(Builder& b, ValueId v) { return b.add(v, b.scalar(1, b.dtype(v))); }

Values negVjp(VjpContext& c) { return {c.b.neg(c.cotangent())}; }
Values absVjp(VjpContext& c) { return {c.b.mul(c.cotangent(), c.b.emit(sign, {c.input(0)}))}; }
Values reluVjp(VjpContext& c) { return {c.b.emit(reluGradient, {c.result(), c.cotangent()})}; }
Values expVjp(VjpContext& c) { return {c.b.mul(c.cotangent(), c.result())}; }
Values expm1Vjp(VjpContext& c) { return {c.b.mul(c.cotangent(), onePlus(c.b, c.result()))}; }
Values logVjp(VjpContext& c) { return {c.b.div(c.cotangent(), c.input(0))}; }
Values log1pVjp(VjpContext& c) { return {c.b.div(c.cotangent(), onePlus(c.b, c.input(0)))}; }
Values sqrtVjp(VjpContext& c) { return {c.b.div(c.cotangent(), scaled(c.b, 2, c.result()))}; }
Values rsqrtVjp(VjpContext& c) {
  const ValueId y = c.result();
  return {c.b.mul(scaled(c.b, -0.5, c.cotangent()), c.b.mul(square(c.b, y), y))};
}
Values tanhVjp(VjpContext& c) { return {c.b.mul(c.cotangent(), oneMinus(c.b, square(c.b, c.result())))}; }
Values sigmoidVjp(VjpContext& c) {
  const ValueId y = c.result();
  return {c.b.mul(c.cotangent(), c.b.mul(y, oneMinus(c.b, y)))};
}
Values erfVjp(VjpContext& c) {
  constexpr double twoOverRootPi = 1.1283791670955126;
  const ValueId bell = c.b.emit(exp, {c.b.neg(square(c.b, c.input(0)))});
  return {c.b.mul(c.cotangent(), scaled(c.b, twoOverRootPi, bell))};
}
Values sinVjp(VjpContext& c) { return {c.b.mul(c.cotangent(), c.b.emit(cos, {c.input(0)}))}; }
Values cosVjp(VjpContext& c) { return {c.b.neg(c.b.mul(c.cotangent(), c.b.emit(sin, {c.input(0)})))}; }
Values reciprocalVjp(VjpContext& c) { return {c.b.neg(c.b.mul(c.cotangent(), square(c.b, c.result())))}; }

// f(f(x)) = x: a sign or a mask flipped twice, to the bit.
Values dropTwice(RewriteContext& c) {
  const Node& inner = c.b.graph().producer(c.node.inputs[0]);
  return inner.op == c.node.op ? replaceBy(inner.inputs[0]) : keepNode();
}

}  // namespace

const OpDef neg = with(pointwise("neg", 1, kNeg, inferNumeric, negVjp, "-x"), dropTwice);
const OpDef abs = pointwise("abs", 1, kAbs, inferNumeric, absVjp, "|x|; its gradient at 0 is 0");
const OpDef sign = pointwise("sign", 1, kSign, inferNumeric, nullptr, "-1, 0 or 1; no gradient");
const OpDef relu =
    pointwise("relu", 1, kRelu, inferNumeric, reluVjp, "max(x, 0), NaN as itself; its gradient at 0 is 0");
const OpDef exp = pointwise("exp", 1, kExp, inferFloat, expVjp, "e to the x");
const OpDef expm1 = pointwise("expm1", 1, kExpm1, inferFloat, expm1Vjp, "exp(x) - 1, precise near 0");
const OpDef log = pointwise("log", 1, kLog, inferFloat, logVjp, "natural logarithm");
const OpDef log1p = pointwise("log1p", 1, kLog1p, inferFloat, log1pVjp, "log(1 + x), precise near 0");
const OpDef sqrt = pointwise("sqrt", 1, kSqrt, inferFloat, sqrtVjp, "square root; its gradient at 0 is infinite");
const OpDef rsqrt = pointwise("rsqrt", 1, kRsqrt, inferFloat, rsqrtVjp, "1 / sqrt(x)");
const OpDef tanh = pointwise("tanh", 1, kTanh, inferFloat, tanhVjp, "hyperbolic tangent");
const OpDef sigmoid = pointwise("sigmoid", 1, kSigmoid, inferFloat, sigmoidVjp, "1 / (1 + exp(-x))");
const OpDef erf = pointwise("erf", 1, kErf, inferFloat, erfVjp, "the error function");
const OpDef sin = pointwise("sin", 1, kSin, inferFloat, sinVjp, "sine of radians");
const OpDef cos = pointwise("cos", 1, kCos, inferFloat, cosVjp, "cosine of radians");
const OpDef floor = pointwise("floor", 1, kFloor, inferFloat, nullptr, "the next whole number below; no gradient");
const OpDef round =
    pointwise("round", 1, kRound, inferFloat, nullptr, "nearest whole number, half to even; no gradient");
const OpDef reciprocal = pointwise("reciprocal", 1, kReciprocal, inferFloat, reciprocalVjp, "1 / x");
const OpDef isFinite = pointwise("isFinite", 1, kIsFinite, inferIsFinite, nullptr, "neither NaN nor infinite");
const OpDef logicalNot =
    with(pointwise("logicalNot", 1, kLogicalNot, inferNot, nullptr, "true where x is false"), dropTwice);

}  // namespace slalom::ops
