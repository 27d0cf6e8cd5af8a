#include "rules.h"

#include <algorithm>

#include "../ir/error.h"

namespace slalom {

namespace {

[[noreturn]] void wrongDType(const char* expected, const Type& found, const char* remedy) {
  throw Error::dtype(std::string("expected ") + expected + ", found " + std::string(nameOf(found.dtype)) +
                     "; convert it with cast('" + remedy + "')");
}

}  // namespace

void requireFloat(const Type& type) {
  if (!isFloat(type.dtype)) wrongDType("f32 or f64", type, "f32");
}

void requireNumeric(const Type& type) {
  if (!isFloat(type.dtype) && type.dtype != DType::i32) wrongDType("f32, f64 or i32", type, "f32");
}

void requireBool(const Type& type) {
  if (type.dtype != DType::boolean) wrongDType("bool", type, "bool");
}

void requireIndex(const Type& type) {
  if (type.dtype != DType::i32) wrongDType("i32", type, "i32");
}

void requireSameDType(const Types& types, size_t first) {
  for (size_t i = first + 1; i < types.size(); ++i) {
    if (types[i].dtype == types[first].dtype) continue;
    const std::string a(nameOf(types[first].dtype)), b(nameOf(types[i].dtype));
    throw Error::dtype("inputs have different dtypes, " + a + " and " + b + "; convert one with cast('" + a + "')");
  }
}

void requireRank(const Type& type, int atLeast) {
  if (type.shape.rank() >= atLeast) return;
  throw Error::shape("expected a tensor of rank " + std::to_string(atLeast) + " or more, found " + type.toString());
}

Shape shapeAttr(const Attrs& attrs, std::string_view name) {
  Shape shape(attrs.integers(name));
  for (int64_t d : shape.dims()) {
    if (d < 0) throw Error::shape("dimensions must be 0 or more, found " + shape.toString());
  }
  return shape;
}

std::vector<int> axesAttr(const Attrs& attrs, int rank) {
  std::vector<int> axes;
  if (attrs.find("axes")) {
    for (int64_t axis : attrs.integers("axes")) axes.push_back(normalizeAxis(axis, rank));
  }
  if (axes.empty()) {
    for (int i = 0; i < rank; ++i) axes.push_back(i);
  }
  std::sort(axes.begin(), axes.end());
  const auto twice = std::adjacent_find(axes.begin(), axes.end());
  if (twice != axes.end()) throw Error::shape("axis " + std::to_string(*twice) + " is named twice");
  return axes;
}

AttrValue shapeValue(const Shape& shape) { return shape.dims(); }

Types sameAsInput(const InferContext& c) { return {c.inputs[0]}; }

Shape withOnes(const Shape& shape, const std::vector<int>& axes) {
  std::vector<int64_t> dims = shape.dims();
  for (int axis : axes) dims.insert(dims.begin() + axis, 1);
  return Shape(std::move(dims));
}

bool acceptsAnyLayout(const Graph&, const Node&, int, const Layout&) { return true; }

}  // namespace slalom
