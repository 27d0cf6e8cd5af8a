// Functions: calls from any thread, and what a refused call leaves behind.
#include <atomic>
#include <cstring>
#include <limits>
#include <thread>

#include "passes/passes.h"
#include "runtime/function.h"
#include "runtime_models.h"
#include "suites.h"

namespace slalom::test {

namespace {

const Type kRow{DType::f32, {3}};

Array numbers(const std::vector<float>& values) {
  return Array::from(values.data(), {DType::f32, {static_cast<int64_t>(values.size())}});
}

Array whole(const std::vector<int32_t>& values) {
  return Array::from(values.data(), {DType::i32, {static_cast<int64_t>(values.size())}});
}

std::vector<float> floats(const Array& array) {
  const auto* data = reinterpret_cast<const float*>(array.data());
  return {data, data + array.type.shape.size()};
}

int32_t onlyInteger(const Array& array) { return *reinterpret_cast<const int32_t*>(array.data()); }

// total += log(x) while finite; calls counts every call; returns log(x).
struct Sums {
  Sums() {
    Graph g;
    Builder b(g);
    const ValueId x = b.input(InputKind::argument, "x", kRow);
    const ValueId sum = b.input(InputKind::state, "total", kRow);
    const ValueId count = b.input(InputKind::state, "calls", {DType::i32, {}});
    b.setScope(g.scopeOf("head"));
    const ValueId y = b.emit("log", {x});
    g.outputs = {y};
    g.guards = {b.emit("all", {b.emit("isFinite", {y})})};
    g.commits = {{sum, b.add(sum, y), true}, {count, b.add(count, b.scalar(1, DType::i32)), false}};
    const auto checked = [g] {
      CompileOptions unfused;
      unfused.fuse = false;
      return compile(g, unfused);
    };
    function = std::make_unique<Function>(compile(g), Variables{total, calls}, checked);
  }

