// Pointwise kernels: one tile program for a node or for a region that the fuse pass made.
#include "families.h"
#include "pointwise.h"
#include "tile_program.h"

namespace slalom {

void bindPointwise(Bind& bind) {
  const Node& node = bind.node();
  const Graph single = node.regions.empty() ? regionOf(bind.graph(), node) : Graph();
  TileSource source;
  source.region = node.regions.empty() ? &single : node.regions[0].get();
  for (int i = 0; i < static_cast<int>(node.inputs.size()); ++i) source.inputs.push_back(bind.input(i));
  for (int i = 0; i < node.resultCount; ++i) source.outputs.push_back(bind.result(i));
  source.space = bind.graph().type(node.result()).shape;
  bindTile(bind, source);
}

void bindCopy(Bind& bind, const Operand& from, const Operand& to) {
  TileSource source;
  source.region = nullptr;
  source.inputs = {from};
  source.outputs = {to};
  source.space = to.layout.shape;
  bindTile(bind, source);
}

namespace ops {

namespace {

Types inferFused(const InferContext& c) {
  Types types;
  for (ValueId v : c.regions[0]->outputs) types.push_back(c.regions[0]->type(v));
  return types;
}

constexpr OpDef fusedOp() {
  OpDef op = pointwise("fused", 0, kPointwiseCount, inferFused, nullptr, "a region of pointwise ops in one pass");
  op.traits = kPointwise | kRegion | kInternal;
  op.minInputs = 1;
  op.maxInputs = -1;
  return op;
}

}  // namespace

const OpDef fused = fusedOp();

}  // namespace ops

}  // namespace slalom
