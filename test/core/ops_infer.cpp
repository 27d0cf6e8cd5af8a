#include <set>

#include "ir/error.h"
#include "ops/build.h"
#include "suites.h"

namespace slalom::test {

namespace {

using List = std::vector<int64_t>;

ValueId argument(Builder& b, const Type& type) { return b.input(InputKind::argument, "", type); }

// The result types of an op, "f32[2], i32[2]".
std::string typesOf(std::string_view op, const std::vector<Type>& inputs, Attrs attrs = {},
                    std::vector<std::shared_ptr<const Graph>> regions = {}) {
  Graph g;
  Builder b(g);
  std::vector<ValueId> values;
  for (const Type& type : inputs) values.push_back(argument(b, type));
  const ValueId first = b.emit(op, values, std::move(attrs), std::move(regions));
  const Node& node = g.producer(first);
  std::string text;
  for (int i = 0; i < node.resultCount; ++i) text += (i ? ", " : "") + g.type(node.result(i)).toString();
  return text;
}

void expect(std::string_view op, const std::vector<Type>& inputs, Attrs attrs, const std::string& types) {
  checkEqual(typesOf(op, inputs, std::move(attrs)), types, std::string(op) + " is not " + types);
}

void expectError(std::string_view op, const std::vector<Type>& inputs, Attrs attrs, const std::string& part) {
  checkThrows([&] { typesOf(op, inputs, attrs); }, part);
}

const Type kF23{DType::f32, {2, 3}}, kF3{DType::f32, {3}}, kF{DType::f32, {}}, kI3{DType::i32, {3}}, kI{DType::i32, {}},
    kB3{DType::boolean, {3}}, kD3{DType::f64, {3}}, kU3{DType::u8, {3}};

void unary() {
  for (const char* op : {"neg", "abs", "sign", "relu"}) {
    expect(op, {kF23}, {}, "f32[2, 3]");
    expect(op, {kI3}, {}, "i32[3]");
    expectError(op, {kB3}, {}, "expected f32, f64 or i32, found bool; convert it with cast('f32')");
  }
  for (const char* op : {"exp", "expm1", "log", "log1p", "sqrt", "rsqrt", "tanh", "sigmoid", "erf", "sin", "cos",
                         "floor", "round", "reciprocal"}) {
    expect(op, {kD3}, {}, "f64[3]");
    expectError(op, {kI3}, {}, "expected f32 or f64, found i32");
  }
  expect("isFinite", {kF23}, {}, "bool[2, 3]");
  expect("logicalNot", {kB3}, {}, "bool[3]");
  expectError("logicalNot", {kF3}, {}, "expected bool, found f32");
}

void binary() {
  for (const char* op : {"add", "sub", "mul", "maximum", "minimum"}) {
    expect(op, {kF23, kF3}, {}, "f32[2, 3]");
    expect(op, {kI3, kI}, {}, "i32[3]");
    expectError(op, {kF3, kD3}, {}, "different dtypes, f32 and f64; convert one with cast('f32')");
    expectError(op, {kU3, kU3}, {}, "found u8");
    expectError(op, {kF23, {DType::f32, {2}}}, {}, "do not broadcast");
  }
  for (const char* op : {"div", "pow"}) {
    expect(op, {{DType::f32, {4, 1}}, kF3}, {}, "f32[4, 3]");
    expectError(op, {kI3, kI3}, {}, "expected f32 or f64, found i32");
  }
  for (const char* op : {"equal", "notEqual", "less", "lessEqual", "greater", "greaterEqual"}) {
    expect(op, {kF23, kF}, {}, "bool[2, 3]");
    expectError(op, {kB3, kB3}, {}, "found bool");
  }
  for (const char* op : {"logicalAnd", "logicalOr"}) {
    expect(op, {kB3, kB3}, {}, "bool[3]");
    expectError(op, {kB3, kF3}, {}, "expected bool, found f32");
  }
  expect("where", {kB3, kF23, kF}, {}, "f32[2, 3]");
  expectError("where", {kF3, kF3, kF3}, {}, "expected bool, found f32");
  expectError("where", {kB3, kF3, kI3}, {}, "different dtypes, f32 and i32");
  expect("cast", {kU3}, {{"dtype", "f32"}}, "f32[3]");
  expectError("cast", {kU3}, {{"dtype", "f16"}}, "unknown dtype 'f16'");
}

void reductions() {
  const Type x{DType::f32, {2, 3, 4}};
  for (const char* op : {"sum", "max", "min"}) {
    expect(op, {x}, {{"axes", List{0, -1}}, {"keepDims", true}}, "f32[1, 3, 1]");
    expect(op, {x}, {{"axes", List{}}}, "f32[]");
    expectError(op, {kB3}, {}, "found bool");
    expectError(op, {x}, {{"axes", List{1, -2}}}, "axis 1 is named twice");
    expectError(op, {x}, {{"axes", List{3}}}, "axis 3 is outside");
  }
  for (const char* op : {"any", "all"}) {
    expect(op, {kB3}, {}, "bool[]");
    expectError(op, {kF3}, {}, "expected bool, found f32");
  }
  for (const char* op : {"argmax", "argmin"}) {
    expect(op, {x}, {{"axes", List{1}}}, "i32[2, 4]");
    expect(op, {x}, {}, "i32[]");
    expectError(op, {x}, {{"axes", List{0, 1}}}, "expected one axis or all");
    expectError(op, {{DType::f32, {2, 0}}}, {{"axes", List{1}}}, "no position in an empty axis");
  }
}

void views() {
  expect("reshape", {kF23}, {{"shape", List{3, -1}}}, "f32[3, 2]");
  expect("reshape", {kF}, {{"shape", List{1, 1}}}, "f32[1, 1]");
  expect("reshape", {{DType::f32, {0, 3}}}, {{"shape", List{0}}}, "f32[0]");
  expectError("reshape", {kF23}, {{"shape", List{4, -1}}}, "cannot reshape f32[2, 3] with 6 elements to [4, -1]");
  expectError("reshape", {kF23}, {{"shape", List{5}}}, "with 6 elements to [5]");
  expectError("reshape", {kF23}, {{"shape", List{-1, -1}}}, "one may be -1");
  expectError("reshape", {{DType::f32, {0, 3}}}, {{"shape", List{0, -1}}}, "cannot reshape");
  expect("transpose", {{DType::f32, {2, 3, 4}}}, {{"axes", List{2, 0, 1}}}, "f32[4, 2, 3]");
  expectError("transpose", {kF23}, {{"axes", List{0, 0}}}, "each of the 2 axes once");
  expect("broadcast", {kF3}, {{"shape", List{5, 3}}}, "f32[5, 3]");
  expectError("broadcast", {kF3}, {{"shape", List{5, 4}}}, "cannot broadcast f32[3] to [5, 4]");
  expectError("broadcast", {kF3}, {{"shape", List(9, 3)}}, "more than 8 axes");
  expect("slice", {kF23}, {{"begin", List{0, 0}}, {"end", List{2, 3}}, {"step", List{1, 2}}}, "f32[2, 2]");
  expect("slice", {kF3}, {{"begin", List{-2}}, {"end", List{-1}}}, "f32[1]");
  expectError("slice", {kF3}, {{"begin", List{0}}, {"end", List{4}}}, "axis 0, which has size 3");
  expectError("slice", {kF3}, {{"begin", List{0}}, {"end", List{3}}, {"step", List{0}}}, "step >= 1");
  expect("flip", {kF23}, {{"axes", List{1}}}, "f32[2, 3]");
  expectError("flip", {kF23}, {{"axes", List{2}}}, "outside");
  expect("stopGradient", {kU3}, {}, "u8[3]");
  expect("unpack", {{DType::f32, {64}}}, {{"offset", int64_t{16}}, {"shape", List{4, 12}}}, "f32[4, 12]");
  expectError("unpack", {{DType::f32, {64}}}, {{"offset", int64_t{20}}, {"shape", List{45}}}, "found f32[64]");
}

void movement() {
  expect("concat", {kF23, {DType::f32, {2, 1}}}, {{"axis", int64_t{-1}}}, "f32[2, 4]");
  expectError("concat", {kF23, {DType::f32, {3, 1}}}, {{"axis", int64_t{1}}}, "may differ along axis 1 only");
  expectError("concat", {kF3, kI3}, {{"axis", int64_t{0}}}, "different dtypes");
  expect("pad", {kF23}, {{"low", List{1, 0}}, {"high", List{0, 2}}, {"value", 0.0}}, "f32[3, 5]");
  expectError("pad", {kF3}, {{"low", List{-1}}, {"high", List{0}}, {"value", 0.0}}, "use slice to cut");
  expect("pack", {kF23, kF}, {}, "f32[32]");
  expectError("pack", {kF3, kD3}, {}, "different dtypes");
  expect("gather", {{DType::u8, {10, 4, 2}}, {DType::i32, {5, 6}}}, {{"dtype", "f32"}}, "f32[5, 6, 4, 2]");
  expectError("gather", {kF3, kF3}, {}, "expected i32, found f32");
  expectError("gather", {kF, kI3}, {}, "rank 1 or more");
  expect("scatterAdd", {kI3, {DType::f32, {3, 2}}}, {{"rows", int64_t{7}}}, "f32[7, 2]");
  expectError("scatterAdd", {kI3, {DType::f32, {4, 2}}}, {{"rows", int64_t{7}}}, "leading axes [3] of the index");
  expect("oneHot", {kI3}, {{"classes", int64_t{4}}}, "f32[3, 4]");
  expect("iota", {}, {{"shape", List{3}}, {"axis", int64_t{0}}, {"dtype", "i32"}}, "i32[3]");
  expect("sort", {kF23}, {}, "f32[2, 3], i32[2, 3]");
  expect("topK", {kF23}, {{"k", int64_t{2}}}, "f32[2, 2], i32[2, 2]");
  expectError("topK", {kF23}, {{"k", int64_t{4}}}, "k from 0 to 3");
  expectError("sort", {kF}, {}, "rank 1 or more");
}

void products() {
  const Type a{DType::f32, {7, 1, 2, 3}}, b{DType::f32, {5, 4, 3}};
  expect("matmul", {a, b}, {{"transposeB", true}}, "f32[7, 5, 2, 4]");
  expect("matmul", {{DType::f64, {3, 2}}, {DType::f64, {3, 0}}}, {{"transposeA", true}}, "f64[2, 0]");
  expectError("matmul", {{DType::f32, {8, 784}}, {DType::f32, {512, 10}}}, {},
              "inner dimensions differ: 784 (last axis of a) and 512 (second to last axis of b)");
  expectError("matmul", {{DType::f32, {8, 784}}, {DType::f32, {10, 512}}}, {{"transposeB", true}},
              "784 (last axis of a) and 512 (last axis of b)");
  expect("matmul", {{DType::f32, {2, 3}}, {DType::f32, {3, 4}}}, {{"precision", std::string("high")}}, "f32[2, 4]");
  expectError("matmul", {kF23, kF23}, {{"precision", std::string("low")}},
              "unknown precision 'low'; known: highest, high, medium");
  expectError("matmul", {kF3, kF23}, {}, "rank 2 or more, found f32[3]");
  expectError("matmul", {{DType::i32, {2, 2}}, {DType::i32, {2, 2}}}, {}, "expected f32 or f64, found i32");
}

void composites() {
  for (const char* op : {"softmax", "logSoftmax"}) {
    expect(op, {kF23}, {}, "f32[2, 3]");
    expectError(op, {kF}, {}, "rank 1 or more");
  }
  expect("softmaxCrossEntropy", {kF23, {DType::i32, {2}}}, {}, "f32[2], f32[2, 3]");
  expectError("softmaxCrossEntropy", {kF23, kI3}, {}, "expected labels [2] for logits [2, 3], found [3]");
  const Attrs uniform{{"key", int64_t{1}}, {"shape", List{4}}, {"low", int64_t{0}}, {"high", 1.5}};
  expect("randomUniform", {kI}, uniform, "f32[4]");
  expectError("randomUniform", {kI3}, uniform, "expected a scalar step");
  const Attrs normal{{"key", int64_t{1}}, {"shape", List{4}}, {"mean", 0.0}, {"deviation", 1.0}, {"dtype", "f64"}};
  expect("randomNormal", {kI}, normal, "f64[4]");
}

// (carry, x, constant) -> (carry + x * constant, x)
std::shared_ptr<const Graph> body(const Type& carry) {
  auto g = std::make_shared<Graph>();
  Builder b(*g);
  const ValueId c = argument(b, carry), x = argument(b, kF3), k = argument(b, kF3);
  g->outputs = {b.add(c, b.mul(x, k)), x};
  return g;
}

void regions() {
  const Type xs{DType::f32, {5, 3}};
  const Attrs attrs{{"carries", int64_t{1}}, {"xs", int64_t{1}}, {"length", int64_t{5}}};
  checkEqual(typesOf("scan", {kF3, xs, kF3}, attrs, {body(kF3)}), std::string("f32[3], f32[5, 3], f32[5, 3]"));
  checkThrows([&] { typesOf("scan", {kF3, {DType::f32, {4, 3}}, kF3}, attrs, {body(kF3)}); }, "expected 5 entries");
  checkThrows([&] { typesOf("scan", {kF23, xs, kF3}, attrs, {body(kF3)}); },
              "argument 0 of the region is f32[3], expected f32[2, 3]");
  checkThrows([&] { typesOf("scan", {kF, xs, kF3}, attrs, {body(kF)}); },
              "carry 0 goes in as f32[] and comes out as f32[3]");
  checkThrows([&] { typesOf("scan", {kF3, xs}, attrs, {body(kF3)}); }, "takes 3 arguments");
  auto forward = std::make_shared<Graph>(), backward = std::make_shared<Graph>();
  Builder f(*forward), r(*backward);
  forward->outputs = {f.neg(argument(f, kF3))};
  for (int i = 0; i < 2; ++i) argument(r, kF3);
  backward->outputs = {r.neg(argument(r, kF3))};
  checkEqual(typesOf("customGradient", {kF3}, {}, {forward, backward}), std::string("f32[3]"));
  checkThrows([&] { typesOf("customGradient", {kF3}, {}, {forward, forward}); },
              "backward takes 1 arguments, expected 3");
  checkThrows([&] { typesOf("customGradient", {kF23}, {}, {forward, backward}); }, "argument 0 of forward");
}

void attributes() {
  expectError("sum", {kF3}, {{"axis", int64_t{0}}}, "unknown attribute 'axis'; known: axes, keepDims");
  expectError("add", {kF3, kF3}, {{"x", true}}, "unknown attribute 'x'; it has none");
  expectError("transpose", {kF23}, {}, "attribute 'axes' (a list of integers) is missing");
  expectError("sum", {kF3}, {{"axes", int64_t{0}}}, "attribute 'axes' must be a list of integers");
  expectError("add", {kF3}, {}, "expected 2 inputs, found 1");
  expectError("concat", {}, {{"axis", int64_t{0}}}, "expected 1 or more inputs, found 0");
  expectError("tangent", {kF3}, {}, "unknown op 'tangent'");
  expectError("constant", {}, {{"dtype", "f32"}, {"shape", List{2}}}, "either data or a value");
  expectError("broadcast", {kF}, {{"shape", List{int64_t{1} << 30, int64_t{1} << 30}}}, "2^53");
}

void location() {
  Graph g;
  Builder b(g);
  b.setScope(g.scopeOf("encoder.layers.2"));
  const ValueId x = argument(b, kF23), y = argument(b, {DType::f32, {4, 5}});
  try {
    b.matmul(x, y);
    check(false, "no error");
  } catch (const Error& error) {
    check(error.code == ErrorCode::shape);
    checkEqual(error.op, std::string("matmul"));
    checkEqual(error.inputs, std::string("f32[2, 3], f32[4, 5]"));
    checkEqual(error.path, std::string("encoder.layers.2"));
  }
  const size_t nodes = g.nodes.size();
  checkThrows([&] { b.emit("add", {x, b.emit("cast", {x}, {{"dtype", "i32"}})}); }, "different dtypes");
  checkEqual(g.nodes.size(), nodes + 1, "a failed emit leaves nothing behind");
}

void registry() {
  std::set<std::string_view> names;
  for (const OpDef* op : allOps()) {
    check(names.insert(op->name).second, std::string(op->name) + " is registered twice");
    check(op->infer != nullptr && !op->doc.empty(), std::string(op->name) + " lacks infer or doc");
    check(findOp(op->name) == op);
    const bool runs = op->bind || op->view || op->decompose || op->has(kSource) || op->has(kLoop);
    check(runs, std::string(op->name) + " can neither be bound nor decomposed");
    check(!op->has(kNoGradient) || !op->vjp, std::string(op->name) + " has a vjp and no gradient");
    check(op->has(kView) == (op->view != nullptr), std::string(op->name) + ": kView and view go together");
  }
}

}  // namespace

Tests opsInferTests() {
  return {
      {"ops infer: unary", unary},           {"ops infer: binary", binary},     {"ops infer: reductions", reductions},
      {"ops infer: views", views},           {"ops infer: movement", movement}, {"ops infer: products", products},
      {"ops infer: composites", composites}, {"ops infer: regions", regions},   {"ops infer: attributes", attributes},
      {"ops infer: location", location},     {"ops infer: registry", registry}};
}

}  // namespace slalom::test
