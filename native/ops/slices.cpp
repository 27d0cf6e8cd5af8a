// slice and flip: views with steps, forwards and backwards.
#include "families.h"
#include "rules.h"

#include "../ir/error.h"

namespace slalom::ops {

namespace {

struct Range {
  int64_t begin, end, step;
  int64_t count() const { return end > begin ? (end - begin + step - 1) / step : 0; }
};

// One range an axis; negative positions count from the end, missing steps are 1.
std::vector<Range> rangesOf(const Attrs& attrs, const Shape& shape) {
  const auto rank = static_cast<size_t>(shape.rank());
  const std::vector<int64_t>& begin = attrs.integers("begin");
  const std::vector<int64_t>& end = attrs.integers("end");
  const std::vector<int64_t> step = attrs.find("step") ? attrs.integers("step") : std::vector<int64_t>(rank, 1);
  if (begin.size() != rank || end.size() != rank || step.size() != rank) {
    throw Error::shape("expected begin, end and step for each of " + std::to_string(rank) + " axes");
  }
  std::vector<Range> ranges;
  for (size_t i = 0; i < rank; ++i) {
    const int64_t size = shape[static_cast<int>(i)];
    const Range r{begin[i] < 0 ? begin[i] + size : begin[i], end[i] < 0 ? end[i] + size : end[i], step[i]};
    if (r.begin < 0 || r.end > size || r.begin > r.end || r.step < 1) {
      throw Error::shape("slice [" + std::to_string(begin[i]) + ", " + std::to_string(end[i]) + ") with step " +
                         std::to_string(step[i]) + " of axis " + std::to_string(i) + ", which has size " +
                         std::to_string(size) + ": expected 0 <= begin <= end <= size and step >= 1");
    }
    ranges.push_back(r);
  }
  return ranges;
}

Types inferSlice(const InferContext& c) {
  std::vector<int64_t> dims;
  for (const Range& r : rangesOf(c.attrs, c.inputs[0].shape)) dims.push_back(r.count());
  return {{c.inputs[0].dtype, Shape(std::move(dims))}};
}

// g with step - 1 zeros after every element of one axis.
ValueId dilate(Builder& b, ValueId g, int axis, int64_t step) {
  std::vector<int64_t> dims = b.shape(g).dims();
  const auto at = static_cast<size_t>(axis);
  const int64_t count = dims[at];
  dims.insert(dims.begin() + axis + 1, 1);
  std::vector<int64_t> low(dims.size(), 0), high(dims.size(), 0);
  high[at + 1] = step - 1;
  g = b.emit(pad, {b.reshape(g, Shape(dims))}, {{"low", low}, {"high", high}, {"value", 0.0}});
  dims.erase(dims.begin() + axis + 1);
  dims[at] = count * step;
  return b.reshape(g, Shape(std::move(dims)));
}

Values sliceVjp(VjpContext& c) {
  const Shape full = c.b.shape(c.input(0));
  const std::vector<Range> ranges = rangesOf(c.node.attrs, full);
  ValueId g = c.cotangent();
  for (int i = 0; i < full.rank(); ++i) {
    if (ranges[static_cast<size_t>(i)].step > 1) g = dilate(c.b, g, i, ranges[static_cast<size_t>(i)].step);
  }
  // A dilated axis may end in zeros past the end of x.
  const Shape dilated = c.b.shape(g);
  std::vector<int64_t> none(static_cast<size_t>(full.rank()), 0), low = none, high = none, fit = dilated.dims();
  for (size_t i = 0; i < ranges.size(); ++i) {
    const int axis = static_cast<int>(i);
    low[i] = ranges[i].begin;
    const int64_t room = full[axis] - ranges[i].begin;
    if (fit[i] > room) fit[i] = room;
    high[i] = room - fit[i];
  }
  if (Shape(fit) != dilated) g = c.b.emit(slice, {g}, {{"begin", none}, {"end", fit}});
  return {c.b.emit(pad, {g}, {{"low", low}, {"high", high}, {"value", 0.0}})};
}

Values simplifySlice(RewriteContext& c) {
  const ValueId x = c.node.inputs[0];
  const Shape shape = c.b.shape(x);
  const std::vector<Range> ranges = rangesOf(c.node.attrs, shape);
  for (int i = 0; i < shape.rank(); ++i) {
    if (ranges[static_cast<size_t>(i)].count() != shape[i]) return keepNode();
  }
  return replaceBy(x);
}

std::optional<Layout> sliceView(const Node& node, const Type& result, const Layout& input) {
  const std::vector<Range> ranges = rangesOf(node.attrs, input.shape);
  Layout layout{input.offset, result.shape, input.strides};
  for (size_t i = 0; i < ranges.size(); ++i) {
    layout.offset += ranges[i].begin * input.strides[i];
    layout.strides[i] *= ranges[i].step;
  }
  return layout;
}

Types inferFlip(const InferContext& c) {
  axesAttr(c.attrs, c.inputs[0].shape.rank());
  return {c.inputs[0]};
}

Values flipVjp(VjpContext& c) { return {c.b.emit(flip, {c.cotangent()}, c.node.attrs)}; }

Values simplifyFlip(RewriteContext& c) {
  const ValueId x = c.node.inputs[0];
  const Shape shape = c.b.shape(x);
  const std::vector<int> axes = axesAttr(c.node.attrs, shape.rank());
  bool idle = true;
  for (int axis : axes) idle = idle && shape[axis] <= 1;
  if (idle) return replaceBy(x);
  const Node& inner = c.b.graph().producer(x);
  const bool undone = inner.op == c.node.op && axesAttr(inner.attrs, shape.rank()) == axes;
  return undone ? replaceBy(inner.inputs[0]) : keepNode();
}

std::optional<Layout> flipView(const Node& node, const Type&, const Layout& input) {
  Layout layout = input;
  for (int axis : axesAttr(node.attrs, input.shape.rank())) {
    int64_t& stride = layout.strides[static_cast<size_t>(axis)];
    if (input.shape[axis] > 0) layout.offset += (input.shape[axis] - 1) * stride;
    stride = -stride;
  }
  return layout;
}

constexpr AttrSpec kSliceAttrs[] = {
    {AttrSpec::integers, "begin"}, {AttrSpec::integers, "end"}, {AttrSpec::integers, "step", false}};
constexpr AttrSpec kFlipAttrs[] = {{AttrSpec::integers, "axes", false}};

constexpr OpDef sliceOp() {
  OpDef op;
  op.name = "slice";
  op.traits = kView;
  op.attrs = kSliceAttrs;
  op.doc = "elements begin, begin + step, ... before end, per axis; negative positions count from the end";
  op.infer = inferSlice;
  op.vjp = sliceVjp;
  op.simplify = simplifySlice;
  op.view = sliceView;
  op.acceptsLayout = acceptsAnyLayout;
  return op;
}

constexpr OpDef flipOp() {
  OpDef op;
  op.name = "flip";
  op.traits = kView;
  op.attrs = kFlipAttrs;
  op.doc = "axes read backwards; all if none are named";
  op.infer = inferFlip;
  op.vjp = flipVjp;
  op.simplify = simplifyFlip;
  op.view = flipView;
  op.acceptsLayout = acceptsAnyLayout;
  return op;
}

}  // namespace

const OpDef slice = sliceOp();
const OpDef flip = flipOp();

}  // namespace slalom::ops
