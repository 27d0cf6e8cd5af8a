// pack and unpack: many tensors as one flat one, so that an optimizer updates a group in one
// pass. The zeros between pieces come from the memory plan: a pack's buffer is zeroed once and
// only its pieces are ever written.
#include "families.h"
#include "rules.h"

#include "../ir/error.h"

namespace slalom {

std::vector<int64_t> packOffsets(const std::vector<int64_t>& sizes) {
  std::vector<int64_t> offsets = {0};
  for (int64_t size : sizes) {
    const int64_t padded = (size + kPackAlignment - 1) / kPackAlignment * kPackAlignment;
    offsets.push_back(offsets.back() + padded);
  }
  return offsets;
}

namespace ops {

namespace {

std::vector<int64_t> offsetsOf(const Graph& g, const Node& node) {
  std::vector<int64_t> sizes;
  for (ValueId v : node.inputs) sizes.push_back(g.type(v).shape.size());
  return packOffsets(sizes);
}

Types inferPack(const InferContext& c) {
  requireSameDType(c.inputs);
  std::vector<int64_t> sizes;
  for (const Type& type : c.inputs) sizes.push_back(type.shape.size());
  return {{c.inputs[0].dtype, {packOffsets(sizes).back()}}};
}

Values packVjp(VjpContext& c) {
  const std::vector<int64_t> offsets = offsetsOf(c.b.graph(), c.node);
  Values gradients;
  for (size_t i = 0; i < c.node.inputs.size(); ++i) {
    const Shape shape = c.b.shape(c.node.inputs[i]);
    gradients.push_back(c.needed[i] ? c.b.unpack(c.cotangent(), offsets[i], shape) : kNoValue);
  }
  return gradients;
}

// Copies the pieces that the memory plan could not place inside the pack.
void bindPack(Bind& bind) {
  const Operand result = bind.result();
  const std::vector<int64_t> offsets = offsetsOf(bind.graph(), bind.node());
  for (int i = 0; i < static_cast<int>(bind.node().inputs.size()); ++i) {
    const Operand piece = bind.input(i);
    Operand place = result;
    place.layout = Layout::dense(piece.layout.shape);
    place.address.offset += offsets[static_cast<size_t>(i)] * sizeOf(result.dtype);
    const bool placed = piece.address == place.address;
    if (!placed || !piece.layout.isDense()) bindCopy(bind, piece, place);
  }
}

Types inferUnpack(const InferContext& c) {
  const Type& flat = c.inputs[0];
  const int64_t offset = c.attrs.integer("offset");
  const Shape shape = shapeAttr(c.attrs);
  if (flat.shape.rank() != 1 || offset < 0 || offset + shape.size() > flat.shape.size()) {
    throw Error::shape("expected a flat tensor with " + std::to_string(shape.size()) + " elements from position " +
                       std::to_string(offset) + " on, found " + flat.toString());
  }
  return {{flat.dtype, shape}};
}

Values unpackVjp(VjpContext& c) {
  const int64_t total = c.b.shape(c.input(0)).size(), size = c.b.shape(c.result()).size();
  const int64_t offset = c.node.attrs.integer("offset");
  const ValueId piece = c.b.reshape(c.cotangent(), {size});
  const std::vector<int64_t> low = {offset}, high = {total - offset - size};
  return {c.b.emit(pad, {piece}, {{"low", low}, {"high", high}, {"value", 0.0}})};
}

// The piece itself where the flat tensor is the very pack it went into.
Values simplifyUnpack(RewriteContext& c) {
  const Node& packed = c.b.graph().producer(c.node.inputs[0]);
  if (packed.op != &pack) return keepNode();
  const std::vector<int64_t> offsets = offsetsOf(c.b.graph(), packed);
  const Shape shape = shapeAttr(c.node.attrs);
  for (size_t i = 0; i < packed.inputs.size(); ++i) {
    const ValueId piece = packed.inputs[i];
    const bool same = offsets[i] == c.node.attrs.integer("offset") && c.b.shape(piece).size() == shape.size();
    if (same) return replaceBy(c.b.reshape(piece, shape));
  }
  return keepNode();
}

std::optional<Layout> unpackView(const Node& node, const Type& result, const Layout& input) {
  const int64_t step = input.strides[0];
  Layout layout{input.offset + node.attrs.integer("offset") * step, result.shape, result.shape.strides()};
  for (int64_t& stride : layout.strides) stride *= step;
  return layout;
}

constexpr AttrSpec kUnpackAttrs[] = {{AttrSpec::integer, "offset"}, {AttrSpec::integers, "shape"}};

constexpr OpDef packOp() {
  OpDef op;
  op.name = "pack";
  op.traits = kPacks;
  op.maxInputs = -1;
  op.doc = "tensors flattened one after the other, each padded with zeros to a multiple of 16 elements";
  op.infer = inferPack;
  op.vjp = packVjp;
  op.pieceOffsets = offsetsOf;
  op.acceptsLayout = acceptsAnyLayout;
  op.bind = bindPack;
  return op;
}

constexpr OpDef unpackOp() {
  OpDef op;
  op.name = "unpack";
  op.traits = kView;
  op.attrs = kUnpackAttrs;
  op.doc = "a piece of a flat tensor, from element `offset` on";
  op.infer = inferUnpack;
  op.vjp = unpackVjp;
  op.simplify = simplifyUnpack;
  op.view = unpackView;
  op.acceptsLayout = acceptsAnyLayout;
  return op;
}

}  // namespace

const OpDef pack = packOp();
const OpDef unpack = unpackOp();

}  // namespace ops

}  // namespace slalom
