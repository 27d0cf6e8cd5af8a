// Nodes without inputs: arguments and variables, constants, iota.
#include "families.h"
#include "rules.h"

#include <cstring>

#include "../ir/error.h"

namespace slalom::ops {

namespace {

Types inferInput(const InferContext& c) { return {{dtypeNamed(c.attrs.text("dtype")), shapeAttr(c.attrs)}}; }

Types inferConstant(const InferContext& c) {
  const Type type{dtypeNamed(c.attrs.text("dtype")), shapeAttr(c.attrs)};
  const bool data = c.attrs.find("data") != nullptr;
  if (data == (c.attrs.find("value") != nullptr)) throw Error::value("expected either data or a value");
  if (data && static_cast<int64_t>(c.attrs.bytes("data")->size()) != type.bytes()) {
    throw Error::shape("expected " + std::to_string(type.bytes()) + " bytes for " + type.toString() + ", found " +
                       std::to_string(c.attrs.bytes("data")->size()));
  }
  return {type};
}

// One stored element serves every shape.
Values simplifyConstant(RewriteContext& c) {
  const Shape shape = shapeAttr(c.node.attrs);
  if (!c.node.attrs.find("value") || shape.rank() == 0) return keepNode();
  return replaceBy(c.b.full(c.node.attrs.number("value"), {dtypeNamed(c.node.attrs.text("dtype")), shape}));
}

Types inferIota(const InferContext& c) {
  const Type type{dtypeNamed(c.attrs.text("dtype")), shapeAttr(c.attrs)};
  requireNumeric(type);
  requireRank(type, 1);
  const int axis = normalizeAxis(c.attrs.integer("axis"), type.shape.rank());
  if (type.shape[axis] > INT32_MAX) throw Error::shape("positions in " + type.toString() + " do not fit i32");
  return {type};
}

template <typename T>
Bytes counting(int64_t count) {
  auto bytes = std::make_shared<std::vector<uint8_t>>(static_cast<size_t>(count) * sizeof(T));
  for (int64_t i = 0; i < count; ++i) {
    const T value = static_cast<T>(i);
    std::memcpy(bytes->data() + static_cast<size_t>(i) * sizeof(T), &value, sizeof value);
  }
  return bytes;
}

// A constant along one axis, broadcast over the others.
Values decomposeIota(RewriteContext& c) {
  const DType dtype = dtypeNamed(c.node.attrs.text("dtype"));
  const Shape shape = shapeAttr(c.node.attrs);
  const int axis = normalizeAxis(c.node.attrs.integer("axis"), shape.rank());
  const int64_t count = shape[axis];
  const Bytes data = dtype == DType::f32   ? counting<float>(count)
                     : dtype == DType::f64 ? counting<double>(count)
                                           : counting<int32_t>(count);
  std::vector<int64_t> dims(static_cast<size_t>(shape.rank()), 1);
  dims[static_cast<size_t>(axis)] = count;
  const ValueId line = c.b.emit(constant, {}, {{"data", data}, {"dtype", nameAttr(dtype)}, {"shape", dims}});
  return {c.b.broadcast(line, shape)};
}

constexpr AttrSpec kInputAttrs[] = {{AttrSpec::text, "name"}, {AttrSpec::text, "dtype"}, {AttrSpec::integers, "shape"}};
constexpr AttrSpec kConstantAttrs[] = {{AttrSpec::text, "dtype"},
                                       {AttrSpec::integers, "shape"},
                                       {AttrSpec::bytes, "data", false},
                                       {AttrSpec::number, "value", false}};
constexpr AttrSpec kIotaAttrs[] = {
    {AttrSpec::integers, "shape"}, {AttrSpec::integer, "axis"}, {AttrSpec::text, "dtype"}};

constexpr OpDef source(std::string_view name, uint32_t traits, AttrList attrs, std::string_view doc) {
  OpDef op;
  op.name = name;
  op.traits = traits;
  op.minInputs = op.maxInputs = 0;
  op.attrs = attrs;
  op.doc = doc;
  return op;
}

constexpr OpDef inputOp() {
  OpDef op = source("input", kSource, kInputAttrs, "a value given from outside; see Graph::inputs");
  op.infer = inferInput;
  return op;
}

constexpr OpDef constantOp() {
  OpDef op = source("constant", kSource | kNoGradient, kConstantAttrs, "row-major data, or one value everywhere");
  op.infer = inferConstant;
  op.simplify = simplifyConstant;
  return op;
}

constexpr OpDef iotaOp() {
  OpDef op = source("iota", kNoGradient, kIotaAttrs, "0, 1, 2, ... along an axis");
  op.infer = inferIota;
  op.decompose = decomposeIota;
  return op;
}

}  // namespace

const OpDef input = inputOp();
const OpDef constant = constantOp();
const OpDef iota = iotaOp();

}  // namespace slalom::ops
