#include "fold.h"

#include <cmath>
#include <cstring>

#include "../ops/registers.h"

namespace slalom {

namespace {

// One lane of a tile program.
union Slot {
  float f32;
  int32_t i32;
  double f64;
};

Slot slotOf(double value, Lane lane) {
  Slot slot{};
  if (lane == kLaneF32) slot.f32 = static_cast<float>(value);
  if (lane == kLaneI32) slot.i32 = static_cast<int32_t>(value);
  if (lane == kLaneMask) slot.i32 = value != 0 ? -1 : 0;
  if (lane == kLaneF64) slot.f64 = value;
  return slot;
}

double valueOf(const Slot& slot, Lane lane) {
  if (lane == kLaneF32) return static_cast<double>(slot.f32);
  if (lane == kLaneF64) return slot.f64;
  return lane == kLaneMask ? (slot.i32 != 0 ? 1 : 0) : slot.i32;
}

// The one element that v repeats, as a scalar or a tensor of one element; kNoValue if there are more.
ValueId onlyElement(const Graph& g, ValueId v) {
  while (g.type(v).shape.size() != 1) {
    if (!g.producer(v).op->has(kView)) return kNoValue;
    v = g.producer(v).inputs[0];
  }
  return v;
}

bool isFoldable(const Node& node) {
  return node.op->has(kPointwise) && !node.op->has(kRegion) && !node.inputs.empty() && node.inputs.size() <= 3;
}

}  // namespace

std::vector<ValueId> foldConstants(RewriteContext& c, const Type& result, const KernelTable& kernels) {
  if (!isFoldable(c.node)) return {};
  const Graph& g = c.b.graph();
  double values[3];
  bool wide = result.dtype == DType::f64;
  for (size_t i = 0; i < c.node.inputs.size(); ++i) {
    const std::optional<double> value = splatValue(g, c.node.inputs[i]);
    const DType dtype = g.type(c.node.inputs[i]).dtype;
    if (!value || dtype == DType::u8 || result.dtype == DType::u8) return {};
    values[i] = *value;
    wide = wide || dtype == DType::f64;
  }
  Slot slots[3]{}, out{};
  for (size_t i = 0; i < c.node.inputs.size(); ++i) {
    slots[i] = slotOf(values[i], laneOf(g.type(c.node.inputs[i]).dtype, wide));
  }
  const PointwiseCode code = pointwiseCode(c.node);
  const Lane sources = laneOf(g.type(c.node.inputs[code == kWhere ? 1 : 0]).dtype, wide);
  const PointwiseFn kernel = kernels.pointwise[code][sources];
  if (!kernel) return {};
  const FloatMode mode;
  kernel(&out, &slots[0], c.node.inputs.size() > 1 ? &slots[1] : nullptr,
         c.node.inputs.size() > 2 ? &slots[2] : nullptr, 1);
  const double value = valueOf(out, laneOf(result.dtype, wide));
  if (std::isnan(value)) return {};
  return {c.b.full(value, result)};
}

std::vector<ValueId> foldToScalar(RewriteContext& c, const Type& result) {
  if (!isFoldable(c.node) || result.shape.size() <= 1) return {};
  std::vector<ValueId> scalars;
  for (ValueId v : c.node.inputs) {
    scalars.push_back(onlyElement(c.b.graph(), v));
    if (scalars.back() == kNoValue) return {};
  }
  for (ValueId& v : scalars) v = c.b.reshape(v, {});
  return {c.b.broadcast(c.b.emit(definition(c.node), std::move(scalars), c.node.attrs), result.shape)};
}

}  // namespace slalom
