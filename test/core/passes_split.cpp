// splitUpdates: update rules as epilogues of the products that make gradients, to the bit of the plain graph.
#include <algorithm>
#include <cmath>
#include <functional>

#include "ops/magnitude.h"
#include "passes_execute.h"
#include "passes_models.h"
#include "suites.h"

namespace slalom::test {

namespace {

using Values = std::vector<ValueId>;

struct Layer {
  int64_t rows, inputs, outputs;
  std::string text() const {
    return std::to_string(rows) + "x" + std::to_string(inputs) + "x" + std::to_string(outputs);
  }
};

// A step in the making: the gradient of a bias, one of weights, x' d, and one of another variable. Inputs of the graph
// in this order: x, d, rate, w, bias, scale, then slots.
struct Step {
  Graph g;
  Builder b{g};
  ValueId rate, product, flat, parameters, greatest;

  explicit Step(const Layer& l) {
    const auto argument = [&](const char* name, Shape shape) {
      return b.input(InputKind::argument, name, {DType::f32, std::move(shape)});
    };
    const auto state = [&](const char* name, Shape shape) {
      return b.input(InputKind::state, name, {DType::f32, std::move(shape)});
    };
    const ValueId x = argument("x", {l.rows, l.inputs}), d = argument("d", {l.rows, l.outputs});
    rate = argument("rate", {});
    const ValueId w = state("w", {l.inputs, l.outputs}), bias = state("bias", {l.outputs}), scale = state("scale", {3});
    product = b.matmul(x, d, true);
    const ValueId others = b.broadcast(b.sum(d, {}), {3});
    flat = b.pack({b.sum(d, {0}), product, others});
    parameters = b.pack({bias, w, scale});
    greatest = greatestMagnitude(b, flat);
  }

