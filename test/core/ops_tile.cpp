// Tile programs: collapsed dimensions, registers, lanes; and, by running them element by element
// with kernels on doubles, that they compute what the region says.
#include <cstddef>
#include <cstring>
#include <random>
#include <utility>

#include "ops/registers.h"
#include "ops/tile_program.h"
#include "ops_evaluate.h"
#include "suites.h"

namespace slalom::test {

namespace {

using Lists = std::vector<std::vector<int64_t>>;

template <size_t code>
void onDoubles(void* dst, const void* a, const void* b, const void* c, int64_t n) {
  const auto at = [](const void* p, int64_t i) { return p ? static_cast<const double*>(p)[i] : 0; };
  for (int64_t i = 0; i < n; ++i) {
    static_cast<double*>(dst)[i] = applyCode(static_cast<PointwiseCode>(code), at(a, i), at(b, i), at(c, i));
  }
}

template <size_t... codes>
KernelTable tableOf(std::index_sequence<codes...>) {
  KernelTable table{};
  for (Lane lane : {kLaneF32, kLaneI32, kLaneMask, kLaneF64}) ((table.pointwise[codes][lane] = onDoubles<codes>), ...);
  return table;
}

const KernelTable& doubles() {
  static const KernelTable table = tableOf(std::make_index_sequence<kPointwiseCount>());
  return table;
}

void collapsing() {
  const auto expect = [](std::vector<int64_t> dims, Lists strides, const std::vector<int64_t>& to, const Lists& with) {
    collapse(dims, strides);
    checkEqual(dims, to, "dims");
    checkEqual(strides, with, "strides");
  };
  expect({2, 3, 4}, {{12, 4, 1}, {12, 4, 1}}, {24}, {{1}, {1}});
  expect({2, 3, 4}, {{12, 4, 1}, {0, 0, 1}}, {6, 4}, {{4, 1}, {0, 1}});
  expect({2, 3, 4}, {{12, 4, 1}, {3, 1, 0}}, {6, 4}, {{4, 1}, {1, 0}});
  expect({2, 3, 4}, {{12, 4, 1}, {1, 2, 6}}, {2, 3, 4}, {{12, 4, 1}, {1, 2, 6}});
  expect({2, 1, 4, 1}, {{4, 99, 1, 7}}, {8}, {{1}});
  expect({1, 1}, {{5, 6}}, {}, {{}});
  expect({4, 3}, {{0, 0}}, {12}, {{0}});
  expect({4, 3}, {{-3, -1}}, {12}, {{-1}});
  expect({0, 3}, {{3, 1}}, {0}, {{1}});
}

ValueId argument(Builder& b, DType dtype, const Shape& shape) {
  return b.input(InputKind::argument, "", {dtype, shape});
}

void registerReuse() {
  Graph g;
  Builder b(g);
  ValueId x = argument(b, DType::f32, {8});
  const ValueId first = x;
  for (int i = 0; i < 20; ++i) x = b.emit("tanh", {x});
  g.outputs = {x};
  const RegisterProgram chain = assignRegisters(g);
  checkEqual(chain.registers, 2, "a chain runs in one register beside its input");
  checkEqual(chain.steps.size(), size_t{20});
  g.outputs = {x, first};
  checkEqual(assignRegisters(g).outputs[1], int16_t{0}, "an output may be an input");
  b.emit("exp", {first});
  checkEqual(assignRegisters(g).steps.size(), size_t{20}, "what nobody reads is no step");
}

void casts() {
  Graph narrow;
  Builder n(narrow);
  const ValueId byte = argument(n, DType::u8, {8});
  narrow.outputs = {n.cast(byte, DType::i32), n.cast(byte, DType::f32)};
  const RegisterProgram steps = assignRegisters(narrow);
  checkEqual(steps.steps.size(), size_t{1}, "a byte in its lane is an i32 already");
  check(steps.steps[0].code == kCastF32 && steps.steps[0].lane == kLaneI32);
  checkEqual(steps.outputs[0], int16_t{0});
  Graph wide;
  Builder w(wide);
  const ValueId whole = argument(w, DType::i32, {8});
  wide.outputs = {w.cast(whole, DType::f64), w.cast(whole, DType::f32)};
  const RegisterProgram doubled = assignRegisters(wide);
  check(doubled.wide);
  checkEqual(doubled.steps.size(), size_t{1}, "an i32 held as a double is an f64 already, but no f32");
}

void classes() {
  Graph g;
  Builder b(g);
  const ValueId f = argument(b, DType::f32, {8}), d = argument(b, DType::f64, {8}),
                flag = argument(b, DType::boolean, {8});
  const auto classOf = [&](ValueId v) { return tileClass(g, g.producer(v)); };
  check(classOf(b.add(f, f)) == TileClass::narrow);
  check(classOf(b.emit("less", {f, f})) == TileClass::either);
  check(classOf(b.where(flag, f, f)) == TileClass::either);
  check(classOf(b.cast(f, DType::i32)) == TileClass::either);
  check(classOf(b.cast(f, DType::f64)) == TileClass::wide);
  check(classOf(b.emit("isFinite", {d})) == TileClass::wide);
  check(classOf(b.emit("logicalNot", {flag})) == TileClass::either);
  check(classOf(b.sum(f, {})) == TileClass::narrow, "a sum of f32 takes no wide prologue");
  check(classOf(b.emit("all", {flag})) == TileClass::either);
  Graph mixed;
  Builder m(mixed);
  const ValueId x = argument(m, DType::f32, {8});
  mixed.outputs = {m.cast(m.add(x, x), DType::f64)};
  check(!fitsTile(mixed), "f32 arithmetic in a wide program");
}

void limits() {
  const auto fits = [](int inputs, int steps) {
    Graph g;
    Builder b(g);
    std::vector<ValueId> xs;
    for (int i = 0; i < inputs; ++i) xs.push_back(argument(b, DType::f32, {8}));
    ValueId v = xs[0];
    for (int i = 0; i < steps; ++i) v = b.add(v, xs[static_cast<size_t>(i % inputs)]);
    g.outputs = {v};
    return fitsTile(g);
  };
  check(fits(kMaxTileInputs, kMaxTileSteps));
  check(!fits(kMaxTileInputs + 1, 30));
  check(!fits(2, kMaxTileSteps + 1));
}

// Runs a program one element at a time on registers of one double.
void runTile(const TileProgram* p) {
  std::vector<double> registers(static_cast<size_t>(p->registerCount));
  for (int64_t flat = 0; flat < p->count; ++flat) {
    const auto offset = [&](const int64_t* stride) {
      int64_t rest = flat, at = 0;
      for (int i = p->rank - 1; i >= 0; --i) {
        at += rest % p->dims[i] * stride[i];
        rest /= p->dims[i];
      }
      return at;
    };
    for (int i = 0; i < p->inputCount; ++i) {
      const auto* data = static_cast<const double*>(tileInputs(p)[i].data);
      registers[static_cast<size_t>(i)] = data[offset(tileInputs(p)[i].stride)];
    }
    for (int i = 0; i < p->stepCount; ++i) {
      const TileStep& s = tileSteps(p)[i];
      const auto at = [&](int16_t reg) -> double* { return reg < 0 ? nullptr : &registers[static_cast<size_t>(reg)]; };
      s.fn(at(s.dst), at(s.a), at(s.b), at(s.c), 1);
    }
    for (int i = 0; i < p->outputCount; ++i) {
      auto* data = static_cast<double*>(tileOutputs(p)[i].data);
      data[offset(tileOutputs(p)[i].stride)] = registers[static_cast<size_t>(tileOutputs(p)[i].reg)];
    }
  }
}

// A random region over the shape, its inputs dense or broadcast or flipped.
Graph randomRegion(std::mt19937& random, const Shape& space) {
  Graph g;
  Builder b(g);
  std::vector<ValueId> numbers, flags;
  const auto pick = [&](const std::vector<ValueId>& from) { return from[random() % from.size()]; };
  for (size_t i = 0; i < 1 + random() % 4; ++i) numbers.push_back(argument(b, DType::f64, space));
  flags.push_back(b.emit("less", {pick(numbers), pick(numbers)}));
  const char* binary[] = {"add", "sub", "mul", "maximum"};
  for (size_t i = 0; i < 3 + random() % 30; ++i) {
    const size_t kind = random() % 6;
    if (kind < 3) numbers.push_back(b.emit(binary[random() % 4], {pick(numbers), pick(numbers)}));
    if (kind == 3) numbers.push_back(b.where(pick(flags), pick(numbers), pick(numbers)));
    if (kind == 4) flags.push_back(b.emit("greater", {pick(numbers), pick(numbers)}));
    if (kind == 5) numbers.push_back(b.emit("tanh", {pick(numbers)}));
  }
  for (size_t i = 0; i < 1 + random() % 3; ++i) g.outputs.push_back(pick(numbers));
  return g;
}

Layout randomLayout(std::mt19937& random, const Shape& space) {
  Layout layout = Layout::dense(space);
  for (int i = 0; i < space.rank(); ++i) {
    int64_t& stride = layout.strides[static_cast<size_t>(i)];
    const size_t kind = random() % 4;
    if (kind == 0) stride = 0;
    if (kind == 1) {
      layout.offset += (space[i] - 1) * stride;
      stride = -stride;
    }
  }
  return layout;
}

void randomPrograms() {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    const Shape space{static_cast<int64_t>(1 + random() % 3), static_cast<int64_t>(1 + random() % 4),
                      static_cast<int64_t>(1 + random() % 3)};
    const Graph region = randomRegion(random, space);
    TileSource source{&region, {}, {}, space};
    std::vector<std::vector<double>> memory;
    std::vector<Tensor> arguments;
    for (size_t i = 0; i < region.inputs.size(); ++i) {
      memory.emplace_back();
      for (int64_t j = 0; j < space.size(); ++j)
        memory.back().push_back(static_cast<double>(random() % 1000) / 500 - 1);
      source.inputs.push_back({DType::f64, randomLayout(random, space), {}});
      arguments.push_back({{DType::f64, space}, read(memory.back(), source.inputs.back().layout)});
    }
    for (size_t i = 0; i < region.outputs.size(); ++i) {
      memory.emplace_back(static_cast<size_t>(space.size()));
      source.outputs.push_back({DType::f64, Layout::dense(space), {}});
    }
    const TilePlan plan = planTile(source, doubles());
    std::vector<uint64_t> words(plan.bytes() / 8);
    plan.write(words.data(), nullptr);
    const auto* program = reinterpret_cast<const TileProgram*>(words.data());
    for (size_t i = 0; i < source.inputs.size(); ++i) {
      tileInputs(program)[i].data = memory[i].data() + source.inputs[i].layout.offset;
    }
    for (size_t i = 0; i < source.outputs.size(); ++i)
      tileOutputs(program)[i].data = memory[source.inputs.size() + i].data();
    runTile(program);
    const std::vector<Tensor> expected = evaluate(region, arguments);
    for (size_t i = 0; i < expected.size(); ++i) {
      checkEqual(memory[source.inputs.size() + i], expected[i].data, "round " + std::to_string(round));
    }
  }
}

}  // namespace

Tests opsTileTests() {
  return {{"ops tile: collapse", collapsing}, {"ops tile: registers", registerReuse},
          {"ops tile: casts", casts},         {"ops tile: classes", classes},
          {"ops tile: limits", limits},       {"ops tile: random programs", randomPrograms}};
}

}  // namespace slalom::test
