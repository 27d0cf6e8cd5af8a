// Appends nodes to a graph: shapes inferred, operands broadcast, errors located.
#pragma once

#include "op.h"

namespace slalom {

class Builder {
 public:
  explicit Builder(Graph& graph) : graph_(graph) {}

  Graph& graph() { return graph_; }
  // By value: a reference would not survive the next emit.
  Type type(ValueId v) const { return graph_.type(v); }
  Shape shape(ValueId v) const { return graph_.type(v).shape; }
  DType dtype(ValueId v) const { return graph_.type(v).dtype; }

  // The layer path that new nodes carry.
  void setScope(int32_t scope) { scope_ = scope; }
  int32_t scope() const { return scope_; }

  // Checks arity and attributes, broadcasts the inputs of pointwise ops to a common shape with
  // explicit broadcast nodes, infers result types. Throws Error with op, input types and path.
  ValueId emit(const OpDef& op, std::vector<ValueId> inputs, Attrs attrs = {},
               std::vector<std::shared_ptr<const Graph>> regions = {});
  ValueId emit(std::string_view op, std::vector<ValueId> inputs, Attrs attrs = {},
               std::vector<std::shared_ptr<const Graph>> regions = {});

  ValueId input(InputKind kind, std::string name, Type type);
  ValueId scalar(double value, DType dtype);  // a constant of rank 0
  ValueId constant(const uint8_t* elements, const Type& type);
  ValueId full(double value, const Type& type);  // a constant broadcast to a shape
  ValueId like(double value, ValueId v) { return full(value, type(v)); }

  // Shorthands for the rules of ops and passes. Operands broadcast.
  ValueId neg(ValueId a) { return emit("neg", {a}); }
  ValueId add(ValueId a, ValueId b) { return emit("add", {a, b}); }
  ValueId sub(ValueId a, ValueId b) { return emit("sub", {a, b}); }
  ValueId mul(ValueId a, ValueId b) { return emit("mul", {a, b}); }
  ValueId div(ValueId a, ValueId b) { return emit("div", {a, b}); }
  ValueId where(ValueId c, ValueId a, ValueId b) { return emit("where", {c, a, b}); }
  ValueId cast(ValueId a, DType dtype);            // a itself if it has that type
  ValueId reshape(ValueId a, const Shape& shape);  // a itself if it has that shape
  ValueId broadcast(ValueId a, const Shape& shape);
  ValueId transpose(ValueId a, std::vector<int64_t> axes);
  ValueId sum(ValueId a, std::vector<int64_t> axes, bool keepDims = false);
  ValueId matmul(ValueId a, ValueId b, bool transposeA = false, bool transposeB = false);
  ValueId matmulLike(const Attrs& attrs, ValueId a, ValueId b, bool transposeA, bool transposeB);  // its precision
  // Sums a down to a shape that broadcasts to a's: the gradient of a broadcast.
  ValueId sumTo(ValueId a, const Shape& shape);

  // Copies the body of a region into this graph, its arguments replaced; returns its outputs.
  std::vector<ValueId> inlineRegion(const Graph& region, const std::vector<ValueId>& arguments);

  ValueId pack(std::vector<ValueId> pieces) { return emit("pack", std::move(pieces)); }
  ValueId unpack(ValueId flat, int64_t offset, const Shape& shape);

  // Copies one node with new inputs, keeping its scope and result types.
  std::vector<ValueId> copyNode(const Graph& from, const Node& node, std::vector<ValueId> inputs);

 private:
  Graph& graph_;
  int32_t scope_ = 0;
};

// The element that all elements of v are, if v is one constant element seen through views.
std::optional<double> splatValue(const Graph& g, ValueId v);

DType dtypeNamed(std::string_view name);  // throws Error::value
inline AttrValue nameAttr(DType dtype) { return std::string(nameOf(dtype)); }

// Offset in elements of each piece of a pack, and the total: every piece starts at a multiple of
// kPackAlignment elements, with zeros between.
constexpr int64_t kPackAlignment = 16;
std::vector<int64_t> packOffsets(const std::vector<int64_t>& sizes);

}  // namespace slalom
