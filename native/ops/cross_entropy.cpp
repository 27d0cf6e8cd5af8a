// Softmax cross-entropy with integer labels: a composite with a kernel of its own.
#include "families.h"
#include "rules.h"

#include "../ir/error.h"

namespace slalom::ops {

namespace {

Types inferCrossEntropy(const InferContext& c) {
  const Type& logits = c.inputs[0];
  const Type& labels = c.inputs[1];
  requireFloat(logits);
  requireRank(logits, 1);
  requireIndex(labels);
  const std::vector<int64_t>& dims = logits.shape.dims();
  const Shape rows(std::vector<int64_t>(dims.begin(), dims.end() - 1));
  if (labels.shape != rows) {
    throw Error::shape("expected labels " + rows.toString() + " for logits " + logits.shape.toString() + ", found " +
                       labels.shape.toString());
  }
  return {{logits.dtype, rows}, logits};
}

ValueId asColumn(Builder& b, ValueId v) {
  std::vector<int64_t> dims = b.shape(v).dims();
  dims.push_back(1);
  return b.reshape(v, Shape(std::move(dims)));
}

// True at [row, label[row]]. The ignored label, if any, is true nowhere: see keptRows.
ValueId labelMask(Builder& b, ValueId labels, const Shape& logits) {
  const ValueId classes =
      b.emit(iota, {}, {{"shape", logits.dims()}, {"axis", int64_t{-1}}, {"dtype", nameAttr(DType::i32)}});
  return b.emit(equal, {asColumn(b, labels), classes});
}

// v, one a row, with 0 in the rows of ignored labels.
ValueId keptRows(Builder& b, const Attrs& attrs, ValueId labels, ValueId v) {
  if (!attrs.find("ignoreIndex")) return v;
  const ValueId ignored =
      b.emit(equal, {labels, b.scalar(static_cast<double>(attrs.integer("ignoreIndex")), DType::i32)});
  return b.where(ignored, b.scalar(0, b.dtype(v)), v);
}

// (probs - oneHot) * g of the loss, and the softmax rule for what flows into probs.
Values crossEntropyVjp(VjpContext& c) {
  Builder& b = c.b;
  const ValueId labels = c.input(1), probs = c.result(1);
  const Shape shape = b.shape(probs);
  const DType dtype = b.dtype(probs);
  ValueId total = kNoValue;
  if (c.cotangent(0) != kNoValue) {
    const ValueId g = asColumn(b, keptRows(b, c.node.attrs, labels, c.cotangent(0)));
    const ValueId oneHotRows = b.cast(labelMask(b, labels, shape), dtype);
    total = b.mul(b.sub(probs, oneHotRows), g);
  }
  if (c.cotangent(1) != kNoValue) {
    const ValueId g = c.cotangent(1);
    const ValueId part = b.mul(probs, b.sub(g, b.sum(b.mul(g, probs), {-1}, true)));
    total = total == kNoValue ? part : b.add(total, part);
  }
  return {total, kNoValue};
}

Values decomposeCrossEntropy(RewriteContext& c) {
  Builder& b = c.b;
  const ValueId logits = c.node.inputs[0], labels = c.node.inputs[1];
  const ValueId rows = b.neg(b.emit(logSoftmax, {logits}));
  const ValueId zero = b.scalar(0, b.dtype(logits));
  const ValueId loss = b.sum(b.where(labelMask(b, labels, b.shape(logits)), rows, zero), {-1});
  return {keptRows(b, c.node.attrs, labels, loss), b.emit(softmax, {logits})};
}

void bindCrossEntropy(Bind& bind) {
  const Operand x = bind.input(0);
  const Shape& shape = x.layout.shape;
  if (bind.result(0).layout.shape.size() == 0) return;
  auto* args = bind.args<CrossEntropyArgs>();
  args->cols = shape[shape.rank() - 1];
  args->rows = bind.result(0).layout.shape.size();
  args->ignoreIndex = bind.node().attrs.integer("ignoreIndex", INT64_MIN);
  args->storage = storageOf(x.dtype);
  bind.link(&args->x, x.address);
  bind.link(&args->labels, bind.input(1).address);
  bind.link(&args->loss, bind.result(0).address);
  if (bind.used(1)) bind.link(&args->probs, bind.result(1).address);
  bind.link(&args->fault, bind.fault());
  CallPlan plan{};
  bind.kernels().planCrossEntropy(args, &plan);
  bind.calls(plan);
}

constexpr AttrSpec kAttrs[] = {{AttrSpec::integer, "ignoreIndex", false}};

constexpr OpDef crossEntropyOp() {
  OpDef op;
  op.name = "softmaxCrossEntropy";
  op.traits = kFaults;
  op.minInputs = op.maxInputs = 2;
  op.attrs = kAttrs;
  op.doc = "-log(softmax(logits)[label]) a row, 0 where label = ignoreIndex; results: loss, softmax(logits)";
  op.infer = inferCrossEntropy;
  op.vjp = crossEntropyVjp;
  op.decompose = decomposeCrossEntropy;
  op.perElement = 5;  // as a softmax
  op.bind = bindCrossEntropy;
  return op;
}

}  // namespace

const OpDef softmaxCrossEntropy = crossEntropyOp();

}  // namespace slalom::ops
