// where and cast.
#include "families.h"
#include "pointwise.h"

namespace slalom::ops {

namespace {

Types inferWhere(const InferContext& c) {
  requireBool(c.inputs[0]);
  requireSameDType(c.inputs, 1);
  return {c.inputs[1]};
}

Values whereVjp(VjpContext& c) {
  const ValueId g = c.cotangent(), condition = c.input(0);
  const ValueId zero = c.b.scalar(0, c.b.dtype(g));
  return {kNoValue, c.needed[1] ? c.b.where(condition, g, zero) : kNoValue,
          c.needed[2] ? c.b.where(condition, zero, g) : kNoValue};
}

Values simplifyWhere(RewriteContext& c) {
  const Values& in = c.node.inputs;
  if (in[1] == in[2]) return replaceBy(in[1]);
  const std::optional<double> condition = splatValue(c.b.graph(), in[0]);
  return condition ? replaceBy(*condition != 0 ? in[1] : in[2]) : keepNode();
}

Types inferCast(const InferContext& c) { return {{dtypeNamed(c.attrs.text("dtype")), c.inputs[0].shape}}; }

Values castVjp(VjpContext& c) {
  const DType from = c.b.dtype(c.input(0));
  const bool flows = isFloat(from) && isFloat(c.b.dtype(c.result()));
  return {flows ? c.b.cast(c.cotangent(), from) : kNoValue};
}

Values simplifyCast(RewriteContext& c) {
  const ValueId x = c.node.inputs[0];
  return c.b.dtype(x) == dtypeNamed(c.node.attrs.text("dtype")) ? replaceBy(x) : keepNode();
}

constexpr AttrSpec kCastAttrs[] = {{AttrSpec::text, "dtype"}};

constexpr OpDef castOp() {
  OpDef op = pointwise("cast", 1, kPointwiseCount, inferCast, castVjp,
                       "x as another dtype; to i32 and u8 saturating, NaN as 0");
  op.attrs = kCastAttrs;
  op.simplify = simplifyCast;
  return op;
}

}  // namespace

const OpDef where =
    with(pointwise("where", 3, kWhere, inferWhere, whereVjp, "a where the condition holds, else b"), simplifyWhere);
const OpDef cast = castOp();

}  // namespace slalom::ops

namespace slalom {

PointwiseCode pointwiseCode(const Node& node) {
  if (node.op != &ops::cast) return definition(node).code;
  switch (dtypeNamed(node.attrs.text("dtype"))) {
    case DType::f32:
      return kCastF32;
    case DType::f64:
      return kCastF64;
    case DType::i32:
      return kCastI32;
    case DType::boolean:
      return kCastBool;
    case DType::u8:
      return kCastU8;
  }
  return kPointwiseCount;
}

}  // namespace slalom
