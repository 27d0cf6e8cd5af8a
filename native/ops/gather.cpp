// Rows by index: gather, its transpose scatterAdd, and oneHot.
#include "families.h"
#include "rules.h"

#include "../ir/error.h"

namespace slalom::ops {

namespace {

// index.shape + row
Shape joined(const Shape& index, const Shape& source, int from) {
  std::vector<int64_t> dims = index.dims();
  for (int i = from; i < source.rank(); ++i) dims.push_back(source[i]);
  return Shape(std::move(dims));
}

DType gatheredDType(const Attrs& attrs, DType source) {
  return attrs.find("dtype") ? dtypeNamed(attrs.text("dtype")) : source;
}

Types inferGather(const InferContext& c) {
  const Type& source = c.inputs[0];
  requireRank(source, 1);
  requireIndex(c.inputs[1]);
  return {{gatheredDType(c.attrs, source.dtype), joined(c.inputs[1].shape, source.shape, 1)}};
}

Values gatherVjp(VjpContext& c) {
  const Type source = c.b.type(c.input(0));
  if (!isFloat(source.dtype)) return {kNoValue, kNoValue};
  const ValueId g = c.b.cast(c.cotangent(), source.dtype);
  return {c.b.emit(scatterAdd, {c.input(1), g}, {{"rows", source.shape[0]}}), kNoValue};
}

void bindGather(Bind& bind) {
  const Operand source = bind.input(0), index = bind.input(1), out = bind.result();
  const int64_t count = index.layout.shape.size();
  if (out.layout.shape.size() == 0) return;
  auto* args = bind.args<GatherArgs>();
  args->sourceRows = source.layout.shape[0];
  args->count = count;
  args->rowSize = out.layout.shape.size() / count;
  args->from = storageOf(source.dtype);
  args->to = storageOf(out.dtype);
  bind.link(&args->source, source.address);
  bind.link(&args->index, index.address);
  bind.link(&args->out, out.address);
  bind.link(&args->fault, bind.fault());
  CallPlan plan{};
  bind.kernels().planGather(args, &plan);
  bind.calls(plan);
}

// Of the source the rows that are asked for, not the table.
int64_t gatherReads(const Graph& g, const Node& node, int i) {
  return i == 0 ? g.type(node.result()).shape.size() : g.type(node.inputs[1]).shape.size();
}

Types inferScatterAdd(const InferContext& c) {
  const Type& index = c.inputs[0];
  const Type& update = c.inputs[1];
  requireIndex(index);
  requireFloat(update);
  const int64_t rows = c.attrs.integer("rows");
  bool fits = rows >= 0 && update.shape.rank() >= index.shape.rank();
  for (int i = 0; fits && i < index.shape.rank(); ++i) fits = update.shape[i] == index.shape[i];
  if (!fits) {
    throw Error::shape("expected an update with the leading axes " + index.shape.toString() + " of the index, found " +
                       update.toString() + " for " + std::to_string(rows) + " rows");
  }
  return {{update.dtype, joined({rows}, update.shape, index.shape.rank())}};
}

Values scatterAddVjp(VjpContext& c) { return {kNoValue, c.b.emit(gather, {c.cotangent(), c.input(0)})}; }

void bindScatterAdd(Bind& bind) {
  const Operand index = bind.input(0), update = bind.input(1), out = bind.result();
  const int64_t size = out.layout.shape.size();
  if (size == 0) return;
  auto* args = bind.args<ScatterAddArgs>();
  args->outRows = out.layout.shape[0];
  args->count = index.layout.shape.size();
  args->rowSize = size / args->outRows;
  args->storage = storageOf(out.dtype);
  bind.link(&args->index, index.address);
  bind.link(&args->update, update.address);
  bind.link(&args->out, out.address);
  bind.link(&args->fault, bind.fault());
  CallPlan plan{};
  bind.kernels().planScatterAdd(args, &plan);
  bind.calls(plan);
}

DType oneHotDType(const Attrs& attrs) { return gatheredDType(attrs, DType::f32); }

Types inferOneHot(const InferContext& c) {
  requireIndex(c.inputs[0]);
  const int64_t classes = c.attrs.integer("classes");
  if (classes < 0) throw Error::shape("expected 0 classes or more, found " + std::to_string(classes));
  return {{oneHotDType(c.attrs), joined(c.inputs[0].shape, {classes}, 0)}};
}

Values decomposeOneHot(RewriteContext& c) {
  const ValueId labels = c.node.inputs[0];
  const Shape shape = joined(c.b.shape(labels), {c.node.attrs.integer("classes")}, 0);
  const ValueId positions =
      c.b.emit(iota, {}, {{"shape", shape.dims()}, {"axis", int64_t{-1}}, {"dtype", nameAttr(DType::i32)}});
  const ValueId column = c.b.reshape(labels, joined(c.b.shape(labels), {1}, 0));
  return {c.b.cast(c.b.emit(equal, {column, positions}), oneHotDType(c.node.attrs))};
}

constexpr AttrSpec kGatherAttrs[] = {{AttrSpec::text, "dtype", false}};
constexpr AttrSpec kScatterAttrs[] = {{AttrSpec::integer, "rows"}};
constexpr AttrSpec kOneHotAttrs[] = {{AttrSpec::integer, "classes"}, {AttrSpec::text, "dtype", false}};

constexpr OpDef gatherOp() {
  OpDef op;
  op.name = "gather";
  op.traits = kFaults;
  op.minInputs = op.maxInputs = 2;
  op.attrs = kGatherAttrs;
  op.doc = "rows of `source` (input 0) at i32 `index` (input 1), which may have any shape; converted to dtype if given";
  op.infer = inferGather;
  op.vjp = gatherVjp;
  op.reads = gatherReads;
  op.bind = bindGather;
  return op;
}

constexpr OpDef scatterAddOp() {
  OpDef op;
  op.name = "scatterAdd";
  op.traits = kFaults;
  op.minInputs = op.maxInputs = 2;
  op.attrs = kScatterAttrs;
  op.doc = "`rows` rows of zeros, to which the rows of `update` (input 1) are added at i32 `index` (input 0), in order";
  op.infer = inferScatterAdd;
  op.vjp = scatterAddVjp;
  op.bind = bindScatterAdd;
  return op;
}

constexpr OpDef oneHotOp() {
  OpDef op;
  op.name = "oneHot";
  op.traits = kNoGradient;
  op.attrs = kOneHotAttrs;
  op.doc = "1 at each i32 label along a new last axis, else 0; a label out of range gives zeros";
  op.infer = inferOneHot;
  op.decompose = decomposeOneHot;
  return op;
}

}  // namespace

const OpDef gather = gatherOp();
const OpDef scatterAdd = scatterAddOp();
const OpDef oneHot = oneHotOp();

}  // namespace slalom::ops
