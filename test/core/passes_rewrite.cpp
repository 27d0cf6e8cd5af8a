// verify, simplify and gradient: graphs in, graphs out.
#include <algorithm>
#include <cmath>

#include "ir/print.h"
#include "passes_execute.h"
#include "passes_models.h"
#include "suites.h"

namespace slalom::test {

namespace {

const Type kVector{DType::f64, {3}};

struct Builds {
  Graph g;
  Builder b{g};
  ValueId input(const Type& type = kVector) { return b.input(InputKind::argument, "x", type); }
};

int64_t countOf(const Graph& g, std::string_view op) {
  return std::count_if(g.nodes.begin(), g.nodes.end(), [&](const Node& node) { return node.op->name == op; });
}

// Elements of the outputs, one after the other.
std::vector<double> evaluate(const Graph& g, const std::vector<double>& x) {
  CompileOptions options;
  const std::vector<Data> results = runOnce(g, options, {dataOf(DType::f64, x)});
  std::vector<double> values;
  for (size_t i = 0; i < g.outputs.size(); ++i) {
    for (double v : valuesOf(g.type(g.outputs[i]).dtype, results[i])) values.push_back(v);
  }
  return values;
}

void near(const std::vector<double>& found, const std::vector<double>& expected) {
  checkEqual(found.size(), expected.size());
  for (size_t i = 0; i < found.size() && i < expected.size(); ++i) {
    check(std::abs(found[i] - expected[i]) < 1e-12 * (1 + std::abs(expected[i])), std::to_string(found[i]));
  }
}

void verifyAcceptsModels() { verify(mlpStep({})); }

void verifyRefuses() {
  const auto broken = [](const std::string& rule, const std::function<void(Graph&)>& breakIt) {
    Graph g = mlpStep({});
    breakIt(g);
    checkThrows([&] { verify(g); }, rule);
  };
  const auto last = [](Graph& g) -> Node& { return g.nodes.back(); };
  broken("not computed before", [&](Graph& g) { last(g).inputs[0] = last(g).firstResult; });
  broken("not numbered in order", [&](Graph& g) { ++last(g).firstResult; });
  broken("unknown scope", [&](Graph& g) { last(g).scope = 1000; });
  broken("names another node", [](Graph& g) { g.values[0].node = 1; });
  broken("is inferred", [&](Graph& g) { g.values.back().type.dtype = DType::i32; });
  broken("belongs to no node", [](Graph& g) { g.values.push_back({kVector, 0}); });
  broken("output that does not exist", [](Graph& g) { g.outputs.push_back(100000); });
  broken("not a bool scalar", [](Graph& g) { g.guards.push_back(g.outputs[0]); });
  broken("commit of another type", [](Graph& g) { g.commits[0].value = g.outputs[0]; });
  broken("not a variable", [](Graph& g) { g.commits.push_back({g.outputs[0], g.outputs[0], true}); });
  broken("without an op", [&](Graph& g) { last(g).op = nullptr; });
  broken("without results", [&](Graph& g) { last(g).resultCount = 0; });
  broken("not computed before", [&](Graph& g) { last(g).inputs[0] = -2; });
  broken("input that is computed", [](Graph& g) { g.inputs[0].value = g.outputs[0]; });
  broken("value that does not exist", [](Graph& g) { g.commits[0].value = kNoValue; });
  broken("differ in shape", [](Graph& g) {
    const auto sum = std::find_if(g.nodes.begin(), g.nodes.end(), [](const Node& n) { return n.op->name == "add"; });
    sum->inputs[1] = g.inputs[0].value;
  });
}

// A product that a region follows, which `breakIt` breaks.
void verifyRefusesRegions() {
  const auto broken = [](const std::string& rule, const std::function<void(Graph&)>& breakIt) {
    Graph g = fuse(simplify(expand(mlpStep({}))));
    const auto host = std::find_if(g.nodes.begin(), g.nodes.end(),
                                   [](const Node& n) { return n.op->has(kEpilogue) && !n.regions.empty(); });
    check(host != g.nodes.end(), "a product with an epilogue");
    Graph region = *host->regions[0];
    breakIt(region);
    host->regions[0] = std::make_shared<const Graph>(region);
    checkThrows([&] { verify(g); }, rule);
  };
  broken("commits or guards", [](Graph& r) { r.guards.push_back(r.outputs[0]); });
  broken("reads a variable", [](Graph& r) { r.inputs[0].kind = InputKind::state; });
  broken("unknown scope", [](Graph& r) { r.nodes.back().scope = 1000; });
  broken("not pointwise", [](Graph& r) { Builder(r).emit("sort", {r.inputs[0].value}); });
}

void simplifyMergesAndFolds() {
  Builds m;
  const ValueId x = m.input();
  const ValueId a = m.b.mul(x, x), again = m.b.mul(x, x);
  const ValueId number = m.b.mul(m.b.scalar(3, DType::f64), m.b.scalar(4, DType::f64));
  m.b.emit("exp", {x});  // dead
  m.g.outputs = {m.b.add(m.b.add(a, again), number)};
  const Graph simple = simplify(m.g, selectedKernels());
  checkEqual(countOf(simple, "mul"), int64_t{1}, toString(simple));
  checkEqual(countOf(simple, "exp"), int64_t{0});
  near(evaluate(simple, {1, 2, 3}), {14, 20, 30});
  checkEqual(toString(simplify(simple, selectedKernels())), toString(simple), "twice is once");
}

void simplifyMovesTransposesIntoProducts() {
  Builds m;
  const ValueId x = m.input({DType::f64, {3, 1}});
  m.g.outputs = {m.b.matmul(m.b.transpose(x, {1, 0}), x)};
  const Graph simple = simplify(m.g, selectedKernels());
  checkEqual(countOf(simple, "transpose"), int64_t{0}, toString(simple));
  near(evaluate(simple, {1, 2, 3}), {14});
}

void gradientsOfGradients() {
  Builds m;
  const ValueId x = m.input();
  const ValueId cubes = m.b.mul(m.b.mul(x, x), x);
  const ValueId first = gradient(m.b, m.b.sum(cubes, {}), {x})[0];
  const ValueId second = gradient(m.b, m.b.sum(first, {}), {x})[0];
  const ValueId third = gradient(m.b, m.b.sum(second, {}), {x})[0];
  m.g.outputs = {first, second, third};
  near(evaluate(m.g, {1, 2, -3}), {3, 12, 27, 6, 12, -18, 6, 6, 6});
}

// The greatest magnitude of a pack of a product with a column of x and of its bias, and the pack.
Graph packedProduct(int64_t rows) {
  Builds m;
  const ValueId x = m.input({DType::f32, {rows, 2}}), w = m.input({DType::f32, {2, 300}});
  const ValueId bias = m.input({DType::f32, {7}}), none = m.input({DType::f32, {0}});
  const ValueId packed = m.b.pack({m.b.matmul(x, w), bias, none});
  const std::vector<int64_t> axes = {0};
  m.g.outputs = {packed, m.b.emit("max", {m.b.emit("abs", {packed})}, {{"axes", axes}, {"keepDims", false}})};
  return std::move(m.g);
}

void productsFindTheirMagnitude() {
  checkEqual(countOf(measureProducts(packedProduct(100)), "measuredMatmul"), int64_t{0});
  const Graph g = packedProduct(200), found = measureProducts(g);
  verify(found);
  checkEqual(countOf(found, "measuredMatmul"), int64_t{1}, toString(found));
  checkEqual(countOf(found, "matmul"), int64_t{0}, toString(found));
  for (const double special : {0.5, -9.0, static_cast<double>(INFINITY), static_cast<double>(NAN)}) {
    std::vector<double> x(400, 0.25), w(600, -0.5), bias(7, 1.5);
    x[399] = special;
    const std::vector<Data> inputs = {dataOf(DType::f32, x), dataOf(DType::f32, w), dataOf(DType::f32, bias), {}};
    CompileOptions fused, plain;
    plain.fuse = false;
    check(runOnce(g, fused, inputs) == runOnce(g, plain, inputs), std::to_string(special));
  }
}

void gradientOnlyOfWhatIsNeeded() {
  Graph g = mlpStep({});
  const Graph compiled = simplify(expand(g));
  // Three layers: three products forward, three for weights, and two for activations.
  checkEqual(countOf(compiled, "matmul"), int64_t{8}, toString(compiled));
}

void gradientEdges() {
  Builds m;
  const ValueId x = m.input(), other = m.b.input(InputKind::argument, "other", kVector);
  const ValueId y = m.b.sum(m.b.mul(x, m.b.emit("stopGradient", {x})), {});
  const auto gradients = gradient(m.b, y, {x, other});
  m.g.outputs = gradients;
  CompileOptions options;
  const auto results = runOnce(m.g, options, {dataOf(DType::f64, {1, 2, 3}), dataOf(DType::f64, {0, 0, 0})});
  near(valuesOf(DType::f64, results[0]), {1, 2, 3});
  near(valuesOf(DType::f64, results[1]), {0, 0, 0});
  checkThrows([&] { gradient(m.b, m.b.mul(x, x), {x}); }, "scalar");
  const ValueId whole = m.b.input(InputKind::argument, "whole", {DType::i32, {}});
  checkThrows([&] { gradient(m.b, whole, {whole}); }, "");
}

}  // namespace

Tests passesRewriteTests() {
  return {{"verify: accepts models", verifyAcceptsModels},
          {"verify: refuses every broken rule", verifyRefuses},
          {"verify: refuses broken regions", verifyRefusesRegions},
          {"simplify: merges, folds, drops", simplifyMergesAndFolds},
          {"simplify: transposes go into products", simplifyMovesTransposesIntoProducts},
          {"measure: products find their greatest magnitude", productsFindTheirMagnitude},
          {"gradient: of gradients", gradientsOfGradients},
          {"gradient: only of what is needed", gradientOnlyOfWhatIsNeeded},
          {"gradient: edges", gradientEdges}};
}

}  // namespace slalom::test
