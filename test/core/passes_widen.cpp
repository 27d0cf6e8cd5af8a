// The f64 copy of a graph: arguments before variables, nothing written, the same numbers but finer.
#include <cmath>

#include "passes_execute.h"
#include "passes_models.h"
#include "suites.h"

namespace slalom::test {

namespace {

void narrowBecomesWide() {
  const Graph g = mlpStep({});
  const Graph wide = widened(g);
  verify(wide);
  check(wide.commits.empty() && wide.guards.empty(), "nothing is written");
  checkEqual(wide.inputs.size(), g.inputs.size());
  checkEqual(wide.outputs.size(), g.outputs.size());
  bool variables = false;
  size_t at = 0;
  for (const InputKind kind : {InputKind::argument, InputKind::state}) {
    for (const Input& input : g.inputs) {
      if (input.kind != kind) continue;
      const Input& same = wide.inputs[at++];
      checkEqual(same.name, input.name);
      check(same.kind == InputKind::argument, "only arguments");
      const Type& narrow = g.type(input.value);
      checkEqual(wide.type(same.value).dtype, narrow.dtype == DType::f32 ? DType::f64 : narrow.dtype);
      variables = variables || kind == InputKind::state;
    }
  }
  check(variables, "the graph has variables");
  for (const Value& value : wide.values) check(value.type.dtype != DType::f32, "nothing is f32");
}

void numbersAreTheSame() {
  Graph g;
  Builder b(g);
  const Type type{DType::f32, {3}};
  const ValueId w = b.input(InputKind::state, "w", type), x = b.input(InputKind::argument, "x", type);
  const std::vector<float> data = {0.1f, 2, -3};
  const ValueId c = b.constant(reinterpret_cast<const uint8_t*>(data.data()), type);
  const ValueId labels = b.emit("cast", {x}, {{"dtype", std::string("i32")}});
  const ValueId hot = b.emit("oneHot", {labels}, {{"classes", int64_t{3}}});
  const ValueId loss = b.sum(b.mul(b.emit("exp", {b.mul(b.mul(w, x), c)}), b.sum(hot, {1})), {0});
  g.outputs = {loss, gradient(b, loss, {w})[0]};
  const std::vector<double> ws = {0.5, -0.25, 0.125}, xs = {1, 2, 1};
  const auto outputs = runOnce(widened(g), {}, {dataOf(DType::f64, xs), dataOf(DType::f64, ws)});
  double expected = 0;
  std::vector<double> slopes;
  for (size_t i = 0; i < 3; ++i) {
    const double term = std::exp(ws[i] * xs[i] * static_cast<double>(data[i]));
    expected += term;
    slopes.push_back(term * xs[i] * static_cast<double>(data[i]));
  }
  const auto near = [](double a, double e) { return std::fabs(a - e) <= 16 * 0x1p-53 * std::fabs(e); };
  check(near(valuesOf(DType::f64, outputs[0])[0], expected), "the value");
  for (size_t i = 0; i < 3; ++i) check(near(valuesOf(DType::f64, outputs[1])[i], slopes[i]), "a slope");
}

void regionsAreWideToo() {
  Graph body;
  Builder inner(body);
  const Type row{DType::f32, {2}};
  const ValueId carry = inner.input(InputKind::argument, "carry", row);
  const ValueId entry = inner.input(InputKind::argument, "entry", row);
  body.outputs = {inner.mul(inner.add(carry, entry), inner.scalar(0.5, DType::f32))};
  Graph g;
  Builder b(g);
  const ValueId x = b.input(InputKind::argument, "x", {DType::f32, {4, 2}});
  const Attrs attrs{{"carries", int64_t{1}}, {"xs", int64_t{1}}, {"length", int64_t{4}}, {"reverse", false}};
  const ValueId last = b.emit("scan", {b.full(0, row), x}, attrs, {std::make_shared<const Graph>(body)});
  g.outputs = {last};
  const Graph wide = widened(g);
  verify(wide);
  const auto outputs = runOnce(wide, {}, {dataOf(DType::f64, {1, 2, 3, 4, 5, 6, 7, 8})});
  const std::vector<double> found = valuesOf(DType::f64, outputs[0]);
  checkEqual(found[0], (((1 * 0.5 + 3) * 0.5 + 5) * 0.5 + 7) * 0.5);
  checkEqual(found[1], (((2 * 0.5 + 4) * 0.5 + 6) * 0.5 + 8) * 0.5);
}

}  // namespace

Tests widenTests() {
  return {
      {"widen: f64 for f32, arguments for variables", narrowBecomesWide},
      {"widen: values and gradients", numbersAreTheSame},
      {"widen: regions", regionsAreWideToo},
  };
}

}  // namespace slalom::test
