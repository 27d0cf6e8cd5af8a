// The common shape of pointwise definitions.
#pragma once

#include "rules.h"

namespace slalom {

using InferFn = std::vector<Type> (*)(const InferContext&);
using VjpFn = std::vector<ValueId> (*)(VjpContext&);
using SimplifyFn = std::vector<ValueId> (*)(RewriteContext&);

// fused.cpp: one tile program for a pointwise node or a fused region.
void bindPointwise(Bind& bind);

// Without a vjp no gradient flows.
constexpr OpDef pointwise(std::string_view name, int arity, PointwiseCode code, InferFn infer, VjpFn vjp,
                          std::string_view doc) {
  OpDef op;
  op.name = name;
  op.traits = kPointwise | (vjp ? 0u : static_cast<uint32_t>(kNoGradient));
  op.minInputs = op.maxInputs = arity;
  op.doc = doc;
  op.code = code;
  op.infer = infer;
  op.vjp = vjp;
  op.acceptsLayout = acceptsAnyLayout;
  op.bind = bindPointwise;
  return op;
}

constexpr OpDef with(OpDef op, SimplifyFn simplify) {
  op.simplify = simplify;
  return op;
}

}  // namespace slalom
