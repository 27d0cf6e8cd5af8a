// Reductions over any axes. A kernel reduces one run of adjacent axes, [outer, length, inner];
// simplify splits the others into successive ones, the last run first.
#include "families.h"
#include "rules.h"
#include "tile_program.h"

#include "../ir/error.h"

#include <algorithm>

namespace slalom::ops {

namespace {

// The value that is reduced: input 0, or what a fused prologue makes of the inputs.
DType valueDType(const InferContext& c) {
  return c.regions.empty() ? c.inputs[0].dtype : c.regions[0]->type(c.regions[0]->outputs[0]).dtype;
}

Type reduced(const InferContext& c, DType dtype) {
  const Shape& shape = c.inputs[0].shape;
  const bool keep = c.attrs.flag("keepDims");
  const std::vector<int> axes = axesAttr(c.attrs, shape.rank());
  std::vector<int64_t> dims;
  for (int i = 0; i < shape.rank(); ++i) {
    if (!std::binary_search(axes.begin(), axes.end(), i)) {
      dims.push_back(shape[i]);
    } else if (keep) {
      dims.push_back(1);
    }
  }
  return {dtype, Shape(std::move(dims))};
}

Types inferNumeric(const InferContext& c) {
  const Type value{valueDType(c), c.inputs[0].shape};
  requireNumeric(value);
  return {reduced(c, value.dtype)};
}

Types inferBool(const InferContext& c) {
  requireBool({valueDType(c), c.inputs[0].shape});
  return {reduced(c, DType::boolean)};
}

Types inferPosition(const InferContext& c) {
  const Type value{valueDType(c), c.inputs[0].shape};
  requireNumeric(value);
  const int rank = value.shape.rank();
  const std::vector<int> axes = axesAttr(c.attrs, rank);
  if (axes.size() != 1 && static_cast<int>(axes.size()) != rank) {
    throw Error::shape("expected one axis or all, found " + std::to_string(axes.size()) + " of " +
                       std::to_string(rank));
  }
  int64_t length = 1;
  for (int axis : axes) length *= value.shape[axis];
  if (length == 0) throw Error::shape("there is no position in an empty axis of " + value.toString());
  if (length > INT32_MAX) throw Error::shape("positions in " + value.toString() + " do not fit i32");
  return {reduced(c, DType::i32)};
}

std::vector<int> axesOf(VjpContext& c) { return axesAttr(c.node.attrs, c.b.shape(c.input(0)).rank()); }

// v, one value per reduction, broadcast to the shape of what was reduced.
ValueId spread(VjpContext& c, ValueId v, bool keptDims) {
  const Shape full = c.b.shape(c.input(0));
  if (!keptDims) v = c.b.reshape(v, withOnes(c.b.shape(v), axesOf(c)));
  return c.b.broadcast(v, full);
}

Values sumVjp(VjpContext& c) { return {spread(c, c.cotangent(), c.node.attrs.flag("keepDims"))}; }

// All elements equal to the extreme share its gradient evenly, as PyTorch's amax.
Values extremeVjp(VjpContext& c) {
  const bool kept = c.node.attrs.flag("keepDims");
  const ValueId ties = c.b.cast(c.b.emit(equal, {c.input(0), spread(c, c.result(), kept)}), c.b.dtype(c.cotangent()));
  std::vector<int64_t> axes;
  for (int axis : axesOf(c)) axes.push_back(axis);
  const ValueId count = axes.empty() ? ties : c.b.sum(ties, std::move(axes), kept);
  return {c.b.mul(ties, spread(c, c.b.div(c.cotangent(), count), kept))};
}

// Runs of adjacent axes, axes of size 1 counting with any neighbour.
std::vector<std::vector<int64_t>> runsOf(const std::vector<int>& axes, const Shape& shape) {
  std::vector<std::vector<int64_t>> runs;
  int next = -1;  // where the last run would go on
  for (int axis : axes) {
    bool joined = !runs.empty();
    for (int i = next; joined && i < axis; ++i) joined = shape[i] == 1;
    if (!joined) runs.emplace_back();
    runs.back().push_back(axis);
    next = axis + 1;
  }
  return runs;
}

Values splitRuns(RewriteContext& c) {
  if (!c.node.regions.empty()) return keepNode();
  const ValueId x = c.node.inputs[0];
  const Shape shape = c.b.shape(x);
  const std::vector<int> axes = axesAttr(c.node.attrs, shape.rank());
  std::vector<std::vector<int64_t>> runs = runsOf(axes, shape);
  if (runs.size() < 2) return keepNode();
  const InferContext infer{{c.b.type(x)}, c.node.attrs, c.node.regions};
  const Shape result = reduced(infer, c.b.dtype(x)).shape;
  ValueId v = x;
  for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
    v = c.b.emit(definition(c.node), {v}, {{"axes", std::move(*run)}, {"keepDims", true}});
  }
  return replaceBy(c.b.reshape(v, result));
}

// x in the shape of the result, where each element of it is of one element of x.
ValueId single(RewriteContext& c) {
  if (!c.node.regions.empty()) return kNoValue;
  const ValueId x = c.node.inputs[0];
  const Shape shape = c.b.shape(x);
  const std::vector<int> axes = axesAttr(c.node.attrs, shape.rank());
  if (std::any_of(axes.begin(), axes.end(), [&](int axis) { return shape[axis] != 1; })) return kNoValue;
  const InferContext infer{{c.b.type(x)}, c.node.attrs, c.node.regions};
  return c.b.reshape(x, reduced(infer, c.b.dtype(x)).shape);
}

// One element is its own max, min, any and all.
Values simplifyExtreme(RewriteContext& c) {
  const ValueId x = single(c);
  return x == kNoValue ? splitRuns(c) : replaceBy(x);
}

// And its own sum but for -0, since sums start from +0.
Values simplifySum(RewriteContext& c) {
  const ValueId x = single(c);
  return x == kNoValue ? splitRuns(c) : replaceBy(c.b.add(x, c.b.scalar(0, c.b.dtype(x))));
}

// The arguments of one call: the struct, then its prologue.
struct ReduceCall {
  ReduceArgs head{};
  TilePlan prologue;

