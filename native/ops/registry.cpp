// The list of all ops. The order is the order of ops.gen.ts and of printed documentation.
#include <unordered_map>

#include "families.h"

namespace slalom {

const std::vector<const OpDef*>& allOps() {
  static const auto* const list = new std::vector<const OpDef*>{
      // pointwise
      &ops::neg,
      &ops::abs,
      &ops::sign,
      &ops::relu,
      &ops::exp,
      &ops::expm1,
      &ops::log,
      &ops::log1p,
      &ops::sqrt,
      &ops::rsqrt,
      &ops::tanh,
      &ops::sigmoid,
      &ops::erf,
      &ops::sin,
      &ops::cos,
      &ops::floor,
      &ops::round,
      &ops::reciprocal,
      &ops::isFinite,
      &ops::logicalNot,
      &ops::add,
      &ops::sub,
      &ops::mul,
      &ops::div,
      &ops::max,
      &ops::min,
      &ops::pow,
      &ops::reluGradient,
      &ops::equal,
      &ops::notEqual,
      &ops::less,
      &ops::lessEqual,
      &ops::greater,
      &ops::greaterEqual,
      &ops::logicalAnd,
      &ops::logicalOr,
      &ops::where,
      &ops::cast,
      &ops::fused,
      // reductions
      &ops::reduceSum,
      &ops::reduceMax,
      &ops::reduceMin,
      &ops::reduceAny,
      &ops::reduceAll,
      &ops::argMax,
      &ops::argMin,
      // views
      &ops::reshape,
      &ops::transpose,
      &ops::broadcast,
      &ops::slice,
      &ops::flip,
      &ops::unpack,
      &ops::stopGradient,
      // movement
      &ops::concat,
      &ops::pad,
      &ops::padWith,
      &ops::pack,
      &ops::gather,
      &ops::scatterAdd,
      &ops::oneHot,
      &ops::sort,
      &ops::topK,
      // products
      &ops::matmul,
      &ops::measuredMatmul,
      // sources
      &ops::input,
      &ops::constant,
      &ops::iota,
      &ops::randomUniform,
      &ops::randomNormal,
      // composites with kernels
      &ops::softmax,
      &ops::logSoftmax,
      &ops::softmaxCrossEntropy,
      // regions
      &ops::scan,
      &ops::customGradient,
  };
  return *list;
}

const OpDef* findOp(std::string_view name) {
  static const auto* const byName = [] {
    auto* map = new std::unordered_map<std::string_view, const OpDef*>;
    for (const OpDef* op : allOps()) map->emplace(op->name, op);
    return map;
  }();
  const auto found = byName->find(name);
  return found == byName->end() ? nullptr : found->second;
}

}  // namespace slalom
