// Batched matrix product with an optional fused epilogue. Kernel arguments: matmul_bind.cpp.
#include "matmul.h"

#include <algorithm>
#include "families.h"

#include "../ir/error.h"

namespace slalom {

MatmulPrecision precisionOf(const Attrs& attrs) {
  if (attrs.find("precision") == nullptr) return MatmulPrecision::highest;
  const std::string& name = attrs.text("precision");
  if (name == "highest") return MatmulPrecision::highest;
  if (name == "high") return MatmulPrecision::high;
  if (name == "medium") return MatmulPrecision::medium;
  throw Error::value("unknown precision '" + name + "'; known: highest, high, medium");
}

}  // namespace slalom

namespace slalom::ops {

namespace {

std::string axisName(bool transposed, bool last, const char* operand) {
  return std::string(last != transposed ? "last" : "second to last") + " axis of " + operand;
}

Types inferMatmul(const InferContext& c) {
  const Type& a = c.inputs[0];
  const Type& b = c.inputs[1];
  requireSameDType({a, b});
  requireFloat(a);
  requireRank(a, 2);
  requireRank(b, 2);
  precisionOf(c.attrs);
  const bool ta = c.attrs.flag("transposeA"), tb = c.attrs.flag("transposeB");
  const MatrixSides sa = sidesOf(a.shape, ta), sb = sidesOf(b.shape, tb);
  if (sa.cols != sb.rows) {
    throw Error::shape("inner dimensions differ: " + std::to_string(sa.cols) + " (" + axisName(ta, true, "a") +
                       ") and " + std::to_string(sb.rows) + " (" + axisName(tb, false, "b") + ")");
  }
  std::vector<int64_t> dims = broadcastShapes(batchOf(a.shape), batchOf(b.shape)).dims();
  dims.push_back(sa.rows);
  dims.push_back(sb.cols);
  const Shape shape(std::move(dims));
  if (c.regions.empty()) return {{a.dtype, shape}};
  Types types;
  for (ValueId v : c.regions[0]->outputs) types.push_back({c.regions[0]->type(v).dtype, shape});
  return types;
}

bool isBatched(const Shape& shape) { return shape.rank() > 2; }

ValueId asMatrix(Builder& b, ValueId v) {
  const Shape shape = b.shape(v);
  const int64_t cols = shape[shape.rank() - 1];
  int64_t rows = 1;
  for (int i = 0; i + 1 < shape.rank(); ++i) rows *= shape[i];
  return b.reshape(v, {rows, cols});
}

ValueId gradientOfA(VjpContext& c, bool ta, bool tb) {
  const ValueId g = c.cotangent(), b = c.input(1);
  const Attrs& attrs = c.node.attrs;
  const ValueId product = ta ? c.b.matmulLike(attrs, b, g, tb, true) : c.b.matmulLike(attrs, g, b, false, !tb);
  return c.b.sumTo(product, c.b.shape(c.input(0)));
}

// A weight that serves a whole batch: one long product over all rows, not a sum of products.
ValueId gradientOfB(VjpContext& c, bool ta, bool tb) {
  ValueId a = c.input(0), g = c.cotangent();
  const Shape shape = c.b.shape(c.input(1));
  if (!isBatched(shape) && !ta && isBatched(c.b.shape(a))) {
    a = asMatrix(c.b, a);
    g = asMatrix(c.b, g);
  }
  const Attrs& attrs = c.node.attrs;
  const ValueId product = tb ? c.b.matmulLike(attrs, g, a, true, ta) : c.b.matmulLike(attrs, a, g, !ta, false);
  return c.b.sumTo(product, shape);
}

Values matmulVjp(VjpContext& c) {
  const bool ta = c.node.attrs.flag("transposeA"), tb = c.node.attrs.flag("transposeB");
  return {c.needed[0] ? gradientOfA(c, ta, tb) : kNoValue, c.needed[1] ? gradientOfB(c, ta, tb) : kNoValue};
}

// The source of a transpose that swaps the last two axes and no others; else kNoValue.
ValueId swapped(const Graph& g, ValueId v) {
  const Node& node = g.producer(v);
  if (node.op != &transpose) return kNoValue;
  const int rank = g.type(v).shape.rank();
  const std::vector<int64_t>& axes = node.attrs.integers("axes");
  for (int i = 0; i < rank; ++i) {
    const int expected = i < rank - 2 ? i : i == rank - 2 ? rank - 1 : rank - 2;
    if (normalizeAxis(axes[static_cast<size_t>(i)], rank) != expected) return kNoValue;
  }
  return node.inputs[0];
}

Values simplifyMatmul(RewriteContext& c) {
  const ValueId a = swapped(c.b.graph(), c.node.inputs[0]), b = swapped(c.b.graph(), c.node.inputs[1]);
  if ((a == kNoValue && b == kNoValue) || !c.node.regions.empty()) return keepNode();
  const bool ta = c.node.attrs.flag("transposeA"), tb = c.node.attrs.flag("transposeB");
  return {c.b.matmulLike(c.node.attrs, a == kNoValue ? c.node.inputs[0] : a, b == kNoValue ? c.node.inputs[1] : b,
                         ta != (a != kNoValue), tb != (b != kNoValue))};
}

constexpr AttrSpec kMatmulAttrs[] = {
    {AttrSpec::flag, "transposeA", false}, {AttrSpec::flag, "transposeB", false}, {AttrSpec::text, "precision", false}};

// The result's elements times the length of the sums.
double matmulFlops(const Graph& g, const Node& node) {
  const Type a = g.type(node.inputs[0]);
  const double sums = static_cast<double>(sidesOf(a.shape, node.attrs.flag("transposeA")).cols);
  const Type b = g.type(node.inputs[1]);
  const double rows = static_cast<double>(a.shape.size()) / std::max(sums, 1.0);
  return 2 * rows * sums * static_cast<double>(sidesOf(b.shape, node.attrs.flag("transposeB")).cols);
}

constexpr OpDef matmulOp() {
  OpDef op;
  op.name = "matmul";
  op.traits = kEpilogue;
  op.minInputs = op.maxInputs = 2;
  op.attrs = kMatmulAttrs;
  op.doc = "matrix product of the last two axes; the axes before them broadcast";
  op.infer = inferMatmul;
  op.vjp = matmulVjp;
  op.simplify = simplifyMatmul;
  op.acceptsLayout = matmulAcceptsLayout;
  op.workspace = matmulWorkspace;
  op.flops = matmulFlops;
  op.measured = &measuredMatmul;
  op.bind = bindMatmul;
  return op;
}

Types inferMeasured(const InferContext& c) {
  Types types = inferMatmul(c);
  types.push_back({types[0].dtype, {}});
  return types;
}

constexpr OpDef measuredMatmulOp() {
  OpDef op = matmulOp();
  op.name = "measuredMatmul";
  op.traits = kInternal;
  op.doc = "a large matrix product, and the greatest magnitude of its elements";
  op.infer = inferMeasured;
  op.vjp = nullptr;
  op.simplify = nullptr;
  op.measured = nullptr;
  return op;
}

}  // namespace

const OpDef matmul = matmulOp();
const OpDef measuredMatmul = measuredMatmulOp();

}  // namespace slalom::ops
