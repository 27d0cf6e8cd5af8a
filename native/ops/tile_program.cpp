#include "tile_program.h"

#include <algorithm>
#include <cstring>

#include "../ir/error.h"
#include "families.h"
#include "registers.h"

namespace slalom {

namespace {

size_t roundUp(size_t bytes) { return (bytes + 7) / 8 * 8; }

// Exact on doubles for every operand type: compares, selects, converts.
bool exactWhenWide(PointwiseCode code) {
  return (code >= kEqual && code <= kCastF64) || code == kIsFinite || code == kLogicalNot;
}

PointwiseFn kernelOf(const RegisterStep& step, const KernelTable& kernels) {
  const PointwiseFn fn = kernels.pointwise[step.code][step.lane];
  if (!fn) {
    throw Error::internal("no pointwise kernel for code " + std::to_string(step.code) + " and lane " +
                          std::to_string(step.lane));
  }
  return fn;
}

// A copy: output i is input i, converted by its storage alone.
RegisterProgram identity(const TileSource& source) {
  RegisterProgram program;
  program.registers = static_cast<int>(source.inputs.size());
  for (size_t i = 0; i < source.outputs.size(); ++i) program.outputs.push_back(static_cast<int16_t>(i));
  for (const Operand& input : source.inputs) program.wide = program.wide || input.dtype == DType::f64;
  return program;
}

void addOperands(TilePlan& plan, const TileSource& source, const RegisterProgram& program) {
  for (const Operand& operand : source.inputs) {
    TileInput input{};
    input.storage = storageOf(operand.dtype);
    input.lane = laneOf(operand.dtype, program.wide);
    plan.inputs.push_back(input);
    plan.inputTargets.push_back(operand.address);
  }
  for (size_t i = 0; i < program.outputs.size(); ++i) {
    const DType dtype = source.region ? source.region->type(source.region->outputs[i]).dtype : source.inputs[i].dtype;
    plan.outputRegisters.push_back(program.outputs[i]);
    plan.outputLanes.push_back(laneOf(dtype, program.wide));
    if (i >= source.outputs.size()) continue;
    TileOutput output{};
    output.storage = storageOf(source.outputs[i].dtype);
    output.lane = plan.outputLanes[i];
    output.reg = program.outputs[i];
    plan.outputs.push_back(output);
    plan.outputTargets.push_back(source.outputs[i].address);
  }
  for (size_t j = 0; j < plan.inputs.size(); ++j) {
    for (size_t o = 0; o < plan.outputs.size(); ++o) {
      if (plan.inputTargets[j] == plan.outputTargets[o]) plan.inputs[j].under = static_cast<int16_t>(o);
    }
  }
}

void addSpace(TilePlan& plan, const TileSource& source) {
  std::vector<int64_t> dims = source.space.dims();
  std::vector<std::vector<int64_t>> strides;
  for (const Operand& operand : source.inputs) strides.push_back(operand.layout.strides);
  for (const Operand& operand : source.outputs) strides.push_back(operand.layout.strides);
  collapse(dims, strides);
  plan.head.rank = static_cast<int32_t>(dims.size());
  plan.head.count = source.space.size();
  std::copy(dims.begin(), dims.end(), plan.head.dims);
  for (size_t i = 0; i < strides.size(); ++i) {
    const size_t inputs = plan.inputs.size();
    int64_t* target = i < inputs ? plan.inputs[i].stride : plan.outputs[i - inputs].stride;
    std::copy(strides[i].begin(), strides[i].end(), target);
  }
}

}  // namespace

TileClass tileClass(const Graph& g, const Node& node) {
  bool wide = false, allWide = true;
  const auto look = [&](ValueId v) {
    const DType dtype = g.type(v).dtype;
    if (dtype == DType::f64) wide = true;
    if (dtype == DType::f32 || dtype == DType::i32 || dtype == DType::u8) allWide = false;
  };
  for (ValueId v : node.inputs) look(v);
  for (int i = 0; i < node.resultCount; ++i) look(node.result(i));
  if (wide) return TileClass::wide;
  return allWide || exactWhenWide(pointwiseCode(node)) ? TileClass::either : TileClass::narrow;
}

bool fitsTile(const Graph& region) {
  if (region.inputs.size() > kMaxTileInputs || region.outputs.size() > kMaxTileOutputs) return false;
  bool narrow = false, wide = false;
  for (const Node& node : region.nodes) {
    if (!node.op->has(kPointwise)) continue;
    const TileClass kind = tileClass(region, node);
    narrow = narrow || kind == TileClass::narrow;
    wide = wide || kind == TileClass::wide;
  }
  if (narrow && wide) return false;
  const RegisterProgram program = assignRegisters(region);
  return program.steps.size() <= kMaxTileSteps && program.registers <= kMaxRegisters;
}

Graph regionOf(const Graph& g, const Node& node) {
  Graph region;
  Builder builder(region);
  std::vector<ValueId> arguments;
  for (ValueId v : node.inputs) arguments.push_back(builder.input(InputKind::argument, "", g.type(v)));
  region.outputs = builder.copyNode(g, node, std::move(arguments));
  return region;
}

size_t TilePlan::bytes() const {
  return roundUp(sizeof(TileProgram)) + inputs.size() * sizeof(TileInput) + steps.size() * sizeof(TileStep) +
         outputs.size() * sizeof(TileOutput);
}

void TilePlan::write(void* at, Bind* bind) const {
  auto* program = static_cast<TileProgram*>(at);
  *program = head;
  program->inputs = static_cast<int32_t>(roundUp(sizeof(TileProgram)));
  program->steps = program->inputs + static_cast<int32_t>(inputs.size() * sizeof(TileInput));
  program->outputs = program->steps + static_cast<int32_t>(steps.size() * sizeof(TileStep));
  std::copy(inputs.begin(), inputs.end(), tileInputs(program));
  std::copy(steps.begin(), steps.end(), tileSteps(program));
  std::copy(outputs.begin(), outputs.end(), tileOutputs(program));
  noteAccess(program);
  if (!bind) return;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputTargets[i].valid()) bind->link(&tileInputs(program)[i].data, inputTargets[i]);
  }
  for (size_t i = 0; i < outputs.size(); ++i) bind->link(&tileOutputs(program)[i].data, outputTargets[i]);
}