  static constexpr size_t prologueAt() { return (sizeof(ReduceArgs) + 7) / 8 * 8; }
  size_t bytes() const { return prologueAt() + prologue.bytes(); }

  ReduceArgs* write(void* at, Bind* bind) const {
    auto* args = static_cast<ReduceArgs*>(at);
    *args = head;
    args->prologue = static_cast<int32_t>(prologueAt());
    prologue.write(static_cast<char*>(at) + prologueAt(), bind);
    return args;
  }
};

ReduceCall callOf(const Bind& bind, ReduceKind kind) {
  const Node& node = bind.node();
  const Graph& g = bind.graph();
  const Shape& space = g.type(node.inputs[0]).shape;
  TileSource source;
  source.region = node.regions.empty() ? nullptr : node.regions[0].get();
  for (int i = 0; i < static_cast<int>(node.inputs.size()); ++i) source.inputs.push_back(bind.input(i));
  source.space = space;
  ReduceCall call;
  call.prologue = planTile(source, bind.kernels());
  call.head.kind = kind;
  call.head.storage = storageOf(g.type(node.result()).dtype);
  call.head.reg = source.region ? call.prologue.outputRegisters[0] : int16_t{0};
  call.head.lane = source.region ? call.prologue.outputLanes[0] : call.prologue.inputs[0].lane;
  const std::vector<int> axes = axesAttr(node.attrs, space.rank());
  if (runsOf(axes, space).size() > 1) throw Error::internal("a reduction over separate axes was not split");
  call.head.outer = call.head.length = call.head.inner = 1;
  for (int i = 0; i < space.rank(); ++i) {
    const bool before = !axes.empty() && i < axes.front();
    const bool after = axes.empty() || i > axes.back();
    int64_t& part = before ? call.head.outer : after ? call.head.inner : call.head.length;
    part *= space[i];
  }
  return call;
}

template <ReduceKind kind>
size_t workspaceOf(const Bind& bind) {
  const ReduceCall call = callOf(bind, kind);
  if (call.head.outer * call.head.inner == 0) return 0;
  std::vector<uint64_t> words(call.bytes() / 8 + 1);
  CallPlan plan{};
  bind.kernels().planReduce(call.write(words.data(), nullptr), &plan);
  return plan.workspace;
}

template <ReduceKind kind>
void bindReduce(Bind& bind) {
  const ReduceCall call = callOf(bind, kind);
  if (call.head.outer * call.head.inner == 0) return;
  ReduceArgs* args = call.write(bind.allocate(call.bytes()), &bind);
  bind.link(&args->out, bind.result().address);
  if (bind.workspace().valid()) bind.link(&args->workspace, bind.workspace());
  CallPlan plan{};
  bind.kernels().planReduce(args, &plan);
  bind.calls(plan);
}

constexpr AttrSpec kReduceAttrs[] = {{AttrSpec::integers, "axes", false}, {AttrSpec::flag, "keepDims", false}};

template <ReduceKind kind>
constexpr OpDef reduction(std::string_view name, std::vector<Type> (*infer)(const InferContext&),
                          std::vector<ValueId> (*vjp)(VjpContext&), std::vector<ValueId> (*simplify)(RewriteContext&),
                          std::string_view doc) {
  OpDef op;
  op.name = name;
  op.traits = kReduction | (vjp ? 0u : static_cast<uint32_t>(kNoGradient));
  op.attrs = kReduceAttrs;
  op.doc = doc;
  op.infer = infer;
  op.vjp = vjp;
  op.simplify = simplify;
  op.acceptsLayout = acceptsAnyLayout;
  op.workspace = workspaceOf<kind>;
  op.bind = bindReduce<kind>;
  return op;
}

}  // namespace

const OpDef reduceSum = reduction<kReduceSum>("sum", inferNumeric, sumVjp, simplifySum, "sum over axes");
const OpDef reduceMax = reduction<kReduceMax>("max", inferNumeric, extremeVjp, simplifyExtreme,
                                              "greatest element over axes; ties share the gradient");
const OpDef reduceMin = reduction<kReduceMin>("min", inferNumeric, extremeVjp, simplifyExtreme,
                                              "least element over axes; ties share the gradient");
const OpDef reduceAny = reduction<kReduceAny>("any", inferBool, nullptr, simplifyExtreme, "true if one element is");
const OpDef reduceAll = reduction<kReduceAll>("all", inferBool, nullptr, simplifyExtreme, "true if every element is");
const OpDef argMax = reduction<kReduceArgMax>("argmax", inferPosition, nullptr, nullptr,
                                              "i32 position of the greatest element; the first of equals, or of NaNs");
const OpDef argMin = reduction<kReduceArgMin>("argmin", inferPosition, nullptr, nullptr,
                                              "i32 position of the least element; the first of equals, or of NaNs");

}  // namespace slalom::ops
