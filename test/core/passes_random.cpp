// Random graphs: whatever the passes do with fusion, views, memory and commits, the bits stay those
// of a program in which every value is an output, so that nothing is fused away or written over.
#include <algorithm>
#include <cstring>

#include "passes_execute.h"
#include "passes_models.h"
#include "runtime/function.h"
#include "suites.h"

namespace slalom::test {

namespace {

using List = std::vector<int64_t>;

constexpr int kGraphs = 100, kNodes = 24;
// Rows shorter than a vector, its tails, whole lines, more columns than a tile of a product.
const Shape kWeights[] = {{12, 40}, {1, 17}, {7, 1}, {33, 130}, {5, 7}, {64, 256}};

class RandomGraph {
 public:
  explicit RandomGraph(uint32_t seed)
      : state_(seed * 2654435761u + 12345), weights_{DType::f32, kWeights[seed % std::size(kWeights)]} {}

  Graph make() {
    for (const char* name : {"x", "y"}) add(b_.input(InputKind::argument, name, weights_));
    add(b_.input(InputKind::argument, "row", {DType::f32, {weights_.shape[1]}}));
    add(b_.input(InputKind::argument, "number", {DType::f32, {}}));
    index_ = b_.input(InputKind::argument, "index", {DType::i32, {weights_.shape[0]}});
    const ValueId states[] = {b_.input(InputKind::state, "a", weights_), b_.input(InputKind::state, "b", weights_),
                              b_.input(InputKind::state, "c", weights_)};
    for (const ValueId v : states) add(v);
    for (int i = 0; i < kNodes; ++i) grow();
    for (int i = 0; i < 2; ++i) g_.outputs.push_back(pick());
    // Old contents, swaps of two variables and fresh values alike.
    for (const ValueId v : states) g_.commits.push_back({v, like(weights_), upTo(4) != 0});
    g_.guards = {b_.emit("all", {b_.emit("isFinite", {pick()})})};
    return std::move(g_);
  }

 private:
  int upTo(int end) {
    state_ = state_ * 1664525u + 1013904223u;
    return static_cast<int>((state_ >> 8) % static_cast<uint32_t>(end));
  }

  void add(ValueId v) { floats_.push_back(v); }

  // Late values more often, so that graphs grow deep.
  ValueId pick() {
    const auto count = static_cast<int>(floats_.size());
    return floats_[static_cast<size_t>(std::max(upTo(count), upTo(count)))];
  }

  ValueId like(const Type& type) {
    std::vector<ValueId> fitting;
    for (const ValueId v : floats_) {
      if (b_.type(v) == type) fitting.push_back(v);
    }
    return fitting[static_cast<size_t>(upTo(static_cast<int>(fitting.size())))];
  }

  ValueId matrix() {
    const ValueId v = pick();
    return b_.shape(v).rank() == 2 ? v : like(weights_);
  }

  void grow() {
    switch (upTo(8)) {
      case 0:
      case 1:
        return add(unary());
      case 2:
      case 3:
        return add(binary());
      case 4:
        return add(reduction());
      case 5:
        return add(view());
      case 6:
        return add(movement());
      default:
        return add(product());
    }
  }

  ValueId unary() {
    static const char* const names[] = {"neg", "abs", "tanh", "sigmoid", "sin", "floor", "sign", "relu", "expm1"};
    return b_.emit(names[upTo(9)], {pick()});
  }

  // A second operand that broadcasts with v.
  ValueId partner(ValueId v) {
    std::vector<ValueId> fitting;
    for (const ValueId other : floats_) {
      const Shape shape = b_.shape(other);
      if (shape == b_.shape(v) || shape.rank() == 0) fitting.push_back(other);
      if (b_.shape(v).rank() == 2 && shape == Shape{b_.shape(v)[1]}) fitting.push_back(other);
    }
    return fitting[static_cast<size_t>(upTo(static_cast<int>(fitting.size())))];
  }

  ValueId binary() {
    static const char* const names[] = {"add", "sub", "mul", "maximum", "minimum"};
    const ValueId v = pick(), other = partner(v);
    if (upTo(4) == 0) return b_.where(b_.emit("less", {v, other}), other, v);
    if (upTo(6) == 0) return b_.cast(b_.mul(b_.cast(v, DType::f64), b_.cast(other, DType::f64)), DType::f32);
    return b_.emit(names[upTo(5)], {v, other});
  }

  ValueId reduction() {
    static const char* const names[] = {"sum", "max", "min"};
    const ValueId v = matrix();
    if (upTo(5) == 0) return b_.cast(b_.emit("argmax", {v}, {{"axes", List{1}}}), DType::f32);
    if (upTo(5) == 0) return b_.emit("softmax", {v});
    return b_.emit(names[upTo(3)], {v}, {{"axes", List{upTo(2)}}, {"keepDims", upTo(2) == 0}});
  }

  ValueId view() {
    const ValueId v = matrix();
    const int64_t rows = b_.shape(v)[0], cols = b_.shape(v)[1];
    switch (upTo(5)) {
      case 0:
        return b_.transpose(v, {1, 0});
      case 1:
        return b_.reshape(v, {cols, rows});
      case 2:
        return b_.emit("flip", {v}, {{"axes", List{upTo(2)}}});
      case 3:
        return b_.emit("slice", {v}, {{"begin", List{0, cols / 2}}, {"end", List{rows, cols}}});
      default:
        return b_.reshape(v, {rows * cols});
    }
  }

