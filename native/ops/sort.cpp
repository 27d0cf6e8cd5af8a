// sort and topK along the last axis: results values and i32 positions.
#include "families.h"
#include "rules.h"

#include "../ir/error.h"

namespace slalom::ops {

namespace {

int64_t lastOf(const Shape& shape) { return shape[shape.rank() - 1]; }

Types sorted(const Type& x, int64_t keep) {
  requireNumeric(x);
  if (lastOf(x.shape) > INT32_MAX) throw Error::shape("positions in " + x.toString() + " do not fit i32");
  Shape shape = x.shape;
  shape[shape.rank() - 1] = keep;
  return {{x.dtype, shape}, {DType::i32, shape}};
}

Types inferSort(const InferContext& c) {
  requireRank(c.inputs[0], 1);
  return sorted(c.inputs[0], lastOf(c.inputs[0].shape));
}

Types inferTopK(const InferContext& c) {
  requireRank(c.inputs[0], 1);
  const int64_t k = c.attrs.integer("k"), size = lastOf(c.inputs[0].shape);
  if (k < 0 || k > size) {
    throw Error::shape("expected k from 0 to " + std::to_string(size) + " (the last axis), found " + std::to_string(k));
  }
  return sorted(c.inputs[0], k);
}

// Back to where each value came from: element (row, position) is row * cols + position of the
// flattened x.
Values sortVjp(VjpContext& c) {
  if (c.cotangent() == kNoValue) return {kNoValue};
  const Shape shape = c.b.shape(c.input(0));
  const int64_t cols = lastOf(shape), total = shape.size();
  if (total > INT32_MAX) throw Error::shape("too many elements for the gradient of a sort: " + shape.toString());
  const int64_t rows = cols == 0 ? 0 : total / cols;
  const int64_t keep = lastOf(c.b.shape(c.result()));
  const ValueId row = c.b.emit(
      iota, {}, {{"shape", std::vector<int64_t>{rows, 1}}, {"axis", int64_t{0}}, {"dtype", nameAttr(DType::i32)}});
  const ValueId start = c.b.mul(row, c.b.scalar(static_cast<double>(cols), DType::i32));
  const ValueId index = c.b.add(start, c.b.reshape(c.result(1), {rows, keep}));
  const ValueId g = c.b.reshape(c.cotangent(), {rows, keep});
  return {c.b.reshape(c.b.emit(scatterAdd, {index, g}, {{"rows", total}}), shape)};
}

struct SortShape {
  int64_t rows, cols, keep;
  bool descending;
};

SortShape sortShapeOf(const Bind& bind) {
  const Shape& x = bind.graph().type(bind.node().inputs[0]).shape;
  const int64_t cols = lastOf(x), keep = lastOf(bind.graph().type(bind.node().result()).shape);
  const bool descending =
      bind.node().op == &topK ? bind.node().attrs.flag("descending", true) : bind.node().attrs.flag("descending");
  return {cols == 0 ? 0 : x.size() / cols, cols, keep, descending};
}

SortArgs argsOf(const Bind& bind) {
  const SortShape shape = sortShapeOf(bind);
  SortArgs args{};
  args.rows = shape.rows;
  args.cols = shape.cols;
  args.keep = shape.keep;
  args.descending = shape.descending;
  args.storage = storageOf(bind.graph().type(bind.node().inputs[0]).dtype);
  return args;
}

size_t sortWorkspace(const Bind& bind) {
  const SortArgs args = argsOf(bind);
  if (args.rows * args.keep == 0) return 0;
  CallPlan plan{};
  bind.kernels().planSort(&args, &plan);
  return plan.workspace;
}

void bindSort(Bind& bind) {
  const SortArgs head = argsOf(bind);
  if (head.rows * head.keep == 0) return;
  auto* args = bind.args<SortArgs>();
  *args = head;
  bind.link(&args->x, bind.input(0).address);
  if (bind.used(0)) bind.link(&args->values, bind.result(0).address);
  if (bind.used(1)) bind.link(&args->indices, bind.result(1).address);
  if (bind.workspace().valid()) bind.link(&args->workspace, bind.workspace());
  CallPlan plan{};
  bind.kernels().planSort(args, &plan);
  bind.calls(plan);
}

constexpr AttrSpec kSortAttrs[] = {{AttrSpec::flag, "descending", false}};
constexpr AttrSpec kTopKAttrs[] = {{AttrSpec::integer, "k"}, {AttrSpec::flag, "descending", false}};

constexpr OpDef sortingOp(std::string_view name, AttrList attrs, std::vector<Type> (*infer)(const InferContext&),
                          std::string_view doc) {
  OpDef op;
  op.name = name;
  op.attrs = attrs;
  op.doc = doc;
  op.infer = infer;
  op.vjp = sortVjp;
  op.workspace = sortWorkspace;
  op.bind = bindSort;
  return op;
}

}  // namespace

const OpDef sort = sortingOp("sort", kSortAttrs, inferSort,
                             "the last axis in order, stably, NaN last; results: values, i32 positions");
const OpDef topK = sortingOp(
    "topK", kTopKAttrs, inferTopK,
    "the k greatest (or least) of the last axis, in order (descending unless told); results: values, i32 positions");

}  // namespace slalom::ops
