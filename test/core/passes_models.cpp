#include "passes_models.h"

#include "passes_execute.h"

namespace slalom::test {

namespace {

using Values = std::vector<ValueId>;

struct Layer {
  ValueId weight, bias;
};

ValueId forward(Builder& b, ValueId h, const std::vector<Layer>& layers) {
  for (size_t i = 0; i < layers.size(); ++i) {
    b.setScope(b.graph().scopeOf("layers." + std::to_string(i)));
    h = b.add(b.matmul(h, layers[i].weight), layers[i].bias);
    if (i + 1 < layers.size()) h = b.where(b.emit("greater", {h, b.like(0, h)}), h, b.like(0, h));
  }
  return h;
}

struct Adam {
  ValueId m, v, parameters;
};

Adam adam(Builder& b, const Adam& old, ValueId gradient, ValueId step) {
  const DType dtype = b.dtype(gradient);
  const auto number = [&](double value) { return b.scalar(value, dtype); };
  const ValueId t = b.cast(step, dtype);
  // Lists, since C++ leaves open in which order the arguments of a call emit their nodes.
  const ValueId first = b.emit("sub", {number(1), b.emit("pow", {number(0.9), t})});
  const ValueId second = b.emit("sub", {number(1), b.emit("pow", {number(0.999), t})});
  const ValueId m = b.emit("add", {b.mul(number(0.9), old.m), b.mul(number(0.1), gradient)});
  const ValueId square = b.mul(gradient, gradient);
  const ValueId v = b.emit("add", {b.mul(number(0.999), old.v), b.mul(number(0.001), square)});
  const ValueId deviation = b.emit("add", {b.emit("sqrt", {b.div(v, second)}), number(1e-8)});
  const ValueId change = b.div(b.emit("mul", {number(0.01), b.div(m, first)}), deviation);
  return {m, v, b.sub(old.parameters, change)};
}

}  // namespace

Graph mlpStep(const MlpOptions& o) {
  Graph g;
  Builder b(g);
  const ValueId x = b.input(InputKind::argument, "x", {o.dtype, {o.batch, o.widths[0]}});
  const ValueId labels = b.input(InputKind::argument, "labels", {DType::i32, {o.batch}});
  std::vector<Layer> layers;
  Values parameters;
  for (size_t i = 0; i + 1 < o.widths.size(); ++i) {
    const std::string path = "layers." + std::to_string(i);
    layers.push_back({b.input(InputKind::state, path + ".weight", {o.dtype, {o.widths[i], o.widths[i + 1]}}),
                      b.input(InputKind::state, path + ".bias", {o.dtype, {o.widths[i + 1]}})});
    parameters.insert(parameters.end(), {layers.back().weight, layers.back().bias});
  }
  const ValueId logits = forward(b, x, layers);
  b.setScope(g.scopeOf("loss"));
  const ValueId rows = b.emit("softmaxCrossEntropy", {logits, labels});
  const ValueId loss = b.mul(b.sum(rows, {}), b.scalar(1.0 / static_cast<double>(o.batch), o.dtype));
  const Values gradients = gradient(b, loss, parameters);
  b.setScope(g.scopeOf("optimizer"));
  const ValueId packed = b.pack(parameters);
  const Type flat = b.type(packed);
  const ValueId m = b.input(InputKind::state, "m", flat), v = b.input(InputKind::state, "v", flat);
  const ValueId step = b.input(InputKind::state, "step", {DType::i32, {}});
  const ValueId next = b.add(step, b.scalar(1, DType::i32));
  const ValueId packedGradient = b.pack(gradients);
  const Adam fresh = adam(b, {m, v, packed}, packedGradient, next);
  g.outputs = {loss};
  g.guards = {b.emit("isFinite", {loss}), b.emit("all", {b.emit("isFinite", {packedGradient})})};
  g.commits = {{packed, fresh.parameters, true}, {m, fresh.m, true}, {v, fresh.v, true}, {step, next, false}};
  return g;
}

std::vector<std::vector<uint8_t>> inputsFor(const Graph& g, uint32_t seed, int classes) {
  uint32_t state = seed * 2654435761u + 1;
  const auto next = [&] {
    state = state * 1664525u + 1013904223u;
    return static_cast<double>(state >> 8) / 16777216.0;
  };
  std::vector<std::vector<uint8_t>> inputs;
  for (const Input& input : g.inputs) {
    const Type& type = g.type(input.value);
    std::vector<double> values;
    for (int64_t i = 0; i < type.shape.size(); ++i) {
      const double unit = next();
      if (type.dtype == DType::boolean) values.push_back(unit < 0.5);
      if (type.dtype == DType::i32) values.push_back(static_cast<int>(unit * classes));
      if (type.dtype == DType::u8) values.push_back(static_cast<int>(unit * 256));
      if (isFloat(type.dtype)) values.push_back(unit * 2 - 1);
    }
    inputs.push_back(dataOf(type.dtype, values));
  }
  return inputs;
}

}  // namespace slalom::test