  ValueId slot(const char* name) { return b.input(InputKind::state, name, b.type(flat)); }
  ValueId number(double value) { return b.broadcast(b.scalar(value, DType::f32), b.shape(flat)); }
  ValueId rates() { return b.broadcast(rate, b.shape(flat)); }
  void commit(ValueId target, ValueId value) { g.commits.push_back({target, value, true}); }
  Graph done() {
    g.guards = {b.emit("isFinite", {b.mul(greatest, greatest)})};
    return std::move(g);
  }
};

using Rule = std::function<void(Step&)>;

void sgd(Step& s) { s.commit(s.parameters, s.b.sub(s.parameters, s.b.mul(s.flat, s.rates()))); }

// As src/optim/adam.ts writes it: straight code.
void adam(Step& s) {
  Builder& b = s.b;
  const ValueId m0 = s.slot("m"), v0 = s.slot("v");
  const ValueId m = b.add(b.mul(m0, s.number(0.9)), b.mul(s.flat, s.number(0.1)));
  const ValueId v = b.add(b.mul(v0, s.number(0.99)), b.mul(b.mul(s.flat, s.flat), s.number(0.01)));
  const ValueId root = b.add(b.mul(b.emit("sqrt", {v}), s.number(1.5)), s.number(1e-8));
  s.commit(s.parameters, b.sub(s.parameters, b.mul(b.div(m, root), s.rates())));
  s.commit(m0, m);
  s.commit(v0, v);
}

// Interpreted; the new velocity is read by a second commit, and nobody reads the slot that it goes to.
void clipped(Step& s) {
  Builder& b = s.b;
  const ValueId before = s.slot("velocity"), copy = s.slot("copy");
  const ValueId g = b.emit("maximum", {b.emit("minimum", {s.flat, s.number(0.5)}), s.number(-0.5)});
  const ValueId velocity = b.add(b.mul(before, s.number(0.9)), g);
  s.commit(before, velocity);
  s.commit(s.parameters, b.sub(s.parameters, b.mul(velocity, s.rates())));
  s.commit(copy, b.mul(velocity, s.number(2)));
}

Graph stepOf(const Layer& layer, const Rule& rule) {
  Step step(layer);
  rule(step);
  return step.done();
}

int64_t parts(const Graph& g) {
  return std::count_if(g.commits.begin(), g.commits.end(), [](const Commit& commit) { return commit.part >= 0; });
}

Graph split(const Graph& g) {
  const Graph found = splitUpdates(simplify(expand(g), selectedKernels()));
  verify(found);
  return found;
}

CompileOptions optionsOf(const char* kernels, bool fuse) {
  CompileOptions options;
  options.kernels = kernelsNamed(kernels);
  options.fuse = fuse;
  return options;
}

// Averages of squares are not negative.
std::vector<Data> startOf(const Graph& g) {
  std::vector<Data> inputs = inputsFor(g, 3);
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (g.inputs[i].name != "v") continue;
    std::vector<double> values = valuesOf(DType::f32, inputs[i]);
    for (double& value : values) value = std::abs(value);
    inputs[i] = dataOf(DType::f32, values);
  }
  return inputs;
}

const Layer kLayer = {7, 176, 195};

void fusedIsPlain() {
  const Layer layers[] = {kLayer,         {1, 200, 170},  {128, 256, 130}, {512, 176, 189},
                          {64, 34, 1000}, {30, 1000, 34}, {512, 70, 1024}};
  for (const char* const* name = availableKernels(); *name; ++name) {
    for (const Layer& layer : layers) {
      for (const Rule& rule : {Rule(sgd), Rule(adam), Rule(clipped)}) {
        const Graph g = stepOf(layer, rule);
        const std::vector<Data> inputs = startOf(g);
        CompileOptions fused = optionsOf(*name, true);
        const std::vector<Data> expected = runOnce(g, optionsOf(*name, false), inputs);
        for (const bool redZones : {false, true}) {
          fused.redZones = redZones;
          check(runOnce(g, fused, inputs) == expected, std::string(*name) + " " + layer.text());
        }
      }
    }
  }
}

void onlyLargeProductsAreSplit() {
  checkEqual(parts(split(stepOf(kLayer, sgd))), int64_t{3});           // before, the product, behind
  checkEqual(parts(split(stepOf(kLayer, adam))), int64_t{9});          // of three commits
  checkEqual(parts(split(stepOf({7, 176, 186}, sgd))), int64_t{0});    // fewer elements
  checkEqual(parts(split(stepOf({7, 181, 190}, sgd))), int64_t{0});    // zeros behind it in the pack
  checkEqual(parts(split(stepOf({513, 176, 195}, sgd))), int64_t{0});  // deep
}

// The product and its update become one kernel, which writes the variable in place.
void updatesAreEpilogues() {
  const std::string text = compile(stepOf(kLayer, sgd), optionsOf(availableKernels()[0], true))->text;
  check(text.find("matmul + mul + sub") != std::string::npos, text);
  check(text.find("copy of") == std::string::npos, text);
  check(text.find("packs 0 B") == std::string::npos, text);  // the rest of the gradients
}

// Whoever else wants the gradient has it whole.
void whatElseReadsKeepsThePack() {
  const auto kept = [](const char* what, const Rule& also) {
    const Graph g = stepOf(kLayer, [&](Step& s) {
      sgd(s);
      also(s);
    });
    checkEqual(parts(split(g)), int64_t{0}, what);
  };
  kept("an output", [](Step& s) { s.g.outputs = {s.flat}; });
  kept("the product", [](Step& s) { s.g.outputs = {s.product}; });
  kept("the magnitude", [](Step& s) { s.g.outputs = {s.greatest}; });
  kept("a norm", [](Step& s) { s.g.outputs = {s.b.sum(s.b.mul(s.flat, s.flat), {})}; });
  kept("a norm that scales", [](Step& s) {
    const ValueId slot = s.slot("slot"), norm = s.b.sum(s.b.mul(s.flat, s.flat), {});
    s.commit(slot, s.b.mul(s.flat, s.b.broadcast(norm, s.b.shape(s.flat))));
  });
  kept("an unguarded commit", [](Step& s) { s.g.commits.push_back({s.slot("slot"), s.flat, false}); });
  kept("a commit of the magnitude", [](Step& s) {
    s.g.commits.push_back({s.b.input(InputKind::state, "most", {DType::f32, {}}), s.greatest, true});
  });
}

// Runs with x and d as given, all else as it comes; whether the guard held.
bool holds(const Graph& g, bool fuse,
           const std::function<void(std::vector<double>& x, std::vector<double>& d)>& change) {
  const std::shared_ptr<const Program> program = compile(g, optionsOf(availableKernels()[0], fuse));
  Execution execution(program);
  const std::vector<Data> inputs = inputsFor(g, 3);
  std::vector<double> x = valuesOf(DType::f32, inputs[0]), d = valuesOf(DType::f32, inputs[1]);
  change(x, d);
  for (size_t i = 0; i < inputs.size(); ++i) execution.set(i, inputs[i]);
  execution.set(0, dataOf(DType::f32, x));
  execution.set(1, dataOf(DType::f32, d));
  const Data before = execution.state(3);
  const bool held = execution.run();
  check(held != (execution.state(3) == before), "a step that is refused writes nothing, another one all");
  return held;
}

// The guard refuses whatever the exact one refuses, and more where factors are large that never meet.
void theGuardBoundsProducts() {
  const Graph g = stepOf(kLayer, sgd);
  const auto both = [&](bool fused, bool plain, const char* what, auto change) {
    checkEqual(holds(g, true, change), fused, what);
    checkEqual(holds(g, false, change), plain, what);
  };
  using List = std::vector<double>;
  both(true, true, "usual numbers", [](List&, List&) {});
  for (const double bad : {static_cast<double>(INFINITY), static_cast<double>(NAN)}) {
    both(false, false, "x is not finite", [&](List& x, List&) { x[5] = bad; });
    both(false, false, "d is not finite", [&](List&, List& d) { d.back() = bad; });
  }
  both(false, false, "an element is too large", [&](List& x, List& d) {
    std::fill(x.begin(), x.end(), 1e12);
    std::fill(d.begin(), d.end(), 1e12);
  });
  both(false, true, "a large number meets zeros", [&](List& x, List& d) {
    x[0] = 1e25;
    std::fill(d.begin(), d.begin() + kLayer.outputs, 0);
  });
}

}  // namespace

Tests splitTests() {
  return {{"split: fused is plain", fusedIsPlain},
          {"split: only large products", onlyLargeProductsAreSplit},
          {"split: updates are epilogues", updatesAreEpilogues},
          {"split: what else reads gradients keeps the pack", whatElseReadsKeepsThePack},
          {"split: the guard bounds products", theGuardBoundsProducts}};
}

}  // namespace slalom::test