  std::shared_ptr<Variable> total = std::make_shared<Variable>(Array::make(kRow));
  std::shared_ptr<Variable> calls = std::make_shared<Variable>(Array::make({DType::i32, {}}));
  std::unique_ptr<Function> function;
};

void returnsAndCommits() {
  Sums sums;
  const std::vector<Array> results = sums.function->call({numbers({1, 1, 1})});
  check(floats(results[0]) == std::vector<float>({0, 0, 0}));
  sums.function->call({numbers({1, 2, 4})});
  const std::vector<float> total = floats(sums.total->read());
  check(total[0] == 0 && total[2] > total[1] && total[1] > 0);
  checkEqual(onlyInteger(sums.calls->read()), 2);
}

void checksItsArguments() {
  Sums sums;
  checkThrows([&] { sums.function->call({}); }, "argument 'x' is missing");
  checkThrows([&] { sums.function->call({numbers({1, 2})}); }, "expected f32[3], found f32[2]");
  checkThrows([&] { sums.function->call({whole({1, 2, 3})}); }, "expected f32[3], found i32[3]");
  checkThrows([&] { sums.function->call({numbers({1, 2, 3}), numbers({1})}); }, "expected 1 arguments, found 2");
  checkEqual(onlyInteger(sums.calls->read()), 0);
}

// The guard holds back the sum, not the count, and the error names the op and whether it is NaN.
void refusalsNameTheOp() {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const float bad : {0.0f, -1.0f, infinity}) {
    Sums sums;
    sums.function->call({numbers({2, 2, 2})});
    const std::vector<uint8_t> before = bitsOf(sums.total->read());
    try {
      sums.function->call({numbers({1, bad, 1})});
      check(false, "the guard let it pass");
    } catch (const Error& error) {
      check(error.code == ErrorCode::nonFinite, error.message);
      checkEqual(error.op, std::string("log"));
      checkEqual(error.path, std::string("head"));
      checkEqual(error.message,
                 std::string("the first ") + (bad < 0 ? "NaN" : "infinity") + " is in its result f32[3]");
    }
    check(bitsOf(sums.total->read()) == before, "the sum stays");
    checkEqual(onlyInteger(sums.calls->read()), 2, "the count goes on");
    sums.function->call({numbers({1, 1, 1})});
    check(bitsOf(sums.total->read()) == before, "and the next call works");
  }
}

void leasedVariablesAreBusy() {
  Sums sums;
  sums.total->lease();
  checkThrows([&] { sums.function->call({numbers({1, 1, 1})}); }, "a run is training these variables");
  sums.total->release();
  sums.function->call({numbers({1, 1, 1})});
  checkEqual(onlyInteger(sums.calls->read()), 1);
}

void callsFromManyThreads() {
  Sums sums;
  std::vector<std::thread> callers;
  for (int c = 0; c < 4; ++c) {
    callers.emplace_back([&] {
      for (int i = 0; i < 100; ++i) sums.function->call({numbers({1, 1, 1})});
    });
  }
  for (std::thread& caller : callers) caller.join();
  checkEqual(onlyInteger(sums.calls->read()), 400, "no call is lost");
}

// Two functions that want the same variables in different places, so that each call may move them.
void functionsMayMoveSharedVariables() {
  const auto first = std::make_shared<Variable>(Array::make(kRow)),
             second = std::make_shared<Variable>(Array::make(kRow));
  const auto adder = [](bool swapped) {
    Graph g;
    Builder b(g);
    const ValueId p = b.input(InputKind::state, "p", kRow), q = b.input(InputKind::state, "q", kRow);
    const ValueId packed = swapped ? b.pack({q, p}) : b.pack({p, q});
    g.commits = {{packed, b.add(packed, b.like(1, packed)), true}};
    return compile(g);
  };
  Function ahead(adder(false), {first, second}, {}), behind(adder(true), {first, second}, {});
  std::thread other([&] {
    for (int i = 0; i < 100; ++i) behind.call({});
  });
  for (int i = 0; i < 100; ++i) ahead.call({});
  other.join();
  const std::vector<float> all(3, 200);
  check(floats(first->read()) == all && floats(second->read()) == all);
}

void oneVariableOnce() {
  Graph g;
  Builder b(g);
  const ValueId p = b.input(InputKind::state, "p", kRow), q = b.input(InputKind::state, "q", kRow);
  g.outputs = {b.add(p, q)};
  const auto program = compile(g);
  const auto v = std::make_shared<Variable>(Array::make(kRow));
  checkThrows([&] { Function(program, {v, v}, {}); }, "given twice");
  checkThrows([&] { Function(program, {v}, {}); }, "expected 2 variables, found 1");
  const auto narrow = std::make_shared<Variable>(Array::make({DType::f32, {2}}));
  checkThrows([&] { Function(program, {v, narrow}, {}); }, "variable 'q': expected f32[3], found f32[2]");
}

// A pinned function reads what was there, whoever writes the variable, moves it or trains it.
void pinsKeepTheVariablesOfTheirTime() {
  Sums sums;
  Graph g;
  Builder b(g);
  const ValueId total = b.input(InputKind::state, "total", kRow), one = b.input(InputKind::state, "one", kRow);
  g.outputs = {b.add(total, one)};
  const auto one_ = std::make_shared<Variable>(numbers({1, 1, 1}));
  Function reader(compile(g), {sums.total, one_}, {});
  const std::shared_ptr<const Pin> before = reader.pin();
  sums.function->call({numbers({1, 2, 4})});
  const std::vector<float> now = floats(reader.call({})[0]);
  check(floats(reader.call({}, before.get())[0]) == std::vector<float>({1, 1, 1}), "the sum that was");
  check(now[2] > 2 && floats(reader.call({})[0]) == now, "and the present one");
  {
    const std::shared_ptr<const Pin> again = reader.pin();
    sums.total->write(numbers({5, 5, 5}));
    check(floats(reader.call({}, again.get())[0]) == now);
  }
  sums.total->lease();
  check(floats(reader.call({}, before.get())[0]) == std::vector<float>({1, 1, 1}), "a pin needs no lease");
  checkThrows([&] { reader.pin(); }, "a run is training these variables");
  sums.total->release();
  check(floats(reader.call({})[0]) == std::vector<float>({6, 6, 6}));
  check(sums.function->pin() == nullptr, "a function that writes works on the variables themselves");
}

void pinnedCallsBesideWriters() {
  Sums sums;
  Graph g;
  Builder b(g);
  const ValueId total = b.input(InputKind::state, "total", kRow);
  g.outputs = {b.add(total, total)};
  Function reader(compile(g), {sums.total}, {});
  std::thread writer([&] {
    for (int i = 0; i < 300; ++i) sums.function->call({numbers({2, 2, 2})});
  });
  for (int i = 0; i < 100; ++i) {
    const std::shared_ptr<const Pin> pin = reader.pin();
    const std::vector<float> first = floats(reader.call({}, pin.get())[0]);
    check(first[0] == first[1] && first[1] == first[2], "no half of a commit");
    check(floats(reader.call({}, pin.get())[0]) == first, "twice the same");
  }
  writer.join();
  checkEqual(onlyInteger(sums.calls->read()), 300);
}

// state = table[index]: by itself, or inside of a loop. Nothing but the commit needs the rows.
Graph lookup(bool looped) {
  Graph g;
  Builder b(g);
  const Type types[] = {{DType::i32, {5}}, {DType::i32, {2}}};
  const ValueId table = b.input(InputKind::argument, "table", types[0]);
  const ValueId index = b.input(InputKind::argument, "index", types[1]);
  const ValueId kept = b.input(InputKind::state, "kept", types[1]);
  ValueId rows;
  if (looped) {
    auto body = std::make_shared<Graph>();
    Builder inner(*body);
    inner.input(InputKind::argument, "rows", types[1]);
    const ValueId innerTable = inner.input(InputKind::argument, "table", types[0]);
    body->outputs = {inner.emit("gather", {innerTable, inner.input(InputKind::argument, "index", types[1])})};
    const Attrs attrs{{"carries", int64_t{1}}, {"xs", int64_t{0}}, {"length", int64_t{3}}};
    rows = b.emit("scan", {kept, table, index}, attrs, {body});
  } else {
    rows = b.emit("gather", {table, index});
  }
  g.commits = {{kept, rows, true}};
  return g;
}

void badIndicesCommitNothing() {
  for (const bool looped : {false, true}) {
    const auto kept = std::make_shared<Variable>(whole({-7, -8}));
    Function function(compile(lookup(looped)), {kept}, {});
    const Array table = whole({10, 11, 12, 13, 14});
    try {
      function.call({table, whole({1, 5})});
      check(false, "an index out of range passed");
    } catch (const Error& error) {
      check(error.code == ErrorCode::data, error.message);
      checkEqual(error.op, std::string("gather"));
      checkEqual(error.row, int64_t{1});
    }
    check(bitsOf(kept->read()) == bitsOf(whole({-7, -8})), "the variable stays");
    function.call({table, whole({1, 4})});
    check(bitsOf(kept->read()) == bitsOf(whole({11, 14})), "and the next call works");
  }
}

}  // namespace

Tests functionTests() {
  return {{"function: returns and commits", returnsAndCommits},
          {"function: checks its arguments", checksItsArguments},
          {"function: refusals name the op", refusalsNameTheOp},
          {"function: leased variables are busy", leasedVariablesAreBusy},
          {"function: pins keep the variables of their time", pinsKeepTheVariablesOfTheirTime},
          {"function: pinned calls beside writers", pinnedCallsBesideWriters},
          {"function: calls from many threads", callsFromManyThreads},
          {"function: shared variables may move", functionsMayMoveSharedVariables},
          {"function: one variable once", oneVariableOnce},
          {"function: bad indices commit nothing", badIndicesCommitNothing}};
}

}  // namespace slalom::test
