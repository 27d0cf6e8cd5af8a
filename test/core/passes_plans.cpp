// fuse, schedule, memory plan: programs that give the bits of the plain graph.
#include <array>
#include <set>

#include "passes_execute.h"
#include "passes_models.h"
#include "suites.h"

namespace slalom::test {

namespace {

using List = std::vector<int64_t>;

std::vector<MlpOptions> models() {
  return {{},
          {{1, 1}, 1, DType::f32},
          {{3, 5, 2}, 0, DType::f32},
          {{17, 33, 9, 3}, 13, DType::f32},
          {{96, 256, 10}, 64, DType::f32},
          {{8, 16, 4}, 6, DType::f64}};
}

std::string nameOf(const MlpOptions& o) {
  std::string name = std::to_string(o.batch) + " rows of";
  for (int64_t width : o.widths) name += " " + std::to_string(width);
  return name;
}

// The executor overwrites what is dead, so equal bits also say that nothing is read too late.
void fusedIsUnfused() {
  for (const char* const* name = availableKernels(); *name; ++name) {
    for (const MlpOptions& model : models()) {
      const Graph g = mlpStep(model);
      const auto inputs = inputsFor(g, 5);
      CompileOptions plain;
      plain.kernels = kernelsNamed(*name);
      plain.fuse = false;
      const auto expected = runOnce(g, plain, inputs);
      for (const bool redZones : {false, true}) {
        CompileOptions fused;
        fused.kernels = plain.kernels;
        fused.redZones = redZones;
        check(runOnce(g, fused, inputs) == expected, std::string(*name) + ", " + nameOf(model));
      }
    }
  }
}

// What follows the products of dense layers, few and many, with rows shorter and longer than a tile of the interpreter.
void layersAreUnfused() {
  for (const auto& [batch, rows, inputs, outputs] : {std::array<int64_t, 4>{1, 33, 9, 40},
                                                     {1, 128, 70, 300},
                                                     {1, 300, 64, 10},
                                                     {1, 64, 40, 16},
                                                     {1, 7, 40, 150},
                                                     {1, 40, 300, 520},
                                                     {1, 1, 20, 2000},
                                                     {3, 30, 20, 48},
                                                     {1, 600, 130, 270}}) {
    Graph g;
    Builder b(g);
    const auto argument = [&](const Shape& shape) { return b.input(InputKind::argument, "", {DType::f32, shape}); };
    const Shape in = batch == 1 ? Shape{rows, inputs} : Shape{batch, rows, inputs};
    const ValueId x = argument(in), w = argument({inputs, outputs}), bias = argument({outputs});
    const ValueId hidden = b.emit("relu", {b.add(b.matmul(x, w), bias)});
    const ValueId later = argument(in), v = argument({outputs, inputs});
    g.outputs = {hidden, b.add(b.matmul(later, w), bias),
                 b.emit("reluGradient", {hidden, b.matmul(later, v, false, true)})};
    const auto values = inputsFor(g, 3);
    for (const char* const* name = availableKernels(); *name; ++name) {
      CompileOptions options;
      options.kernels = kernelsNamed(*name);
      const auto fused = runOnce(g, options, values);
      options.fuse = false;
      check(runOnce(g, options, values) == fused, std::string(*name) + " " + b.type(hidden).toString());
    }
  }
}

struct Planned {
  Graph g;
  Schedule s;
  MemoryPlan m;
};

Planned planned(const MlpOptions& model, bool redZones = false) {
  Planned p;
  p.g = fuse(simplify(expand(mlpStep(model)), selectedKernels()));
  p.s = schedule(p.g);
  CompileOptions options;
  options.kernels = selectedKernels();
  options.redZones = redZones;
  p.m = planMemory(p.g, p.s, options);
  return p;
}

void fusionSavesKernels() {
  const Planned p = planned({});
  int64_t products = 0;
  for (const Node& node : p.g.nodes) {
    if (node.op->name != "matmul") continue;
    ++products;
  }
  checkEqual(products, int64_t{8});
  const auto labels = compile(mlpStep({}))->text;
  check(labels.find("matmul + add + greater + where") != std::string::npos, labels);
}

void scheduleIsInOrder() {
  const Planned p = planned({});
  std::set<int32_t> done;
  for (const int32_t index : p.s.order) {
    const Node& node = p.g.nodes[static_cast<size_t>(index)];
    for (ValueId v : node.inputs) {
      const int32_t producer = p.g.values[static_cast<size_t>(v)].node;
      const bool source = p.g.nodes[static_cast<size_t>(producer)].op->has(kSource);
      check(source || done.count(producer) == 1, "an input that is not ready");
    }
    check(done.insert(index).second, "a node twice");
  }
  std::set<int32_t> computing(p.s.order.begin(), p.s.order.begin() + static_cast<int64_t>(p.s.commitBegin));
  for (ValueId guard : p.g.guards)
    check(computing.count(p.g.values[static_cast<size_t>(guard)].node) == 1, "a late guard");
  check(p.s.commitBegin < p.s.order.size(), "the update waits for the guard");
}

void livingBuffersLieApart() {
  for (const bool redZones : {false, true}) {
    const Planned p = planned({{17, 33, 9, 3}, 13, DType::f32}, redZones);
    const auto inArena = [&](size_t i) { return p.m.buffers[i].kind == BufferKind::arena && p.m.buffers[i].bytes > 0; };
    for (size_t i = 0; i < p.m.buffers.size(); ++i) {
      for (size_t j = 0; inArena(i) && j < i; ++j) {
        const Buffer &a = p.m.buffers[i], &b = p.m.buffers[j];
        if (!inArena(j)) continue;
        const bool together =
            p.m.lifetimes[i].first <= p.m.lifetimes[j].last && p.m.lifetimes[j].first <= p.m.lifetimes[i].last;
        const bool overlap = a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
        check(!(together && overlap), "buffers " + std::to_string(j) + " and " + std::to_string(i));
        check(a.offset + a.bytes <= p.m.arenaBytes);
      }
    }
  }
}

void memoryIsUsedAgain() {
  const Planned p = planned({{64, 64, 64, 64, 64, 10}, 32, DType::f32});
  int64_t sum = 0;
  for (const Buffer& buffer : p.m.buffers) sum += buffer.kind == BufferKind::arena ? buffer.bytes : 0;
  check(p.m.arenaBytes < sum, std::to_string(p.m.arenaBytes) + " of " + std::to_string(sum));
}

void refusedStepsWriteNothing() {
  const Graph g = mlpStep({});
  auto inputs = inputsFor(g, 5);
  inputs[0] = dataOf(DType::f32, std::vector<double>(48, 1e38));
  Execution execution(compile(g));
  for (size_t i = 0; i < inputs.size(); ++i) execution.set(i, inputs[i]);
  check(!execution.run(), "the guard refuses");
  for (size_t i = 2; i + 1 < inputs.size(); ++i)
    check(execution.state(i) == inputs[i], "variable " + std::to_string(i));
  check(execution.state(inputs.size() - 1) != inputs.back(), "the step number goes on");
}

// A variable that becomes a view of itself: its old contents must be read before they are written.
void variablesMayTurnAround() {
  const Type square{DType::f32, {2, 2}};
  for (const bool guarded : {false, true}) {
    Graph g;
    Builder b(g);
    const ValueId v = b.input(InputKind::state, "v", square), w = b.input(InputKind::state, "w", square);
    g.commits = {{v, b.transpose(v, {1, 0}), guarded}, {w, b.emit("flip", {w}, {{"axes", List{0}}}), guarded}};
    const Data start = dataOf(DType::f32, {1, 2, 3, 4});
    const auto states = runOnce(g, {}, {start, start});
    check(states[0] == dataOf(DType::f32, {1, 3, 2, 4}), "transposed");
    check(states[1] == dataOf(DType::f32, {3, 4, 1, 2}), "flipped");
  }
}

// What people see of a plan.
void planAsText() {
  Graph g;
  Builder b(g);
  const ValueId x = b.input(InputKind::argument, "x", {DType::f32, {2, 3}});
  const ValueId w = b.input(InputKind::state, "layers.0.weight", {DType::f32, {3, 4}});
  b.setScope(g.scopeOf("layers.0"));
  const ValueId y = b.emit("tanh", {b.matmul(x, w)});
  b.setScope(0);
  const ValueId loss = b.sum(b.mul(y, y), {});
  const ValueId dw = gradient(b, loss, {w})[0];
  g.outputs = {loss};
  g.guards = {b.emit("isFinite", {loss})};
  g.commits = {{w, b.sub(w, dw), true}};
  const std::string expected = R"(inputs
  %0 f32[2, 3]  24 B  argument 0+0   x
  %1 f32[3, 4]  48 B  variables 0+0  layers.0.weight
compute
  %3 f32[2, 4]  32 B  arena+0    matmul + tanh + mul(%0, %1)  # layers.0
  %4 f32[2, 4]  32 B  arena+64
  %5 f32[]       4 B  arena+192  sum(%4) axes=[]
  %8 bool[]      1 B  arena+128  isFinite(%5)
commits, if %8
  %7 f32[2, 4]  32 B  arena+0 in place  add + sub + mul(%3, 1, %4)
  %9 f32[3, 4]  48 B  variables 0+0     matmul + sub(%0, %7, %1) transposeA=true  # layers.0 (gradient)
return %5 f32[] at arena+192
memory: arena 256 B, packs 0 B, constants 4 B
)";
  checkEqual(compile(g)->text, expected, compile(g)->text);
}

// A whole training step: the parameters lie in one block, what the guard needs comes first, and Adam
// is one kernel that writes parameters and moments where they are.
void trainingStepAsText() {
  MlpOptions options;
  options.widths = {3, 4, 2};
  options.batch = 5;
  const std::string expected = R"(inputs
  %0 f32[5, 3]   60 B  argument 0+0     x
  %1 i32[5]      20 B  argument 1+0     labels
  %2 f32[3, 4]   48 B  variables 0+0    layers.0.weight
  %3 f32[4]      16 B  variables 0+64   layers.0.bias
  %4 f32[4, 2]   32 B  variables 0+128  layers.1.weight
  %5 f32[2]       8 B  variables 0+192  layers.1.bias
  %10 f32[64]   256 B  variables 1+0    m
  %11 f32[64]   256 B  variables 2+0    v
  %12 i32[]       4 B  variables 3+0    step
compute
  %22 bool[5, 4]   20 B  arena+0             matmul + add + greater + where(%0, %2, broadcast(%3), 0)  # layers.0
  %23 f32[5, 4]    80 B  arena+64
  %25 f32[5, 2]    40 B  arena+192           matmul + add(%23, %4, broadcast(%5))  # layers.1
  %26 f32[5]       20 B  arena+320           softmaxCrossEntropy(%25, %1)  # loss
  %27 f32[5, 2]    40 B  arena+384
  %43 i32[]         4 B  arena+192           add(%12, 1)  # optimizer
  %28 f32[]         4 B  arena+256           sum(%26) axes=[]  # loss
  %58 f32[]         4 B  arena+256 in place  mul + isFinite(%28, 0.2)  # loss
  %59 bool[]        1 B  arena+448
  %36 f32[5, 2]    40 B  arena+384 in place  equal + cast + sub + mul(broadcast(reshape(%1)), broadcast(%9), %27, 0.2)  # loss (gradient)
  %37 f32[2]        8 B  packs+192           sum(%36) axes=[0]  # layers.1 (gradient)
  %38 f32[4, 2]    32 B  packs+128           matmul(%23, %36) transposeA=true  # layers.1 (gradient)
  %39 f32[5, 4]    80 B  arena+512           matmul + where(%36, %4, %22, 0) transposeB=true  # layers.1 (gradient)
  %40 f32[4]       16 B  packs+64            sum(%39) axes=[0]  # layers.0 (gradient)
  %41 f32[3, 4]    48 B  packs+0             matmul(%0, %39) transposeA=true  # layers.0 (gradient)
  %44 f32[64]     256 B  packs+0             pack(%41, %40, %38, %37)  # optimizer
  %60 bool[]        1 B  arena+320           isFinite + all(%44)  # optimizer
commits, if %59 %60
  %42 f32[64]  256 B  variables 0+0  pack(%2, %3, %4, %5)  # optimizer
  %45 f32[]      4 B  arena+384      cast + pow + sub + pow + sub(%43, 0.9, 1, 0.999)  # optimizer
  %46 f32[]      4 B  arena+512
  %55 f32[64]  256 B  variables 1+0  mul + mul + add + mul + mul + mul + add + div + sqrt + add + div + mul + div + sub(0.9, %10, 0.1, %44, 0.999, %11, 0.001, broadcast(%46), 1e-08, broadcast(%45), 0.01, %42)  # optimizer
  %56 f32[64]  256 B  variables 2+0
  %57 f32[64]  256 B  variables 0+0
always
  i32[]  4 B  variables 3+0  copy of arena+192
return %58 f32[] at arena+256
memory: arena 640 B, packs 256 B, constants 644 B
)";
  const std::string text = compile(mlpStep(options))->text;
  checkEqual(text, expected, text);
}

}  // namespace

Tests passesPlanTests() {
  return {{"plans: layers are unfused ones", layersAreUnfused},
          {"fuse: fused is unfused", fusedIsUnfused},
          {"fuse: saves kernels", fusionSavesKernels},
          {"schedule: in order", scheduleIsInOrder},
          {"memory: living buffers lie apart", livingBuffersLieApart},
          {"memory: is used again", memoryIsUsedAgain},
          {"guards: refused steps write nothing", refusedStepsWriteNothing},
          {"commits: variables may turn around", variablesMayTurnAround},
          {"plan: as text", planAsText},
          {"plan: a training step as text", trainingStepAsText}};
}

}  // namespace slalom::test
