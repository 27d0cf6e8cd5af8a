// Comparisons and logic: bool results, no gradient.
#include "families.h"
#include "pointwise.h"

namespace slalom::ops {

namespace {

Types inferCompare(const InferContext& c) {
  requireSameDType(c.inputs);
  requireNumeric(c.inputs[0]);
  return {{DType::boolean, c.inputs[0].shape}};
}

Types inferLogic(const InferContext& c) {
  for (const Type& type : c.inputs) requireBool(type);
  return {c.inputs[0]};
}

}  // namespace

const OpDef equal = pointwise("equal", 2, kEqual, inferCompare, nullptr, "a = b; NaN equals nothing");
const OpDef notEqual = pointwise("notEqual", 2, kNotEqual, inferCompare, nullptr, "not a = b");
const OpDef less = pointwise("less", 2, kLess, inferCompare, nullptr, "a < b");
const OpDef lessEqual = pointwise("lessEqual", 2, kLessEqual, inferCompare, nullptr, "a <= b");
const OpDef greater = pointwise("greater", 2, kGreater, inferCompare, nullptr, "a > b");
const OpDef greaterEqual = pointwise("greaterEqual", 2, kGreaterEqual, inferCompare, nullptr, "a >= b");
const OpDef logicalAnd = pointwise("logicalAnd", 2, kLogicalAnd, inferLogic, nullptr, "a and b");
const OpDef logicalOr = pointwise("logicalOr", 2, kLogicalOr, inferLogic, nullptr, "a or b");

}  // namespace slalom::ops
