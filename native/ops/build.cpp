#include "build.h"

#include <algorithm>
#include <cstring>

#include "../ir/error.h"

namespace slalom {

namespace {

std::string kindName(AttrSpec::Kind kind) {
  constexpr const char* names[] = {"a flag", "an integer", "a number", "a list of integers", "a text", "bytes"};
  return names[kind];
}

bool hasKind(const AttrValue& value, AttrSpec::Kind kind) {
  switch (kind) {
    case AttrSpec::flag:
      return std::holds_alternative<bool>(value);
    case AttrSpec::integer:
      return std::holds_alternative<int64_t>(value);
    case AttrSpec::number:
      return std::holds_alternative<double>(value) || std::holds_alternative<int64_t>(value);
    case AttrSpec::integers:
      return std::holds_alternative<std::vector<int64_t>>(value);
    case AttrSpec::text:
      return std::holds_alternative<std::string>(value);
    case AttrSpec::bytes:
      return std::holds_alternative<Bytes>(value);
  }
  return false;
}

void checkAttrs(const OpDef& op, const Attrs& attrs) {
  for (const AttrSpec& spec : op.attrs) {
    const AttrValue* value = attrs.find(spec.name);
    if (!value && spec.required) {
      throw Error::value("attribute '" + std::string(spec.name) + "' (" + kindName(spec.kind) + ") is missing");
    }
    if (value && !hasKind(*value, spec.kind)) {
      throw Error::value("attribute '" + std::string(spec.name) + "' must be " + kindName(spec.kind));
    }
  }
  for (const Attrs::Entry& entry : attrs.entries()) {
    const auto known = [&](const AttrSpec& spec) { return spec.name == entry.first; };
    if (std::any_of(op.attrs.begin(), op.attrs.end(), known)) continue;
    std::string names;
    for (const AttrSpec& spec : op.attrs) names += (names.empty() ? "" : ", ") + std::string(spec.name);
    throw Error::value("unknown attribute '" + entry.first + "'; " +
                       (names.empty() ? "it has none" : "known: " + names));
  }
}

void checkArity(const OpDef& op, size_t count, bool fusedInputs) {
  const auto least = static_cast<size_t>(op.minInputs);
  const bool open = op.maxInputs < 0 || fusedInputs;
  if (count >= least && (open || count <= static_cast<size_t>(op.maxInputs))) return;
  std::string expected = std::to_string(op.minInputs);
  if (open) {
    expected += " or more";
  } else if (op.maxInputs != op.minInputs) {
    expected += " to " + std::to_string(op.maxInputs);
  }
  throw Error::value("expected " + expected + (expected == "1" ? " input" : " inputs") + ", found " +
                     std::to_string(count));
}

bool broadcasts(const OpDef& op) { return op.has(kPointwise) && !op.has(kRegion); }

std::vector<Type> broadcastTypes(std::vector<Type> types) {
  Shape common;
  for (const Type& type : types) common = broadcastShapes(common, type.shape);
  for (Type& type : types) type.shape = common;
  return types;
}

void checkResults(const std::vector<Type>& types) {
  for (const Type& type : types) {
    type.shape.size();  // throws when too large
    if (type.shape.rank() > kMaxShapeRank) {
      throw Error::shape("the result " + type.toString() + " has more than " + std::to_string(kMaxShapeRank) + " axes");
    }
  }
}

void locate(Error& error, const OpDef& op, const std::vector<Type>& types, const std::string& path) {
  if (error.op.empty()) {
    error.op = op.name;
    for (const Type& type : types) error.inputs += (error.inputs.empty() ? "" : ", ") + type.toString();
  }
  if (error.path.empty()) error.path = path;
}

}  // namespace

ValueId Builder::emit(const OpDef& op, std::vector<ValueId> inputs, Attrs attrs,
                      std::vector<std::shared_ptr<const Graph>> regions) {
  std::vector<Type> types, results;
  try {
    for (ValueId v : inputs) {
      if (v < 0 || static_cast<size_t>(v) >= graph_.values.size()) throw Error::value("an input is not of this graph");
      types.push_back(type(v));
    }
    checkArity(op, inputs.size(), !regions.empty() && (op.has(kReduction) || op.has(kEpilogue)));
    checkAttrs(op, attrs);
    if (broadcasts(op)) {
      const std::vector<Type> common = broadcastTypes(types);
      results = op.infer({common, attrs, regions});
    } else {
      results = op.infer({types, attrs, regions});
    }
    checkResults(results);
  } catch (Error& error) {
    locate(error, op, types, graph_.scopes[static_cast<size_t>(scope_)]);
    throw;
  }
  if (broadcasts(op)) {
    for (ValueId& v : inputs) v = broadcast(v, results[0].shape);
  }
  return graph_.append(&op, std::move(inputs), std::move(attrs), results, scope_, std::move(regions));
}

ValueId Builder::emit(std::string_view name, std::vector<ValueId> inputs, Attrs attrs,
                      std::vector<std::shared_ptr<const Graph>> regions) {
  const OpDef* op = findOp(name);
  if (!op) throw Error::value("unknown op '" + std::string(name) + "'");
  return emit(*op, std::move(inputs), std::move(attrs), std::move(regions));
}

ValueId Builder::input(InputKind kind, std::string name, Type type) {
  const ValueId v = emit("input", {}, {{"name", name}, {"dtype", nameAttr(type.dtype)}, {"shape", type.shape.dims()}});
  graph_.inputs.push_back({v, kind, std::move(name)});
  return v;
}

ValueId Builder::scalar(double value, DType dtype) {
  return emit("constant", {}, {{"value", value}, {"dtype", nameAttr(dtype)}, {"shape", std::vector<int64_t>{}}});
}

ValueId Builder::constant(const uint8_t* elements, const Type& type) {
  Attrs attrs{{"dtype", nameAttr(type.dtype)}, {"shape", type.shape.dims()}};
  attrs.set("data", std::make_shared<const std::vector<uint8_t>>(elements, elements + type.bytes()));
  return emit("constant", {}, std::move(attrs));
}

ValueId Builder::full(double value, const Type& type) { return broadcast(scalar(value, type.dtype), type.shape); }

ValueId Builder::cast(ValueId a, DType to) { return dtype(a) == to ? a : emit("cast", {a}, {{"dtype", nameAttr(to)}}); }

ValueId Builder::reshape(ValueId a, const Shape& to) {
  return shape(a) == to ? a : emit("reshape", {a}, {{"shape", to.dims()}});
}

ValueId Builder::broadcast(ValueId a, const Shape& to) {
  return shape(a) == to ? a : emit("broadcast", {a}, {{"shape", to.dims()}});
}

ValueId Builder::transpose(ValueId a, std::vector<int64_t> axes) {
  return emit("transpose", {a}, {{"axes", std::move(axes)}});
}

ValueId Builder::sum(ValueId a, std::vector<int64_t> axes, bool keepDims) {
  return emit("sum", {a}, {{"axes", std::move(axes)}, {"keepDims", keepDims}});
}

ValueId Builder::matmul(ValueId a, ValueId b, bool transposeA, bool transposeB) {
  return emit("matmul", {a, b}, {{"transposeA", transposeA}, {"transposeB", transposeB}});
}

ValueId Builder::matmulLike(const Attrs& attrs, ValueId a, ValueId b, bool transposeA, bool transposeB) {
  Attrs own{{"transposeA", transposeA}, {"transposeB", transposeB}};
  if (const AttrValue* precision = attrs.find("precision")) own.set("precision", *precision);
  return emit("matmul", {a, b}, own);
}

ValueId Builder::unpack(ValueId flat, int64_t offset, const Shape& shape) {
  return emit("unpack", {flat}, {{"offset", offset}, {"shape", shape.dims()}});
}

ValueId Builder::sumTo(ValueId a, const Shape& to) {
  const Shape from = shape(a);
  const int extra = from.rank() - to.rank();
  std::vector<int64_t> axes;
  for (int i = 0; i < from.rank(); ++i) {
    if (i < extra || (to[i - extra] == 1 && from[i] != 1)) axes.push_back(i);
  }
  return reshape(axes.empty() ? a : sum(a, std::move(axes)), to);
}

std::vector<ValueId> Builder::inlineRegion(const Graph& region, const std::vector<ValueId>& arguments) {
  std::vector<ValueId> map(region.values.size(), kNoValue);
  for (size_t i = 0; i < region.inputs.size(); ++i) map[static_cast<size_t>(region.inputs[i].value)] = arguments[i];
  for (const Node& node : region.nodes) {
    if (node.resultCount > 0 && map[static_cast<size_t>(node.firstResult)] != kNoValue) continue;
    std::vector<ValueId> inputs;
    for (ValueId v : node.inputs) inputs.push_back(map[static_cast<size_t>(v)]);
    const std::vector<ValueId> results = copyNode(region, node, std::move(inputs));
    for (int i = 0; i < node.resultCount; ++i)
      map[static_cast<size_t>(node.result(i))] = results[static_cast<size_t>(i)];
  }
  std::vector<ValueId> outputs;
  for (ValueId v : region.outputs) outputs.push_back(map[static_cast<size_t>(v)]);
  return outputs;
}

std::vector<ValueId> Builder::copyNode(const Graph& from, const Node& node, std::vector<ValueId> inputs) {
  std::vector<Type> types;
  for (int i = 0; i < node.resultCount; ++i) types.push_back(from.type(node.result(i)));
  const std::string path = from.path(node);
  const int32_t scope = path.empty() ? scope_ : graph_.scopeOf(path);
  const ValueId first = graph_.append(node.op, std::move(inputs), node.attrs, types, scope, node.regions);
  std::vector<ValueId> results;
  for (int i = 0; i < static_cast<int>(types.size()); ++i) results.push_back(first + i);
  return results;
}

DType dtypeNamed(std::string_view name) {
  for (int i = 0; i < kDTypeCount; ++i) {
    const auto dtype = static_cast<DType>(i);
    if (nameOf(dtype) == name) return dtype;
  }
  throw Error::value("unknown dtype '" + std::string(name) + "'; known: f32, f64, i32, bool, u8");
}

namespace {

template <typename T>
double readAs(const std::vector<uint8_t>& bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return static_cast<double>(value);
}

double readElement(const std::vector<uint8_t>& bytes, DType dtype) {
  switch (dtype) {
    case DType::f32:
      return readAs<float>(bytes);
    case DType::f64:
      return readAs<double>(bytes);
    case DType::i32:
      return readAs<int32_t>(bytes);
    case DType::boolean:
    case DType::u8:
      return readAs<uint8_t>(bytes);
  }
  return 0;
}

}  // namespace

std::optional<double> splatValue(const Graph& g, ValueId v) {
  while (g.producer(v).op->has(kView)) v = g.producer(v).inputs[0];
  const Node& node = g.producer(v);
  if (!node.op->has(kSource)) return std::nullopt;
  const Type& type = g.type(v);
  if (node.attrs.find("value")) {
    const double value = node.attrs.number("value");
    return type.dtype == DType::f32 ? static_cast<double>(static_cast<float>(value)) : value;
  }
  if (!node.attrs.find("data") || type.shape.size() != 1) return std::nullopt;
  return readElement(*node.attrs.bytes("data"), type.dtype);
}

}  // namespace slalom