TilePlan planTile(const TileSource& source, const KernelTable& kernels) {
  const RegisterProgram program = source.region ? assignRegisters(*source.region) : identity(source);
  if (program.registers > kMaxRegisters) throw Error::internal("a fused region needs too many registers");
  TilePlan plan;
  for (const RegisterStep& step : program.steps) {
    plan.steps.push_back({kernelOf(step, kernels), step.dst, step.a, step.b, step.c});
  }
  addOperands(plan, source, program);
  addSpace(plan, source);
  plan.head.wide = program.wide;
  plan.head.registerCount = program.registers;
  plan.head.inputCount = static_cast<int32_t>(plan.inputs.size());
  plan.head.stepCount = static_cast<int32_t>(plan.steps.size());
  plan.head.outputCount = static_cast<int32_t>(plan.outputs.size());
  return plan;
}

void bindTile(Bind& bind, const TileSource& source) {
  if (source.space.size() == 0) return;
  const TilePlan tile = planTile(source, bind.kernels());
  static_assert(offsetof(PointwiseArgs, program) == 0, "the arrays follow the program");
  void* args = bind.allocate(tile.bytes());
  tile.write(args, &bind);
  CallPlan plan{};
  bind.kernels().planPointwise(static_cast<const PointwiseArgs*>(args), &plan);
  bind.calls(plan);
}

void collapse(std::vector<int64_t>& dims, std::vector<std::vector<int64_t>>& strides) {
  size_t kept = 0;  // axes [0, kept) are final, but for the last, which may still grow
  for (size_t axis = 0; axis < dims.size(); ++axis) {
    if (dims[axis] == 1) continue;
    const auto joins = [&](const std::vector<int64_t>& s) { return s[kept - 1] == s[axis] * dims[axis]; };
    const bool merge = kept > 0 && std::all_of(strides.begin(), strides.end(), joins);
    const size_t at = merge ? kept - 1 : kept++;
    dims[at] = merge ? dims[at] * dims[axis] : dims[axis];
    for (std::vector<int64_t>& s : strides) s[at] = s[axis];
  }
  dims.resize(kept);
  for (std::vector<int64_t>& s : strides) s.resize(kept);
}

}  // namespace slalom
