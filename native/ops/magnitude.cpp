#include "magnitude.h"

#include "families.h"

namespace slalom {

ValueId underMagnitude(const Graph& g, const Node& node) {
  if (node.op != &ops::reduceMax || g.type(node.result()).shape.rank() != 0) return kNoValue;
  const Node& magnitudes = g.producer(node.inputs[0]);
  return magnitudes.op == &ops::abs ? magnitudes.inputs[0] : kNoValue;
}

ValueId greatestMagnitude(Builder& b, ValueId v) {
  const ValueId flat = b.reshape(v, {b.shape(v).size()});
  const std::vector<int64_t> axes = {0};
  return b.emit(ops::reduceMax, {b.emit(ops::abs, {flat})}, {{"axes", axes}, {"keepDims", false}});
}

ValueId greaterOf(Builder& b, ValueId x, ValueId y) { return b.emit(ops::max, {x, y}); }

}  // namespace slalom
