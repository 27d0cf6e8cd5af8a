// bind of every op: a graph is run node by node, each value in a buffer of its own, on every
// kernel table of the machine, and compared with the interpreter.
#include <algorithm>
#include <cmath>

#include "ops_machine.h"
#include "suites.h"

namespace slalom::test {

namespace {

using List = std::vector<int64_t>;

double sample(size_t i, DType dtype) {
  if (dtype == DType::boolean) return static_cast<double>(i * 7 % 3 % 2);
  if (!isFloat(dtype)) return static_cast<double>(i * 5 % 4);
  return static_cast<double>(static_cast<float>(std::sin(static_cast<double>(i) * 1.7) * 1.5));
}

void compare(const std::string& name, const Tensor& found, const Tensor& expected, double tolerance) {
  checkEqual(found.data.size(), expected.data.size(), name + ": size");
  for (size_t i = 0; i < expected.data.size(); ++i) {
    const double a = found.data[i], b = expected.data[i];
    const bool close = a == b || (std::isnan(a) && std::isnan(b)) || std::fabs(a - b) <= tolerance * (1 + std::fabs(b));
    check(close,
          name + ": element " + std::to_string(i) + " is " + std::to_string(a) + ", expected " + std::to_string(b));
    if (!close) return;
  }
}

using Make = std::function<std::vector<ValueId>(Builder&, const std::vector<ValueId>&)>;

// Rounding of f32 over the short sums below, and of f64.
double toleranceOf(DType dtype) { return dtype == DType::f32 ? 32 * 6e-8 : 1e-12; }

void checkRun(const std::string& name, const std::vector<Type>& types, const Make& make, DType dtype) {
  Graph g;
  Builder b(g);
  std::vector<ValueId> xs;
  std::vector<Tensor> inputs;
  for (size_t i = 0; i < types.size(); ++i) {
    xs.push_back(b.input(InputKind::argument, "", types[i]));
    inputs.push_back({types[i], {}});
    for (int64_t j = 0; j < types[i].shape.size(); ++j) {
      inputs.back().data.push_back(sample(static_cast<size_t>(j) + 31 * i, types[i].dtype));
    }
  }
  g.outputs = make(b, xs);
  const Graph runnable = decomposed(g, false);
  const std::vector<Tensor> expected = evaluate(g, inputs);
  for (const char* const* isa = availableKernels(); *isa; ++isa) {
    Machine machine(runnable, *kernelsNamed(*isa));
    const std::vector<Tensor> found = machine.run(inputs);
    checkEqual(machine.lowestFault(), INT64_MAX, name + ": fault");
    for (size_t i = 0; i < expected.size(); ++i) {
      compare(name + " (" + std::string(nameOf(dtype)) + ", " + *isa + ")", found[i], expected[i], toleranceOf(dtype));
    }
  }
}

// In f32 and f64.
void checkBoth(const std::string& name, const std::vector<Shape>& shapes, const Make& make) {
  for (DType dtype : {DType::f32, DType::f64}) {
    std::vector<Type> types;
    for (const Shape& shape : shapes) types.push_back({dtype, shape});
    checkRun(name, types, make, dtype);
  }
}

Make one(std::string_view op, Attrs attrs = {}) {
  return [=](Builder& b, const std::vector<ValueId>& x) {
    const ValueId first = b.emit(op, x, attrs);
    std::vector<ValueId> results;
    for (int i = 0; i < b.graph().producer(first).resultCount; ++i) results.push_back(first + i);
    return results;
  };
}

ValueId labels(Builder& b, const Shape& shape, int32_t modulus) {
  auto bytes = std::make_shared<std::vector<uint8_t>>(static_cast<size_t>(shape.size()) * 4);
  for (int64_t i = 0; i < shape.size(); ++i) {
    reinterpret_cast<int32_t*>(bytes->data())[i] = static_cast<int32_t>(i * 5 + 1) % modulus;
  }
  return b.emit("constant", {}, {{"data", Bytes(bytes)}, {"dtype", "i32"}, {"shape", shape.dims()}});
}

void pointwise() {
  checkBoth("broadcasts", {{5, 1, 3}, {1, 70, 3}, {3}}, [](Builder& b, const std::vector<ValueId>& x) {
    return std::vector<ValueId>{b.add(b.mul(x[0], x[1]), x[2])};
  });
  checkBoth("strides", {{40, 30}}, [](Builder& b, const std::vector<ValueId>& x) {
    const ValueId flipped = b.emit("flip", {b.transpose(x[0], {1, 0})}, {{"axes", List{1}}});
    const ValueId part =
        b.emit("slice", {flipped}, {{"begin", List{1, 0}}, {"end", List{30, 40}}, {"step", List{3, 2}}});
    return std::vector<ValueId>{b.emit("tanh", {part}), b.emit("less", {part, b.neg(part)})};
  });
  for (DType dtype : {DType::f32, DType::f64}) {
    checkRun(
        "where and cast", {{dtype, {33}}, {DType::boolean, {33}}, {DType::i32, {33}}, {DType::u8, {33}}},
        [dtype](Builder& b, const std::vector<ValueId>& x) {
          const ValueId chosen = b.where(x[1], x[0], b.cast(x[2], dtype));
          return std::vector<ValueId>{b.add(chosen, b.cast(x[3], dtype)),
                                      b.cast(x[0], DType::i32),
                                      b.cast(x[1], DType::i32),
                                      b.cast(x[2], DType::u8),
                                      b.cast(x[3], DType::i32),
                                      b.cast(x[2], DType::boolean),
                                      b.where(x[1], x[3], b.cast(x[1], DType::u8)),
                                      b.add(x[2], x[2]),
                                      b.cast(x[1], dtype)};
        },
        dtype);
  }
  checkBoth("empty", {{0, 3}}, one("exp"));
}

void wholeNumbers() {
  const Type whole{DType::i32, {3, 17}}, flag{DType::boolean, {3, 17}};
  for (const char* op : {"neg", "abs", "sign"}) checkRun(op, {whole}, one(op), DType::i32);
  for (const char* op : {"add", "sub", "mul", "maximum", "minimum", "equal", "notEqual", "less", "greaterEqual"}) {
    checkRun(op, {whole, whole}, one(op), DType::i32);
  }
  for (const char* op : {"sum", "max", "min", "argmax", "argmin"}) {
    for (const List& axes : {List{0}, List{1}, List{}}) checkRun(op, {whole}, one(op, {{"axes", axes}}), DType::i32);
  }
  checkRun("sort", {whole}, one("sort"), DType::i32);
  for (const char* op : {"logicalAnd", "logicalOr"}) checkRun(op, {flag, flag}, one(op), DType::boolean);
  checkRun("where of masks", {flag, flag, flag}, one("where"), DType::boolean);
  for (const char* dtype : {"f32", "f64", "i32", "bool", "u8"}) {
    checkRun("cast", {whole}, one("cast", {{"dtype", dtype}}), DType::i32);
    checkRun("cast", {flag}, one("cast", {{"dtype", dtype}}), DType::boolean);
    checkRun("cast", {{DType::f32, {33}}}, one("cast", {{"dtype", dtype}}), DType::f32);
    checkRun("cast", {{DType::f64, {33}}}, one("cast", {{"dtype", dtype}}), DType::f32);
    checkRun("cast", {{DType::u8, {33}}}, one("cast", {{"dtype", dtype}}), DType::u8);
  }
}

std::shared_ptr<const Graph> regionOfThree(DType dtype, const Shape& shape) {
  auto region = std::make_shared<Graph>();
  Builder b(*region);
  const ValueId x = b.input(InputKind::argument, "", {dtype, shape}),
                y = b.input(InputKind::argument, "", {dtype, shape});
  const ValueId sum = b.add(x, y);
  region->outputs = {b.mul(sum, sum), b.emit("greater", {sum, x})};
  return region;
}

void reductions() {
  for (const char* op : {"sum", "max", "min", "argmax", "argmin"}) {
    for (const List& axes : {List{}, List{0}, List{1}, List{2}}) {
      checkBoth(op, {{3, 50, 4}}, one(op, {{"axes", axes}}));
    }
  }
  checkBoth("adjacent axes, a transposed operand", {{3, 5, 40}}, [](Builder& b, const std::vector<ValueId>& x) {
    const ValueId v = b.transpose(x[0], {2, 0, 1});
    return std::vector<ValueId>{b.sum(v, {0, 1}), b.sum(v, {1, 2}), b.sum(b.broadcast(v, {6, 40, 3, 5}), {0, 1})};
  });
  for (const char* op : {"any", "all"}) {
    checkRun(op, {{DType::boolean, {3, 17}}}, one(op, {{"axes", List{1}}}), DType::f32);
  }
  checkBoth("no elements", {{3, 0}}, one("sum", {{"axes", List{1}}}));
  checkBoth("no results", {{0, 3}}, one("max", {{"axes", List{1}}}));
}

// Runs `fused`, made by hand, against the plain nodes it stands for.
void checkFused(const std::string& name, const std::vector<Type>& types, const Make& plain, const Make& fused,
                DType dtype) {
  std::vector<Tensor> inputs;
  std::vector<Tensor> expected;
  Graph hand;
  for (const Make* make : {&plain, &fused}) {
    Graph g;
    Builder b(g);
    std::vector<ValueId> xs;
    inputs.clear();
    for (size_t i = 0; i < types.size(); ++i) {
      xs.push_back(b.input(InputKind::argument, "", types[i]));
      inputs.push_back({types[i], {}});
      for (int64_t j = 0; j < types[i].shape.size(); ++j) {
        inputs.back().data.push_back(sample(static_cast<size_t>(j) + 17 * i, types[i].dtype));
      }
    }
    g.outputs = (*make)(b, xs);
    if (make == &plain) expected = evaluate(g, inputs);
    hand = std::move(g);
  }
  for (const char* const* isa = availableKernels(); *isa; ++isa) {
    Machine machine(hand, *kernelsNamed(*isa));
    const std::vector<Tensor> found = machine.run(inputs);
    for (size_t i = 0; i < expected.size(); ++i) {
      compare(name + " (" + std::string(nameOf(dtype)) + ", " + *isa + ")", found[i], expected[i], toleranceOf(dtype));
    }
  }
}

void fusedRegions() {
  for (DType dtype : {DType::f32, DType::f64}) {
    const Shape shape{7, 45};
    const Make plain = [](Builder& b, const std::vector<ValueId>& x) {
      const ValueId y = b.broadcast(x[1], b.shape(x[0])), sum = b.add(x[0], y);
      return std::vector<ValueId>{b.mul(sum, sum), b.emit("greater", {sum, x[0]})};
    };
    const Make region = [=](Builder& b, const std::vector<ValueId>& x) {
      const ValueId first = b.emit("fused", {x[0], b.broadcast(x[1], shape)}, {}, {regionOfThree(dtype, shape)});
      return std::vector<ValueId>{first, first + 1};
    };
    checkFused("fused", {{dtype, shape}, {dtype, {45}}}, plain, region, dtype);
    const Make sums = [](Builder& b, const std::vector<ValueId>& x) {
      const ValueId y = b.broadcast(x[1], b.shape(x[0])), sum = b.add(x[0], y);
      return std::vector<ValueId>{b.sum(b.mul(sum, sum), {0})};
    };
    const Make prologue = [=](Builder& b, const std::vector<ValueId>& x) {
      return std::vector<ValueId>{
          b.emit("sum", {x[0], b.broadcast(x[1], shape)}, {{"axes", List{0}}}, {regionOfThree(dtype, shape)})};
    };
    checkFused("prologue", {{dtype, shape}, {dtype, {45}}}, sums, prologue, dtype);
  }
}

void epilogues() {
  for (DType dtype : {DType::f32, DType::f64}) {
    for (bool reversed : {false, true}) {  // reversed: no result has the product's dtype first
      const Shape shape{2, 33, 20};
      const auto ordered = [=](ValueId value, ValueId mask) {
        return reversed ? std::vector<ValueId>{mask, value} : std::vector<ValueId>{value, mask};
      };
      const Make plain = [=](Builder& b, const std::vector<ValueId>& x) {
        const ValueId product = b.matmul(x[0], x[1]), sum = b.add(product, x[2]);
        return ordered(b.mul(sum, sum), b.emit("greater", {sum, product}));
      };
      auto region = std::make_shared<Graph>(*regionOfThree(dtype, shape));
      if (reversed) std::swap(region->outputs[0], region->outputs[1]);
      const Make fused = [=](Builder& b, const std::vector<ValueId>& x) {
        const ValueId first = b.emit("matmul", {x[0], x[1], b.broadcast(x[2], shape)}, {}, {region});
        return std::vector<ValueId>{first, first + 1};
      };
      checkFused("epilogue", {{dtype, {2, 33, 9}}, {dtype, {9, 20}}, {dtype, {20}}}, plain, fused, dtype);
    }
    // Only a mask comes out: the product itself stays in the workspace.
    const Make plain = [](Builder& b, const std::vector<ValueId>& x) {
      return std::vector<ValueId>{b.emit("greater", {b.add(b.matmul(x[0], x[1]), x[2]), b.matmul(x[0], x[1])})};
    };
    auto region = std::make_shared<Graph>(*regionOfThree(dtype, {6, 20}));
    region->outputs = {region->outputs[1]};
    const Make fused = [=](Builder& b, const std::vector<ValueId>& x) {
      return std::vector<ValueId>{b.emit("matmul", {x[0], x[1], b.broadcast(x[2], {6, 20})}, {}, {region})};
    };
    checkFused("mask of a product", {{dtype, {6, 9}}, {dtype, {9, 20}}, {dtype, {20}}}, plain, fused, dtype);
  }
}

void products() {
  for (bool ta : {false, true}) {
    for (bool tb : {false, true}) {
      const Attrs attrs{{"transposeA", ta}, {"transposeB", tb}};
      const Shape a = ta ? Shape{9, 17} : Shape{17, 9}, b = tb ? Shape{20, 9} : Shape{9, 20};
      checkBoth("matmul", {a, b}, one("matmul", attrs));
      checkBoth("batched matmul", {{3, a[0], a[1]}, {3, b[0], b[1]}}, one("matmul", attrs));
      checkBoth("one weight", {{2, 3, a[0], a[1]}, b}, one("matmul", attrs));
      checkBoth("both broadcast", {{2, 1, a[0], a[1]}, {3, b[0], b[1]}}, one("matmul", attrs));
    }
  }
  checkBoth("strided operands", {{9, 4, 17}, {20, 2, 9}}, [](Builder& b, const std::vector<ValueId>& x) {
    const ValueId left = b.transpose(x[0], {1, 2, 0});  // read in place
    const ValueId right = b.emit("slice", {b.transpose(x[1], {1, 2, 0})},
                                 {{"begin", List{0, 0, 0}}, {"end", List{1, 9, 20}}, {"step", List{1, 1, 3}}});
    return std::vector<ValueId>{b.matmul(left, right)};
  });
  checkBoth("rows of one", {{5, 1, 9}, {9, 20}}, one("matmul"));
  checkBoth("nothing to sum", {{3, 0}, {0, 4}}, one("matmul"));
  checkBoth("no rows", {{0, 3}, {3, 4}}, one("matmul"));
}

void movement() {
  checkBoth("concat", {{3, 4}, {3, 5}, {3, 0}}, one("concat", {{"axis", int64_t{1}}}));
  checkBoth("concat of views", {{4, 6}, {2, 4}}, [](Builder& b, const std::vector<ValueId>& x) {
    return std::vector<ValueId>{b.emit("concat", {b.transpose(x[0], {1, 0}), x[1]}, {{"axis", int64_t{0}}})};
  });
  checkBoth("pad", {{3, 4}}, one("pad", {{"low", List{1, 0}}, {"high", List{2, 3}}, {"value", 0.5}}));
  checkBoth("pack and unpack", {{3, 4}, {17}, {}}, [](Builder& b, const std::vector<ValueId>& x) {
    const ValueId flat = b.pack({b.transpose(x[0], {1, 0}), x[1], x[2]});
    return std::vector<ValueId>{flat, b.unpack(flat, 16, {17})};
  });
  checkBoth("gather and scatterAdd", {{6, 5}, {2, 3, 4}}, [](Builder& b, const std::vector<ValueId>& x) {
    const ValueId index = labels(b, {2, 3}, 6);
    const ValueId scattered = b.emit("scatterAdd", {index, x[1]}, {{"rows", int64_t{7}}});
    return std::vector<ValueId>{b.emit("gather", {x[0], index}), scattered,
                                b.emit("oneHot", {index}, {{"classes", int64_t{4}}})};
  });
  checkRun(
      "gather of bytes", {{DType::u8, {6, 5}}},
      [](Builder& b, const std::vector<ValueId>& x) {
        return std::vector<ValueId>{b.emit("gather", {x[0], labels(b, {7}, 6)}, {{"dtype", "f32"}})};
      },
      DType::f32);
  for (bool descending : {false, true}) {
    checkBoth("sort", {{3, 40}}, one("sort", {{"descending", descending}}));
    checkBoth("topK", {{3, 40}}, one("topK", {{"k", int64_t{5}}, {"descending", descending}}));
  }
  checkRun(
      "iota", {},
      [](Builder& b, const std::vector<ValueId>&) {
        std::vector<ValueId> all;
        for (const char* dtype : {"f32", "f64", "i32"}) {
          all.push_back(b.emit("iota", {}, {{"shape", List{3, 4}}, {"axis", int64_t{-1}}, {"dtype", dtype}}));
        }
        return all;
      },
      DType::f32);
}

void composites() {
  for (const char* op : {"softmax", "logSoftmax"}) checkBoth(op, {{2, 5, 33}}, one(op));
  for (const Attrs& attrs : {Attrs{}, Attrs{{"ignoreIndex", int64_t{2}}}}) {
    checkBoth("softmaxCrossEntropy", {{2, 5, 10}}, [&](Builder& b, const std::vector<ValueId>& x) {
      const ValueId loss = b.emit("softmaxCrossEntropy", {x[0], labels(b, {2, 5}, 10)}, attrs);
      return std::vector<ValueId>{loss, loss + 1};
    });
  }
}

void faults() {
  Graph g;
  Builder b(g);
  const ValueId x = b.input(InputKind::argument, "", {DType::f32, {4, 3}});
  const ValueId index = labels(b, {5}, 6);  // 1 0 5 4 3
  g.outputs = {b.emit("gather", {x, index})};
  Machine machine(g, *kernelsNamed("reference"));
  const std::vector<Tensor> out = machine.run({{{DType::f32, {4, 3}}, std::vector<double>(12, 1)}});
  checkEqual(machine.lowestFault(), int64_t{2}, "the first position out of range");
  checkEqual(out[0].data[6], 0.0, "a row of zeros");
}

void draws() {
  for (const char* const* isa = availableKernels(); *isa; ++isa) {
    Graph g;
    Builder b(g);
    const ValueId step = b.scalar(3, DType::i32);
    const Attrs uniform{{"key", int64_t{-5}}, {"shape", List{1000}}, {"low", -1.0}, {"high", int64_t{2}}};
    const Attrs normal{{"key", int64_t{7}}, {"shape", List{1000}}, {"mean", 1.0}, {"deviation", 2.0}, {"dtype", "f64"}};
    g.outputs = {b.emit("randomUniform", {step}, uniform), b.emit("randomNormal", {step}, normal)};
    const std::vector<Tensor> out = Machine(g, *kernelsNamed(*isa)).run({});
    const auto [least, greatest] = std::minmax_element(out[0].data.begin(), out[0].data.end());
    check(*least >= -1 && *least < -0.95 && *greatest < 2 && *greatest > 1.95, "uniform in [-1, 2)");
    double mean = 0;
    for (double v : out[1].data) mean += v / 1000;
    check(std::fabs(mean - 1) < 0.3, "normal around 1");
  }
}

}  // namespace

Tests opsBindTests() {
  return {{"ops bind: pointwise", pointwise},   {"ops bind: whole numbers", wholeNumbers},
          {"ops bind: reductions", reductions}, {"ops bind: fused", fusedRegions},
          {"ops bind: epilogues", epilogues},   {"ops bind: products", products},
          {"ops bind: movement", movement},     {"ops bind: composites", composites},
          {"ops bind: faults", faults},         {"ops bind: draws", draws}};
}

}  // namespace slalom::test
