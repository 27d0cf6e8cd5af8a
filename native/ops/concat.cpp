// concat and pad: results made of copied pieces.
#include "families.h"
#include "rules.h"

#include "../ir/error.h"

namespace slalom::ops {

namespace {

// The part of a dense result that holds `shape` elements from `start` on.
Operand part(const Operand& whole, const Shape& shape, const std::vector<int64_t>& start) {
  Operand piece = whole;
  int64_t skipped = 0;
  for (size_t i = 0; i < start.size(); ++i) skipped += start[i] * whole.layout.strides[i];
  piece.layout.shape = shape;
  piece.layout.offset += skipped;
  piece.address.offset += skipped * sizeOf(whole.dtype);
  return piece;
}

// ---- concat ----

Types inferConcat(const InferContext& c) {
  requireSameDType(c.inputs);
  const Shape& first = c.inputs[0].shape;
  requireRank(c.inputs[0], 1);
  const int axis = normalizeAxis(c.attrs.integer("axis"), first.rank());
  Shape result = first;
  result[axis] = 0;
  for (const Type& type : c.inputs) {
    bool fits = type.shape.rank() == first.rank();
    for (int i = 0; fits && i < first.rank(); ++i) fits = i == axis || type.shape[i] == first[i];
    if (!fits) {
      throw Error::shape("shapes " + first.toString() + " and " + type.shape.toString() + " may differ along axis " +
                         std::to_string(axis) + " only");
    }
    result[axis] += type.shape[axis];
  }
  return {{c.inputs[0].dtype, result}};
}

Values concatVjp(VjpContext& c) {
  const int axis = normalizeAxis(c.node.attrs.integer("axis"), c.b.shape(c.result()).rank());
  std::vector<int64_t> begin(static_cast<size_t>(c.b.shape(c.result()).rank()), 0);
  Values gradients;
  for (size_t i = 0; i < c.node.inputs.size(); ++i) {
    const Shape shape = c.b.shape(c.node.inputs[i]);
    std::vector<int64_t> end = shape.dims();
    end[static_cast<size_t>(axis)] += begin[static_cast<size_t>(axis)];
    gradients.push_back(c.needed[i] ? c.b.emit(slice, {c.cotangent()}, {{"begin", begin}, {"end", end}}) : kNoValue);
    begin[static_cast<size_t>(axis)] += shape[axis];
  }
  return gradients;
}

Values simplifyConcat(RewriteContext& c) {
  return c.node.inputs.size() == 1 ? replaceBy(c.node.inputs[0]) : keepNode();
}

void bindConcat(Bind& bind) {
  const Operand result = bind.result();
  const int axis = normalizeAxis(bind.node().attrs.integer("axis"), result.layout.shape.rank());
  std::vector<int64_t> start(static_cast<size_t>(result.layout.shape.rank()), 0);
  for (int i = 0; i < static_cast<int>(bind.node().inputs.size()); ++i) {
    const Operand piece = bind.input(i);
    bindCopy(bind, piece, part(result, piece.layout.shape, start));
    start[static_cast<size_t>(axis)] += piece.layout.shape[axis];
  }
}

// ---- pad ----

Types inferPad(const InferContext& c) {
  const Type& x = c.inputs[0];
  const std::vector<int64_t>& low = c.attrs.integers("low");
  const std::vector<int64_t>& high = c.attrs.integers("high");
  const auto rank = static_cast<size_t>(x.shape.rank());
  if (low.size() != rank || high.size() != rank) {
    throw Error::shape("expected low and high for each of " + std::to_string(rank) + " axes");
  }
  Shape result = x.shape;
  for (size_t i = 0; i < rank; ++i) {
    if (low[i] < 0 || high[i] < 0) throw Error::shape("padding must be 0 or more; use slice to cut");
    result[static_cast<int>(i)] += low[i] + high[i];
  }
  return {{x.dtype, result}};
}

Values padVjp(VjpContext& c) {
  const std::vector<int64_t> begin = c.node.attrs.integers("low");
  std::vector<int64_t> end = c.b.shape(c.input(0)).dims();
  for (size_t i = 0; i < end.size(); ++i) end[i] += begin[i];
  return {c.b.emit(slice, {c.cotangent()}, {{"begin", begin}, {"end", end}})};
}

Values simplifyPad(RewriteContext& c) {
  for (const char* side : {"low", "high"}) {
    for (int64_t n : c.node.attrs.integers(side)) {
      if (n != 0) return keepNode();
    }
  }
  return replaceBy(c.node.inputs[0]);
}

Values decomposePad(RewriteContext& c) {
  const ValueId x = c.node.inputs[0];
  const ValueId value = c.b.scalar(c.node.attrs.number("value"), c.b.dtype(x));
  return {
      c.b.emit(padWith, {x, value}, {{"low", c.node.attrs.integers("low")}, {"high", c.node.attrs.integers("high")}})};
}

void bindPadWith(Bind& bind) {
  const Operand result = bind.result();
  Operand value = bind.input(1);
  value.layout.shape = result.layout.shape;
  value.layout.strides.assign(result.layout.strides.size(), 0);
  bindCopy(bind, value, result);
  bindCopy(bind, bind.input(0), part(result, bind.input(0).layout.shape, bind.node().attrs.integers("low")));
}

constexpr AttrSpec kConcatAttrs[] = {{AttrSpec::integer, "axis"}};
constexpr AttrSpec kPadAttrs[] = {
    {AttrSpec::integers, "low"}, {AttrSpec::integers, "high"}, {AttrSpec::number, "value"}};
constexpr AttrSpec kPadWithAttrs[] = {{AttrSpec::integers, "low"}, {AttrSpec::integers, "high"}};

constexpr OpDef concatOp() {
  OpDef op;
  op.name = "concat";
  op.maxInputs = -1;
  op.attrs = kConcatAttrs;
  op.doc = "tensors one after the other along an axis";
  op.infer = inferConcat;
  op.vjp = concatVjp;
  op.simplify = simplifyConcat;
  op.acceptsLayout = acceptsAnyLayout;
  op.bind = bindConcat;
  return op;
}

constexpr OpDef padOp() {
  OpDef op;
  op.name = "pad";
  op.attrs = kPadAttrs;
  op.doc = "x with low[i] elements of a value before and high[i] after it on axis i";
  op.infer = inferPad;
  op.vjp = padVjp;
  op.simplify = simplifyPad;
  op.decompose = decomposePad;
  return op;
}

constexpr OpDef padWithOp() {
  OpDef op;
  op.name = "padWith";
  op.traits = kInternal;
  op.minInputs = op.maxInputs = 2;
  op.attrs = kPadWithAttrs;
  op.doc = "pad, the value as a scalar input";
  op.infer = inferPad;
  op.acceptsLayout = acceptsAnyLayout;
  op.bind = bindPadWith;
  return op;
}

}  // namespace

const OpDef concat = concatOp();
const OpDef pad = padOp();
const OpDef padWith = padWithOp();

}  // namespace slalom::ops