  ValueId movement() {
    const ValueId v = matrix();
    switch (upTo(4)) {
      case 0:
        return b_.emit("concat", {v, v}, {{"axis", int64_t{upTo(2)}}});
      case 1:
        return b_.emit("pad", {v}, {{"low", List{1, 0}}, {"high", List{0, 3}}, {"value", 0.5}});
      case 2:
        return b_.emit("gather", {like(weights_), index_});
      default:
        return b_.emit("sort", {v});
    }
  }

  ValueId product() {
    const ValueId a = matrix(), c = matrix();
    for (const bool transposeA : {false, true}) {
      for (const bool transposeB : {false, true}) {
        if (b_.shape(a)[transposeA ? 0 : 1] == b_.shape(c)[transposeB ? 1 : 0])
          return b_.matmul(a, c, transposeA, transposeB);
      }
    }
    return b_.matmul(a, a, false, true);
  }

  uint32_t state_;
  const Type weights_;
  Graph g_;
  Builder b_{g_};
  ValueId index_ = kNoValue;
  std::vector<ValueId> floats_;
};

// What a run must give: outputs, then variables.
std::vector<Data> expectedOf(const Graph& g, const std::vector<Data>& inputs) {
  Graph kept = g;
  kept.outputs.clear();
  for (ValueId v = 0; v < static_cast<ValueId>(g.values.size()); ++v) kept.outputs.push_back(v);
  kept.commits.clear();
  kept.guards.clear();
  CompileOptions plain;
  plain.fuse = false;
  const std::vector<Data> values = runOnce(kept, plain, inputs);
  const auto valueOf = [&](ValueId v) { return values[static_cast<size_t>(v)]; };
  std::vector<Data> results;
  for (const ValueId v : g.outputs) results.push_back(valueOf(v));
  const bool holds = valueOf(g.guards[0])[0] == 1;
  for (const Commit& commit : g.commits) {
    results.push_back(valueOf(holds || !commit.guarded ? commit.value : commit.target));
  }
  return results;
}

template <typename Body>
void forEachGraph(const Body& body) {
  for (uint32_t seed = 0; seed < kGraphs; ++seed) {
    const Graph g = RandomGraph(seed).make();
    verify(g);
    const auto rows = static_cast<int>(g.type(g.inputs.back().value).shape[0]);
    const auto inputs = inputsFor(g, seed, rows);
    body(g, inputs, "graph " + std::to_string(seed));
  }
}

void plansKeepTheBits() {
  forEachGraph([](const Graph& g, const std::vector<Data>& inputs, const std::string& name) {
    const std::vector<Data> expected = expectedOf(g, inputs);
    for (const bool fuses : {false, true}) {
      for (const bool redZones : {false, true}) {
        CompileOptions options;
        options.fuse = fuses;
        options.redZones = redZones;
        check(runOnce(g, options, inputs) == expected, name + (fuses ? ", fused" : ", unfused"));
      }
    }
  });
}

void passesKeepTheRules() {
  forEachGraph([](const Graph& g, const std::vector<Data>&, const std::string& name) {
    const Graph simple = simplify(expand(g), selectedKernels());
    verify(simple);
    check(toString(simplify(simple, selectedKernels())) == toString(simple), name + ": simplified twice");
    verify(fuse(simple));
  });
}

// The runtime, on several threads; under AddressSanitizer with everything dead poisoned.
void theRuntimeKeepsTheBits() {
  setThreadCount(3);
  forEachGraph([](const Graph& g, const std::vector<Data>& inputs, const std::string& name) {
    const std::vector<Data> expected = expectedOf(g, inputs);
    Variables variables;
    std::vector<Array> arguments;
    for (size_t i = 0; i < inputs.size(); ++i) {
      const Array array = Array::from(inputs[i].data(), g.type(g.inputs[i].value));
      if (g.inputs[i].kind == InputKind::argument) arguments.push_back(array);
      if (g.inputs[i].kind == InputKind::state) variables.push_back(std::make_shared<Variable>(array));
    }
    CompileOptions options;
    options.redZones = true;
    Function function(compile(g, options), variables, {});
    std::vector<Array> found;
    try {
      found = function.call(arguments);
    } catch (const Error& error) {
      check(error.code == ErrorCode::nonFinite, name + ": " + error.message);
    }
    for (size_t i = 0; i < found.size(); ++i)
      check(std::memcmp(found[i].data(), expected[i].data(), expected[i].size()) == 0, name + ": an output");
    for (size_t i = 0; i < variables.size(); ++i) {
      const Data& bits = expected[g.outputs.size() + i];
      check(std::memcmp(variables[i]->read().data(), bits.data(), bits.size()) == 0, name + ": a variable");
    }
  });
  setThreadCount(defaultThreadCount());
}

}  // namespace

Tests passesRandomTests() {
  return {{"random graphs: plans keep the bits", plansKeepTheBits},
          {"random graphs: passes keep the rules", passesKeepTheRules},
          {"random graphs: the runtime keeps the bits", theRuntimeKeepsTheBits}};
}

}  // namespace slalom::test
