// The chain rules of all ops, in double precision on the interpreter of ops_evaluate.h: first
// and second derivatives along one direction against central differences, and the values at
// kinks that follow PyTorch.
#include <cmath>

#include "ops_evaluate.h"
#include "passes/passes.h"
#include "suites.h"

namespace slalom::test {

namespace {

using List = std::vector<int64_t>;
using Values = std::vector<ValueId>;
using Make = std::function<ValueId(Builder&, const Values&)>;

constexpr double kStep = 1e-5, kTolerance = 1e-7;  // the error of central differences is of order step²

// Numbers without pattern in [0.3, 1.3): away from the kinks of the ops below.
double noise(size_t i) { return 0.3 + std::fmod(0.618033988749895 * static_cast<double>(i + 1), 1.0); }

std::vector<Tensor> noiseOf(const std::vector<Shape>& shapes, size_t seed) {
  std::vector<Tensor> tensors;
  for (const Shape& shape : shapes) {
    Tensor t{{DType::f64, shape}, {}};
    for (int64_t i = 0; i < shape.size(); ++i) t.data.push_back(noise(seed++));
    tensors.push_back(std::move(t));
  }
  return tensors;
}

double dot(const std::vector<Tensor>& a, const std::vector<Tensor>& b, size_t from = 0) {
  double sum = 0;
  for (size_t i = 0; i < b.size(); ++i) {
    for (size_t j = 0; j < b[i].data.size(); ++j) sum += a[from + i].data[j] * b[i].data[j];
  }
  return sum;
}

std::vector<Tensor> moved(std::vector<Tensor> x, const std::vector<Tensor>& direction, double by) {
  for (size_t i = 0; i < x.size(); ++i) {
    for (size_t j = 0; j < x[i].data.size(); ++j) x[i].data[j] += by * direction[i].data[j];
  }
  return x;
}

// sum(y * weights), so that every element of y counts differently.
ValueId weighted(Builder& b, ValueId y, size_t seed) {
  const std::vector<double> weights = noiseOf({b.shape(y)}, seed)[0].data;
  auto bytes = std::make_shared<std::vector<uint8_t>>(weights.size() * sizeof(double));
  std::copy_n(reinterpret_cast<const uint8_t*>(weights.data()), bytes->size(), bytes->data());
  const ValueId w = b.emit("constant", {}, {{"data", Bytes(bytes)}, {"dtype", "f64"}, {"shape", b.shape(y).dims()}});
  return b.sum(b.mul(y, w), {});
}

// Outputs: a scalar f, df/dx for every x, the scalar g = sum of (df/dx * weights), dg/dx.
Graph derivatives(const std::vector<Shape>& shapes, const Make& make) {
  Graph graph;
  Builder b(graph);
  Values xs;
  for (const Shape& shape : shapes) xs.push_back(b.input(InputKind::argument, "", {DType::f64, shape}));
  const ValueId f = weighted(b, make(b, xs), 40);
  const Values first = gradient(b, f, xs);
  ValueId g = b.scalar(0, DType::f64);
  for (size_t i = 0; i < first.size(); ++i) g = b.add(g, weighted(b, first[i], 7 + 31 * i));
  const Values second = gradient(b, g, xs);
  graph.outputs = {f};
  graph.outputs.insert(graph.outputs.end(), first.begin(), first.end());
  graph.outputs.push_back(g);
  graph.outputs.insert(graph.outputs.end(), second.begin(), second.end());
  return graph;
}

void checkDerivatives(const std::string& name, const std::vector<Shape>& shapes, const Make& make) {
  const Graph graph = derivatives(shapes, make);
  const std::vector<Tensor> x = noiseOf(shapes, 3), direction = noiseOf(shapes, 90);
  const std::vector<Tensor> at = evaluate(graph, x);
  const std::vector<Tensor> up = evaluate(graph, moved(x, direction, kStep)),
                            down = evaluate(graph, moved(x, direction, -kStep));
  for (const size_t scalar : {size_t{0}, shapes.size() + 1}) {
    const double expected = (up[scalar].data[0] - down[scalar].data[0]) / (2 * kStep);
    const double found = dot(at, direction, scalar + 1);
    const bool close = std::fabs(found - expected) <= kTolerance * (1 + std::fabs(expected));
    check(close, name + (scalar == 0 ? ": first" : ": second") + " derivative " + std::to_string(found) +
                     ", differences give " + std::to_string(expected));
  }
}

Make emit(std::string_view op, Attrs attrs = {}) {
  return [=](Builder& b, const Values& x) { return b.emit(op, x, attrs); };
}

ValueId integers(Builder& b, const Shape& shape, int32_t modulus) {
  auto bytes = std::make_shared<std::vector<uint8_t>>(static_cast<size_t>(shape.size()) * sizeof(int32_t));
  for (int64_t i = 0; i < shape.size(); ++i) {
    reinterpret_cast<int32_t*>(bytes->data())[i] = static_cast<int32_t>(i * 5 + 1) % modulus;
  }
  return b.emit("constant", {}, {{"data", Bytes(bytes)}, {"dtype", "i32"}, {"shape", shape.dims()}});
}

void pointwise() {
  for (const char* op : {"neg", "abs", "relu", "exp", "expm1", "log", "log1p", "sqrt", "rsqrt", "tanh", "sigmoid",
                         "erf", "sin", "cos", "reciprocal", "softmax", "logSoftmax"}) {
    checkDerivatives(op, {{2, 3}}, emit(op));
  }
  for (const char* op : {"add", "sub", "mul", "div", "maximum", "minimum", "pow"}) {
    checkDerivatives(op, {{2, 3}, {3}}, emit(op));
    checkDerivatives(op, {{2, 1}, {1, 4}}, emit(op));
  }
  for (double exponent : {0.0, 1.0, 2.0, 3.0, -0.5}) {
    checkDerivatives("pow by a constant", {{3}}, [=](Builder& b, const Values& x) {
      return b.emit("pow", {x[0], b.scalar(exponent, DType::f64)});
    });
  }
  checkDerivatives("where", {{3}, {2, 3}}, [](Builder& b, const Values& x) {
    return b.where(b.emit("less", {x[0], x[1]}), b.mul(x[0], x[0]), b.mul(x[0], x[1]));
  });
}

void reductions() {
  for (const char* op : {"sum", "max", "min"}) {
    for (const List& axes : {List{}, List{1}, List{0, 2}, List{1, 2}}) {
      for (bool keep : {false, true}) {
        checkDerivatives(op, {{2, 3, 4}}, [=](Builder& b, const Values& x) {
          return b.emit(op, {b.mul(x[0], x[0])}, {{"axes", axes}, {"keepDims", keep}});
        });
      }
    }
  }
}

void movement() {
  const auto squared = [](std::string_view op, Attrs attrs) -> Make {
    return [=](Builder& b, const Values& x) { return b.emit(op, {b.mul(x[0], x[0])}, attrs); };
  };
  checkDerivatives("reshape", {{2, 6}}, squared("reshape", {{"shape", List{3, -1}}}));
  checkDerivatives("transpose", {{2, 3, 4}}, squared("transpose", {{"axes", List{2, 0, 1}}}));
  checkDerivatives("broadcast", {{3, 1}}, squared("broadcast", {{"shape", List{2, 3, 4}}}));
  checkDerivatives("slice", {{5, 7}},
                   squared("slice", {{"begin", List{1, 1}}, {"end", List{4, 7}}, {"step", List{1, 3}}}));
  checkDerivatives("slice to the end", {{6}},
                   squared("slice", {{"begin", List{2}}, {"end", List{6}}, {"step", List{3}}}));
  checkDerivatives("flip", {{3, 4}}, squared("flip", {{"axes", List{1}}}));
  checkDerivatives("pad", {{2, 3}}, squared("pad", {{"low", List{1, 0}}, {"high", List{0, 2}}, {"value", 3.0}}));
  checkDerivatives("unpack", {{32}}, squared("unpack", {{"offset", int64_t{16}}, {"shape", List{2, 5}}}));
  checkDerivatives("sort", {{2, 7}}, squared("sort", {{"descending", true}}));
  checkDerivatives("topK", {{2, 7}}, squared("topK", {{"k", int64_t{3}}}));
  checkDerivatives("concat", {{2, 3}, {2, 1}}, [](Builder& b, const Values& x) {
    return b.emit("concat", {b.mul(x[0], x[0]), x[1], b.mul(x[0], x[1])}, {{"axis", int64_t{1}}});
  });
  checkDerivatives("pack", {{2, 3}, {5}},
                   [](Builder& b, const Values& x) { return b.pack({b.mul(x[0], x[0]), x[1]}); });
  checkDerivatives("gather", {{4, 3}}, [](Builder& b, const Values& x) {
    return b.emit("gather", {b.mul(x[0], x[0]), integers(b, {2, 3}, 4)});
  });
  checkDerivatives("scatterAdd", {{5, 3}}, [](Builder& b, const Values& x) {
    return b.emit("scatterAdd", {integers(b, {5}, 3), b.mul(x[0], x[0])}, {{"rows", int64_t{4}}});
  });
}

void products() {
  for (bool ta : {false, true}) {
    for (bool tb : {false, true}) {
      const Attrs attrs{{"transposeA", ta}, {"transposeB", tb}};
      const Shape a = ta ? Shape{4, 2} : Shape{2, 4}, b = tb ? Shape{3, 4} : Shape{4, 3};
      checkDerivatives("matmul", {a, b}, emit("matmul", attrs));
      checkDerivatives("batched matmul", {{5, a[0], a[1]}, {5, b[0], b[1]}}, emit("matmul", attrs));
      checkDerivatives("matmul, one weight for a batch", {{3, 2, a[0], a[1]}, b}, emit("matmul", attrs));
      checkDerivatives("matmul, one left side", {a, {3, b[0], b[1]}}, emit("matmul", attrs));
      checkDerivatives("matmul, both broadcast", {{1, 2, a[0], a[1]}, {3, 1, b[0], b[1]}}, emit("matmul", attrs));
    }
  }
}

void crossEntropy() {
  for (const Attrs& attrs : {Attrs{}, Attrs{{"ignoreIndex", int64_t{2}}}}) {
    checkDerivatives("softmaxCrossEntropy", {{5, 4}}, [&](Builder& b, const Values& x) {
      return b.emit("softmaxCrossEntropy", {b.mul(x[0], x[0]), integers(b, {5}, 4)}, attrs);
    });
    checkDerivatives("softmaxCrossEntropy and its probabilities", {{2, 3, 4}}, [&](Builder& b, const Values& x) {
      const ValueId loss = b.emit("softmaxCrossEntropy", {x[0], integers(b, {2, 3}, 4)}, attrs);
      return b.add(b.reshape(loss, {2, 3, 1}), b.mul(loss + 1, x[0]));
    });
  }
}

// h' = tanh(h * w + x), y = h' * h; nested `depth` deep in itself.
std::shared_ptr<const Graph> cell(bool nested) {
  auto g = std::make_shared<Graph>();
  Builder b(*g);
  const Type row{DType::f64, {2}}, scalar{DType::f64, {}}, counter{DType::i32, {}};
  const ValueId h = b.input(InputKind::argument, "h", row), count = b.input(InputKind::argument, "count", counter);
  const ValueId x = b.input(InputKind::argument, "x", row), w = b.input(InputKind::argument, "w", scalar);
  ValueId next = b.emit("tanh", {b.add(b.mul(h, w), x)});
  if (nested) {
    const ValueId stack = b.broadcast(x, {2, 2});
    const Attrs attrs{{"carries", int64_t{2}}, {"xs", int64_t{1}}, {"length", int64_t{2}}};
    next = b.emit("scan", {next, count, stack, w}, attrs, {cell(false)});
  }
  g->outputs = {next, b.add(count, b.scalar(1, DType::i32)), b.mul(next, h)};
  return g;
}

Make recurrence(int64_t length, bool reverse, bool nested) {
  return [=](Builder& b, const Values& x) {
    const Attrs attrs{{"carries", int64_t{2}}, {"xs", int64_t{1}}, {"length", length}, {"reverse", reverse}};
    const ValueId first = b.emit("scan", {x[0], b.scalar(0, DType::i32), x[1], x[2]}, attrs, {cell(nested)});
    const ValueId ys = first + 2, history = first + 3;  // both [length, 2]
    return b.add(b.mul(ys, history), first);
  };
}

void loops() {
  for (bool reverse : {false, true}) {
    checkDerivatives("scan", {{2}, {4, 2}, {}}, recurrence(4, reverse, false));
    checkDerivatives("nested scan", {{2}, {3, 2}, {}}, recurrence(3, reverse, true));
  }
  checkDerivatives("empty scan", {{2}, {0, 2}, {}}, [](Builder& b, const Values& x) {
    const Attrs attrs{{"carries", int64_t{2}}, {"xs", int64_t{1}}, {"length", int64_t{0}}};
    return b.emit("scan", {b.mul(x[0], x[0]), b.scalar(0, DType::i32), x[1], x[2]}, attrs, {cell(false)});
  });
  const size_t three = derivatives({{2}, {3, 2}, {}}, recurrence(3, false, false)).nodes.size();
  const size_t thousand = derivatives({{2}, {1000, 2}, {}}, recurrence(1000, false, false)).nodes.size();
  checkEqual(three, thousand, "the number of nodes depends on the length");
}

void custom() {
  auto forward = std::make_shared<Graph>(), backward = std::make_shared<Graph>();
  const Type type{DType::f64, {3}};
  Builder f(*forward), r(*backward);
  const ValueId x = f.input(InputKind::argument, "x", type);
  forward->outputs = {f.mul(x, f.mul(x, x))};
  const ValueId given = r.input(InputKind::argument, "x", type);
  r.input(InputKind::argument, "y", type);
  const ValueId g = r.input(InputKind::argument, "g", type);
  backward->outputs = {r.mul(g, r.mul(r.scalar(3, DType::f64), r.mul(given, given)))};
  checkDerivatives("customGradient", {{3}},
                   [&](Builder& b, const Values& v) { return b.emit("customGradient", v, {}, {forward, backward}); });
}

// df/dx of the sum of op(x), at given points.
std::vector<double> slopes(const Make& make, const std::vector<std::vector<double>>& points, size_t with = 0) {
  Graph g;
  Builder b(g);
  Values xs;
  std::vector<Tensor> at;
  for (const std::vector<double>& point : points) {
    at.push_back({{DType::f64, {static_cast<int64_t>(point.size())}}, point});
    xs.push_back(b.input(InputKind::argument, "", at.back().type));
  }
  g.outputs = gradient(b, b.sum(make(b, xs), {}), xs);
  return evaluate(g, at)[with].data;
}

void kinks() {
  const double infinity = INFINITY;
  using List64 = std::vector<double>;
  checkEqual(slopes(emit("abs"), {{-2, 0, 2}}), List64({-1, 0, 1}));
  checkEqual(slopes(emit("sqrt"), {{0, 4}}), List64({infinity, 0.25}));
  for (const char* op : {"maximum", "minimum"}) checkEqual(slopes(emit(op), {{1, 1}, {1, 1}}), List64({0.5, 0.5}));
  checkEqual(slopes(emit("max"), {{3, 1, 3, 3}}), List64({1.0 / 3, 0, 1.0 / 3, 1.0 / 3}));
  checkEqual(slopes(emit("pow"), {{0, 0, 2}, {0, 2, 0}}), List64({0, 0, 0}));
  checkEqual(slopes(emit("pow"), {{0, 0}, {0, 2}}, 1), List64({0, 0}), "d/db of 0^b");
  for (const char* op : {"sign", "floor", "round"}) checkEqual(slopes(emit(op), {{0.4, -1.2}}), List64({0, 0}));
  const Make stopped = [](Builder& b, const Values& x) { return b.mul(x[0], b.emit("stopGradient", {x[0]})); };
  checkEqual(slopes(stopped, {{3, 5}}), List64({3, 5}));
  const Make masked = [](Builder& b, const Values& x) {
    const ValueId zero = b.scalar(0, DType::f64), one = b.scalar(1, DType::f64);
    const ValueId positive = b.emit("greater", {x[0], zero});
    return b.where(positive, b.emit("log", {b.where(positive, x[0], one)}), zero);
  };
  checkEqual(slopes(masked, {{0, 2}}), List64({0, 0.5}));
}

}  // namespace

Tests opsGradientTests() {
  return {{"ops gradient: pointwise", pointwise},
          {"ops gradient: reductions", reductions},
          {"ops gradient: movement", movement},
          {"ops gradient: products", products},
          {"ops gradient: cross-entropy", crossEntropy},
          {"ops gradient: loops", loops},
          {"ops gradient: custom", custom},
          {"ops gradient: kinks", kinks}};
}

}  // namespace slalom::test
