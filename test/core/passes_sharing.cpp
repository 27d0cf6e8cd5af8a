// Which calls threads share: those that take one thread long enough.
#include <functional>

#include "passes/passes.h"
#include "suites.h"

namespace slalom::test {

namespace {

using Build = std::function<ValueId(Builder&)>;

struct Sharing {
  bool shared = false, tiles = false;  // whether a call is, and whether one has several tiles
};

Sharing sharingOf(const Build& build) {
  Graph g;
  Builder b(g);
  g.outputs = {build(b)};
  const std::shared_ptr<const Program> program = compile(g);
  Sharing found;
  for (const Step& step : program->steps) {
    found.shared = found.shared || step.call.shared;
    found.tiles = found.tiles || step.call.tiles > 1;
  }
  return found;
}

ValueId argument(Builder& b, const char* name, const Shape& shape, DType dtype = DType::f32) {
  return b.input(InputKind::argument, name, {dtype, shape});
}

Build product(int64_t m, int64_t k, int64_t n) {
  return [=](Builder& b) { return b.matmul(argument(b, "x", {m, k}), argument(b, "y", {k, n})); };
}

Build unary(const char* op, const Shape& shape, DType dtype = DType::f32) {
  return [=](Builder& b) { return b.emit(op, {argument(b, "x", shape, dtype)}); };
}

Build sumOf(const Shape& shape) {
  return [=](Builder& b) { return b.sum(argument(b, "x", shape), {1}); };
}

// Bound by their operations, not by memory.
Build twoOf(const char* op) {
  return [=](Builder& b) { return b.emit(op, {b.emit("relu", {b.emit(op, {argument(b, "x", {40000})})})}); };
}

void littleWorkStaysOnOneThread() {
  // Wider than a cache block, so that it has two tiles in any case.
  const Sharing narrow = sharingOf(product(16, 30, 300));
  check(narrow.tiles && !narrow.shared, "16x30x300");
  check(!sharingOf(product(64, 128, 64)).shared, "64x128x64");
  check(!sharingOf(sumOf({32, 1024})).shared, "sums of 32 rows");
  check(!sharingOf(unary("relu", {30000})).shared, "relu of 30,000");
  check(!sharingOf(unary("relu", {50000})).shared, "relu of 50,000");
  check(!sharingOf(unary("tanh", {8192})).shared, "tanh of 8,192");
}

void muchWorkIsShared() {
  check(sharingOf(product(128, 256, 256)).shared, "128x256x256");
  check(sharingOf(product(1, 512, 256)).shared, "one row: its matrix is long to read");
  check(sharingOf(sumOf({1024, 1024})).shared, "sums of 1,024 rows");
  check(sharingOf(unary("relu", {1000000})).shared, "relu of a million");
  check(sharingOf(twoOf("tanh")).shared && !sharingOf(twoOf("neg")).shared, "functions take longer than signs");
  check(sharingOf(unary("tanh", {50}, DType::f64)).shared, "float64: as the kernels say");
  check(
      sharingOf([](Builder& b) { return b.emit("sort", {argument(b, "x", {8, 64})}, {{"descending", false}}); }).shared,
      "a sort: as the kernels say");
}

// What one thread writes another one reads slowly.
void programsThatWriteShareLess() {
  const auto sharedWith = [](int64_t rows, bool writes) {
    return sharingOf([=](Builder& b) {
             const ValueId y = product(rows, 128, 64)(b);
             if (writes) {
               const ValueId v = b.input(InputKind::state, "v", b.type(y));
               b.graph().commits.push_back({v, b.add(v, y), false});
             }
             return y;
           })
        .shared;
  };
  check(sharedWith(100, false) && !sharedWith(100, true), "100 rows");
  check(sharedWith(400, false) && sharedWith(400, true), "400 rows");
}

}  // namespace

Tests sharingTests() {
  return {{"sharing: little work stays on one thread", littleWorkStaysOnOneThread},
          {"sharing: much work is shared", muchWorkIsShared},
          {"sharing: programs that write share less", programsThatWriteShareLess}};
}

}  // namespace slalom::test
