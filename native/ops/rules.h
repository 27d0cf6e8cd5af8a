// What the rules of several families share: dtype checks, axes and shapes from attributes.
#pragma once

#include "bind.h"
#include "build.h"

namespace slalom {

using Types = std::vector<Type>;
using Values = std::vector<ValueId>;

// Each throws Error::dtype with the found dtype and the way out.
void requireFloat(const Type& type);
void requireNumeric(const Type& type);  // f32, f64 or i32
void requireBool(const Type& type);
void requireIndex(const Type& type);  // i32
// All types from index `first` on have one dtype.
void requireSameDType(const Types& types, size_t first = 0);

void requireRank(const Type& type, int atLeast);

// A shape from an attribute; throws on negative dimensions.
Shape shapeAttr(const Attrs& attrs, std::string_view name = "shape");

// The axes of an attribute, normalized, ascending, without duplicates (else an error). An
// empty or missing list means all.
std::vector<int> axesAttr(const Attrs& attrs, int rank);

AttrValue shapeValue(const Shape& shape);

// result = infer of pointwise ops.
Types sameAsInput(const InferContext& c);

// x with `axes` of size 1 inserted again where a reduction removed them.
Shape withOnes(const Shape& shape, const std::vector<int>& axes);

// Replacement lists for simplify: one value, or none.
inline Values replaceBy(ValueId v) { return {v}; }
inline Values keepNode() { return {}; }

// For ops that read through any strides.
bool acceptsAnyLayout(const Graph& g, const Node& node, int i, const Layout& layout);

}  // namespace slalom
