// Views: the same elements under another shape or order, without a copy where strides allow it.
#include "families.h"
#include "rules.h"

#include <algorithm>
#include <numeric>

#include "../ir/error.h"

namespace slalom::ops {

namespace {

const Node& producer(RewriteContext& c) { return c.b.graph().producer(c.node.inputs[0]); }

// The single element that x repeats, if x is a broadcast scalar: every view of it is one too.
ValueId scalarBehind(RewriteContext& c) {
  const Node& node = producer(c);
  const bool scalar = node.op == &broadcast && c.b.shape(node.inputs[0]).rank() == 0;
  return scalar ? node.inputs[0] : kNoValue;
}

// ---- reshape ----

// One dimension may be -1: what the others leave.
Shape reshaped(const Type& x, const Attrs& attrs) {
  Shape shape(attrs.integers("shape"));
  int open = -1;
  for (int i = 0; i < shape.rank(); ++i) {
    const bool first = shape[i] == -1 && open < 0;
    if (shape[i] < 0 && !first) {
      throw Error::shape("dimensions must be 0 or more (one may be -1), found " + shape.toString());
    }
    if (first) open = i;
  }
  if (open >= 0) {
    shape[open] = 1;
    const int64_t rest = shape.size();
    if (rest > 0 && x.shape.size() % rest == 0) shape[open] = x.shape.size() / rest;
    if (rest == 0) shape[open] = -1;
  }
  if ((open >= 0 && shape[open] < 0) || shape.size() != x.shape.size()) {
    throw Error::shape("cannot reshape " + x.toString() + " with " + std::to_string(x.shape.size()) + " elements to " +
                       Shape(attrs.integers("shape")).toString());
  }
  return shape;
}

Types inferReshape(const InferContext& c) { return {{c.inputs[0].dtype, reshaped(c.inputs[0], c.attrs)}}; }

Values reshapeVjp(VjpContext& c) { return {c.b.reshape(c.cotangent(), c.b.shape(c.input(0)))}; }

Values simplifyReshape(RewriteContext& c) {
  const ValueId x = c.node.inputs[0];
  const Shape shape = reshaped(c.b.type(x), c.node.attrs);
  if (shape == c.b.shape(x)) return replaceBy(x);
  if (producer(c).op == c.node.op) return replaceBy(c.b.reshape(producer(c).inputs[0], shape));
  const ValueId scalar = scalarBehind(c);
  return scalar == kNoValue ? keepNode() : replaceBy(c.b.broadcast(scalar, shape));
}

// Splits both shapes into the shortest groups of equal size; each old group must be one run of
// evenly spaced elements.
std::optional<Layout> reshapeView(const Node&, const Type& result, const Layout& input) {
  if (input.isDense()) return Layout{input.offset, result.shape, result.shape.strides()};
  std::vector<int64_t> dims, steps;
  for (int i = 0; i < input.shape.rank(); ++i) {
    if (input.shape[i] == 1) continue;
    dims.push_back(input.shape[i]);
    steps.push_back(input.strides[static_cast<size_t>(i)]);
  }
  Layout layout{input.offset, result.shape, std::vector<int64_t>(static_cast<size_t>(result.shape.rank()), 1)};
  size_t old = 0, fresh = 0;
  const auto rank = static_cast<size_t>(result.shape.rank());
  while (old < dims.size()) {
    size_t oldEnd = old + 1, freshEnd = fresh + 1;
    int64_t oldSize = dims[old], freshSize = result.shape[static_cast<int>(fresh)];
    while (oldSize != freshSize) {
      if (freshSize < oldSize) {
        freshSize *= result.shape[static_cast<int>(freshEnd++)];
      } else {
        oldSize *= dims[oldEnd++];
      }
    }
    for (size_t i = old; i + 1 < oldEnd; ++i) {
      if (steps[i] != steps[i + 1] * dims[i + 1]) return std::nullopt;
    }
    int64_t step = steps[oldEnd - 1];
    for (size_t i = freshEnd; i-- > fresh;) {
      layout.strides[i] = step;
      step *= result.shape[static_cast<int>(i)];
    }
    old = oldEnd;
    fresh = freshEnd;
  }
  for (; fresh < rank; ++fresh) layout.strides[fresh] = 1;  // trailing dimensions of size 1
  return layout;
}

// ---- transpose ----

std::vector<int> permutation(const Attrs& attrs, int rank) {
  const std::vector<int64_t>& given = attrs.integers("axes");
  std::vector<int> axes;
  for (int64_t axis : given) axes.push_back(normalizeAxis(axis, rank));
  std::vector<int> sorted = axes;
  std::sort(sorted.begin(), sorted.end());
  std::vector<int> all(static_cast<size_t>(rank));
  std::iota(all.begin(), all.end(), 0);
  if (sorted != all) {
    throw Error::shape("expected each of the " + std::to_string(rank) + " axes once, found " + Shape(given).toString());
  }
  return axes;
}

Types inferTranspose(const InferContext& c) {
  const Type& x = c.inputs[0];
  std::vector<int64_t> dims;
  for (int axis : permutation(c.attrs, x.shape.rank())) dims.push_back(x.shape[axis]);
  return {{x.dtype, Shape(std::move(dims))}};
}

Values transposeVjp(VjpContext& c) {
  const std::vector<int> axes = permutation(c.node.attrs, c.b.shape(c.input(0)).rank());
  std::vector<int64_t> inverse(axes.size());
  for (size_t i = 0; i < axes.size(); ++i) inverse[static_cast<size_t>(axes[i])] = static_cast<int64_t>(i);
  return {c.b.transpose(c.cotangent(), std::move(inverse))};
}

Values simplifyTranspose(RewriteContext& c) {
  const ValueId x = c.node.inputs[0];
  const Shape shape = c.b.shape(x);
  const std::vector<int> axes = permutation(c.node.attrs, shape.rank());
  if (std::is_sorted(axes.begin(), axes.end())) return replaceBy(x);
  const ValueId scalar = scalarBehind(c);
  if (scalar != kNoValue) {
    std::vector<int64_t> dims;
    for (int axis : axes) dims.push_back(shape[axis]);
    return replaceBy(c.b.broadcast(scalar, Shape(std::move(dims))));
  }
  if (producer(c).op != c.node.op) return keepNode();
  const ValueId source = producer(c).inputs[0];
  const std::vector<int> inner = permutation(producer(c).attrs, shape.rank());
  std::vector<int64_t> composed;
  for (int axis : axes) composed.push_back(inner[static_cast<size_t>(axis)]);
  return replaceBy(std::is_sorted(composed.begin(), composed.end()) ? source : c.b.transpose(source, composed));
}

std::optional<Layout> transposeView(const Node& node, const Type& result, const Layout& input) {
  Layout layout{input.offset, result.shape, {}};
  for (int axis : permutation(node.attrs, input.shape.rank())) {
    layout.strides.push_back(input.strides[static_cast<size_t>(axis)]);
  }
  return layout;
}

// ---- broadcast ----

Types inferBroadcast(const InferContext& c) {
  const Type& x = c.inputs[0];
  const Shape to = shapeAttr(c.attrs);
  const int extra = to.rank() - x.shape.rank();
  bool fits = extra >= 0;
  for (int i = 0; fits && i < x.shape.rank(); ++i) fits = x.shape[i] == 1 || x.shape[i] == to[i + extra];
  if (!fits) throw Error::shape("cannot broadcast " + x.toString() + " to " + to.toString());
  return {{x.dtype, to}};
}

Values broadcastVjp(VjpContext& c) { return {c.b.sumTo(c.cotangent(), c.b.shape(c.input(0)))}; }

Values simplifyBroadcast(RewriteContext& c) {
  const ValueId x = c.node.inputs[0];
  const Shape to = shapeAttr(c.node.attrs);
  if (c.b.shape(x) == to) return replaceBy(x);
  return producer(c).op == c.node.op ? replaceBy(c.b.broadcast(producer(c).inputs[0], to)) : keepNode();
}

std::optional<Layout> broadcastView(const Node&, const Type& result, const Layout& input) {
  const int extra = result.shape.rank() - input.shape.rank();
  Layout layout{input.offset, result.shape, std::vector<int64_t>(static_cast<size_t>(result.shape.rank()), 0)};
  for (int i = 0; i < input.shape.rank(); ++i) {
    if (input.shape[i] != 1) layout.strides[static_cast<size_t>(i + extra)] = input.strides[static_cast<size_t>(i)];
  }
  return layout;
}

// ---- stopGradient ----

// Removed by expand only, when no more gradients are taken.
Values dropped(RewriteContext& c) { return replaceBy(c.node.inputs[0]); }

Values simplifyStop(RewriteContext& c) {
  return producer(c).op == c.node.op ? replaceBy(c.node.inputs[0]) : keepNode();
}

std::optional<Layout> sameView(const Node&, const Type&, const Layout& input) { return input; }

Types inferSame(const InferContext& c) { return {c.inputs[0]}; }

constexpr AttrSpec kShapeAttrs[] = {{AttrSpec::integers, "shape"}};
constexpr AttrSpec kAxesAttrs[] = {{AttrSpec::integers, "axes"}};

constexpr OpDef viewOp(std::string_view name, AttrList attrs, std::string_view doc) {
  OpDef op;
  op.name = name;
  op.traits = kView;
  op.attrs = attrs;
  op.doc = doc;
  op.acceptsLayout = acceptsAnyLayout;
  return op;
}

constexpr OpDef reshapeOp() {
  OpDef op = viewOp("reshape", kShapeAttrs,
                    "the same elements in row-major order under another shape; one dimension may be -1");
  op.infer = inferReshape;
  op.vjp = reshapeVjp;
  op.simplify = simplifyReshape;
  op.view = reshapeView;
  return op;
}

constexpr OpDef transposeOp() {
  OpDef op = viewOp("transpose", kAxesAttrs, "axes in another order: axis i of the result is axes[i] of x");
  op.infer = inferTranspose;
  op.vjp = transposeVjp;
  op.simplify = simplifyTranspose;
  op.view = transposeView;
  return op;
}

constexpr OpDef broadcastOp() {
  OpDef op = viewOp("broadcast", kShapeAttrs, "x repeated along new leading axes and axes of size 1");
  op.infer = inferBroadcast;
  op.vjp = broadcastVjp;
  op.simplify = simplifyBroadcast;
  op.view = broadcastView;
  return op;
}

constexpr OpDef stopGradientOp() {
  OpDef op = viewOp("stopGradient", {}, "x, but constant for the chain rule");
  op.traits = kView | kNoGradient;
  op.infer = inferSame;
  op.simplify = simplifyStop;
  op.decompose = dropped;
  op.view = sameView;
  return op;
}

}  // namespace

const OpDef reshape = reshapeOp();
const OpDef transpose = transposeOp();
const OpDef broadcast = broadcastOp();
const OpDef stopGradient = stopGradientOp();

}  // namespace slalom::ops
