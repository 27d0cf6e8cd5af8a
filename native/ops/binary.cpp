// Pointwise arithmetic of two operands.
#include "families.h"
#include "pointwise.h"

#include <cmath>

namespace slalom::ops {

namespace {

Types inferNumeric(const InferContext& c) {
  requireSameDType(c.inputs);
  requireNumeric(c.inputs[0]);
  return {c.inputs[0]};
}

Types inferFloat(const InferContext& c) {
  requireSameDType(c.inputs);
  requireFloat(c.inputs[0]);
  return {c.inputs[0]};
}

Values addVjp(VjpContext& c) { return {c.cotangent(), c.cotangent()}; }
Values subVjp(VjpContext& c) { return {c.cotangent(), c.needed[1] ? c.b.neg(c.cotangent()) : kNoValue}; }

Values mulVjp(VjpContext& c) {
  const ValueId g = c.cotangent();
  return {c.needed[0] ? c.b.mul(g, c.input(1)) : kNoValue, c.needed[1] ? c.b.mul(g, c.input(0)) : kNoValue};
}

Values divVjp(VjpContext& c) {
  const ValueId g = c.cotangent(), b = c.input(1);
  return {c.needed[0] ? c.b.div(g, b) : kNoValue, c.needed[1] ? c.b.neg(c.b.mul(g, c.b.div(c.result(), b))) : kNoValue};
}

// The selected operand takes the gradient, equal operands half each. With a NaN operand neither
// comparison holds and both take it.
Values selectVjp(VjpContext& c, const OpDef& loses) {
  const ValueId g = c.cotangent(), a = c.input(0), b = c.input(1);
  const ValueId tie = c.b.emit(equal, {a, b});
  const ValueId half = c.b.mul(g, c.b.scalar(0.5, c.b.dtype(g)));
  const ValueId zero = c.b.scalar(0, c.b.dtype(g));
  const auto side = [&](ValueId self, ValueId other) {
    return c.b.where(tie, half, c.b.where(c.b.emit(loses, {self, other}), zero, g));
  };
  return {c.needed[0] ? side(a, b) : kNoValue, c.needed[1] ? side(b, a) : kNoValue};
}

Values maxVjp(VjpContext& c) { return selectVjp(c, less); }
Values minVjp(VjpContext& c) { return selectVjp(c, greater); }

// g * (b * a^(b - 1)), 0 where b = 0. The inner exponent is 0 there, so that a^(-1) of a zero
// base never enters the graph: its own gradient would turn the masked 0 into 0 * inf.
ValueId powBaseVjp(VjpContext& c) {
  const ValueId g = c.cotangent(), a = c.input(0), b = c.input(1);
  const DType dtype = c.b.dtype(g);
  if (const std::optional<double> exponent = splatValue(c.b.graph(), b)) {
    if (*exponent == 0) return kNoValue;
    if (*exponent == 1) return g;
    const ValueId power = *exponent == 2 ? a : c.b.emit(pow, {a, c.b.like(*exponent - 1, a)});
    return c.b.mul(g, c.b.mul(b, power));
  }
  const ValueId zero = c.b.scalar(0, dtype), one = c.b.scalar(1, dtype);
  const ValueId flat = c.b.emit(equal, {b, zero});
  const ValueId lowered = c.b.sub(c.b.where(flat, one, b), one);
  const ValueId slope = c.b.mul(b, c.b.emit(pow, {a, lowered}));
  return c.b.where(flat, zero, c.b.mul(g, slope));
}

// g * (a^b * log(a)), 0 where a = 0 and b >= 0.
ValueId powExponentVjp(VjpContext& c) {
  const ValueId g = c.cotangent(), a = c.input(0), b = c.input(1);
  const DType dtype = c.b.dtype(g);
  const ValueId zero = c.b.scalar(0, dtype), one = c.b.scalar(1, dtype);
  const ValueId masked = c.b.emit(logicalAnd, {c.b.emit(equal, {a, zero}), c.b.emit(greaterEqual, {b, zero})});
  const ValueId slope = c.b.mul(c.result(), c.b.emit(log, {c.b.where(masked, one, a)}));
  return c.b.where(masked, zero, c.b.mul(g, slope));
}

Values powVjp(VjpContext& c) {
  return {c.needed[0] ? powBaseVjp(c) : kNoValue, c.needed[1] ? powExponentVjp(c) : kNoValue};
}

Values reluGradientVjp(VjpContext& c) {
  return {kNoValue, c.needed[1] ? c.b.emit(reluGradient, {c.input(0), c.cotangent()}) : kNoValue};
}

// Only identities that hold for every bit pattern a kernel can meet, NaN and -0 included. Not
// among them: x + 0 (turns -0 into +0), x * 0 (NaN and infinities, the sign of zero), x - x
// (infinities), 0 + x, pow(x, 1) (its kernel rounds by itself). Denormals do not count: kernels
// flush them wherever they are read.
bool isSplat(RewriteContext& c, int input, double value) {
  const std::optional<double> splat = splatValue(c.b.graph(), c.node.inputs[static_cast<size_t>(input)]);
  return splat && *splat == value && std::signbit(*splat) == std::signbit(value);
}

bool isWhole(RewriteContext& c) { return !isFloat(c.b.dtype(c.node.inputs[0])); }

Values simplifyAdd(RewriteContext& c) {
  for (int i = 0; i < 2; ++i) {
    if (isSplat(c, i, -0.0) || (isWhole(c) && isSplat(c, i, 0)))
      return replaceBy(c.node.inputs[static_cast<size_t>(1 - i)]);
  }
  return keepNode();
}

Values simplifySub(RewriteContext& c) { return isSplat(c, 1, 0) ? replaceBy(c.node.inputs[0]) : keepNode(); }

Values simplifyMul(RewriteContext& c) {
  for (int i = 0; i < 2; ++i) {
    if (isSplat(c, i, 1)) return replaceBy(c.node.inputs[static_cast<size_t>(1 - i)]);
  }
  return keepNode();
}

Values simplifyDiv(RewriteContext& c) { return isSplat(c, 1, 1) ? replaceBy(c.node.inputs[0]) : keepNode(); }

}  // namespace

const OpDef add = with(pointwise("add", 2, kAdd, inferNumeric, addVjp, "a + b"), simplifyAdd);
const OpDef sub = with(pointwise("sub", 2, kSub, inferNumeric, subVjp, "a - b"), simplifySub);
const OpDef mul = with(pointwise("mul", 2, kMul, inferNumeric, mulVjp, "a * b"), simplifyMul);
const OpDef div = with(pointwise("div", 2, kDiv, inferFloat, divVjp, "a / b"), simplifyDiv);
const OpDef max = pointwise("maximum", 2, kMax, inferNumeric, maxVjp, "the greater operand; NaN if one is NaN");
const OpDef min = pointwise("minimum", 2, kMin, inferNumeric, minVjp, "the lesser operand; NaN if one is NaN");
const OpDef pow = pointwise("pow", 2, kPow, inferFloat, powVjp, "a to the b");
const OpDef reluGradient = pointwise("reluGradient", 2, kReluGradient, inferFloat, reluGradientVjp,
                                     "b where a, a result of relu, is above 0 or NaN; else 0");

}  // namespace slalom::ops
