// fuse, schedule, memory plan: programs that give the bits of the plain graph.
#include <set>

#include "passes_execute.h"
#include "passes_models.h"
#include "suites.h"

namespace slalom::test {

namespace {

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
  %9 f32[3, 4]  48 B  arena+256         matmul + sub(%0, %7, %1) transposeA=true  # layers.0 (gradient)
  f32[3, 4]     48 B  variables 0+0     copy of arena+256
return %5 f32[] at arena+192
memory: arena 320 B, packs 0 B, constants 4 B
)";
  checkEqual(compile(g)->text, expected, compile(g)->text);
}

}  // namespace

Tests passesPlanTests() {
  return {{"fuse: fused is unfused", fusedIsUnfused},
          {"fuse: saves kernels", fusionSavesKernels},
          {"schedule: in order", scheduleIsInOrder},
          {"memory: living buffers lie apart", livingBuffersLieApart},
          {"memory: is used again", memoryIsUsedAgain},
          {"guards: refused steps write nothing", refusedStepsWriteNothing},
          {"plan: as text", planAsText}};
}

}  // namespace slalom::test
