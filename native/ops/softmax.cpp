// softmax and logSoftmax over the last axis: composites with kernels of their own.
#include "families.h"
#include "rules.h"

namespace slalom::ops {

namespace {

Types inferSoftmax(const InferContext& c) {
  requireFloat(c.inputs[0]);
  requireRank(c.inputs[0], 1);
  return {c.inputs[0]};
}

ValueId lastSum(Builder& b, ValueId v) { return b.sum(v, {-1}, true); }

// p * (g - sum(g * p))
Values softmaxVjp(VjpContext& c) {
  const ValueId g = c.cotangent(), p = c.result();
  return {c.b.mul(p, c.b.sub(g, lastSum(c.b, c.b.mul(g, p))))};
}

// g - softmax(x) * sum(g)
Values logSoftmaxVjp(VjpContext& c) {
  const ValueId g = c.cotangent();
  return {c.b.sub(g, c.b.mul(c.b.emit(exp, {c.result()}), lastSum(c.b, g)))};
}

// x less its row's maximum, which changes no result and keeps exp finite.
ValueId shifted(RewriteContext& c) {
  const ValueId x = c.node.inputs[0];
  const std::vector<int64_t> last = {-1};
  return c.b.sub(x, c.b.emit(stopGradient, {c.b.emit(reduceMax, {x}, {{"axes", last}, {"keepDims", true}})}));
}

Values decomposeSoftmax(RewriteContext& c) {
  const ValueId e = c.b.emit(exp, {shifted(c)});
  return {c.b.div(e, lastSum(c.b, e))};
}

Values decomposeLogSoftmax(RewriteContext& c) {
  const ValueId x = shifted(c);
  return {c.b.sub(x, c.b.emit(log, {lastSum(c.b, c.b.emit(exp, {x}))}))};
}

template <SoftmaxKind kind>
void bindSoftmax(Bind& bind) {
  const Operand x = bind.input(0);
  const Shape& shape = x.layout.shape;
  if (shape.size() == 0) return;
  auto* args = bind.args<SoftmaxArgs>();
  args->cols = shape[shape.rank() - 1];
  args->rows = shape.size() / args->cols;
  args->kind = kind;
  args->storage = storageOf(x.dtype);
  bind.link(&args->x, x.address);
  bind.link(&args->y, bind.result().address);
  CallPlan plan{};
  bind.kernels().planSoftmax(args, &plan);
  bind.calls(plan);
}

template <SoftmaxKind kind>
constexpr OpDef softmaxOp(std::string_view name, std::vector<ValueId> (*vjp)(VjpContext&),
                          std::vector<ValueId> (*decompose)(RewriteContext&), std::string_view doc) {
  OpDef op;
  op.name = name;
  op.doc = doc;
  op.infer = inferSoftmax;
  op.vjp = vjp;
  op.decompose = decompose;
  op.perElement = 5;  // maximum, difference, exp, sum, quotient
  op.bind = bindSoftmax<kind>;
  return op;
}

}  // namespace

const OpDef softmax =
    softmaxOp<kSoftmax>("softmax", softmaxVjp, decomposeSoftmax, "exp(x) / sum(exp(x)) over the last axis");
const OpDef logSoftmax =
    softmaxOp<kLogSoftmax>("logSoftmax", logSoftmaxVjp, decomposeLogSoftmax, "x - log(sum(exp(x))) over the last axis");

}  // namespace slalom::ops
