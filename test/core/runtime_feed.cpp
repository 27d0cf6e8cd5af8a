// Rows on their way into a program: in order or shuffled, whole batches and the rest, converted.
#include <cstring>

#include "passes/passes.h"
#include "runtime/random.h"
#include "runtime/rows.h"
#include "runtime/session.h"
#include "runtime_models.h"
#include "suites.h"

namespace slalom::test {

namespace {

// What a session has read: its program returns every batch as it is.
struct Echo {
  BatchOptions data;
  Type row{DType::f32, {3}};  // as the program wants it
  DType stored = DType::f32;  // as the column has it

  std::shared_ptr<const Program> program(int64_t batch) const {
    Graph g;
    Builder b(g);
    g.outputs = {b.input(InputKind::argument, "x", {row.dtype, {batch, row.shape[0]}})};
    return compile(g);
  }

  Array column() const {
    const Array array = Array::make({stored, {data.rows, row.shape[0]}});
    for (int64_t i = 0; i < array.type.shape.size(); ++i) {
      const int64_t at = i * sizeOf(stored);
      const auto number = static_cast<float>(i % 256);
      if (stored == DType::f32) std::memcpy(array.data() + at, &number, sizeof number);
      if (stored == DType::u8) array.data()[at] = static_cast<uint8_t>(i);
    }
    return array;
  }

  // The first elements of the rows of one epoch.
  std::vector<double> rows(int64_t epoch) const {
    SessionOptions options;
    const Batches batches(data);
    const int64_t rest = data.rows % data.batchSize;
    for (const int64_t batch : {data.batchSize, rest}) {
      if (batch > 0) options.programs.push_back({batch, program(batch), {}});
    }
    options.columns = {column()};
    options.data = data;
    std::vector<double> firsts;
    // The programs of a session return as much whatever the batch, so each is asked for alone.
    for (int64_t batch = 0; batch < batches.perEpoch(); ++batch) {
      SessionOptions one = options;
      const bool whole = batches.rowsOf(batch) == data.batchSize;
      one.programs = {options.programs[whole ? 0 : 1]};
      Session session(std::move(one));
      RunSpec spec;
      spec.epoch = epoch;
      spec.batch = batch;
      spec.steps = 1;
      spec.perStep = true;
      const RunResult result = session.run(spec);
      checkEqual(result.epochs[0].rows, batches.rowsOf(batch));
      for (size_t i = 0; i < result.perStep.size(); i += 3) firsts.push_back(result.perStep[i]);
    }
    return firsts;
  }
};

std::vector<double> firstsOf(const std::vector<int32_t>& rows) {
  std::vector<double> firsts;
  for (const int32_t row : rows) firsts.push_back(row * 3 % 256);
  return firsts;
}

void inOrder() {
  const std::vector<int32_t> all = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  check(Echo{{10, 4, false, 0, false}}.rows(0) == firstsOf(all), "with the rest");
  check(Echo{{10, 4, false, 0, false}}.rows(5) == firstsOf(all), "in every epoch");
  check(Echo{{10, 4, false, 0, true}}.rows(0) == firstsOf({all.begin(), all.begin() + 8}), "without the rest");
  check(Echo{{10, 16, false, 0, false}}.rows(0) == firstsOf(all), "fewer rows than a batch");
}

void shuffled() {
  std::vector<int32_t> order(10);
  for (const int64_t epoch : {0, 1, 2}) {
    permute(7, static_cast<uint64_t>(epoch), order);
    check(Echo{{10, 4, true, 7, false}}.rows(epoch) == firstsOf(order), "epoch " + std::to_string(epoch));
    check(Echo{{10, 4, true, 7, true}}.rows(epoch) == firstsOf({order.begin(), order.begin() + 8}), "dropLast");
  }
}

void converted() {
  for (const bool shuffle : {false, true}) {
    Echo plain{{100, 32, shuffle, 3, false}};
    const std::vector<double> expected = plain.rows(1);
    Echo bytes = plain;
    bytes.stored = DType::u8;
    check(bytes.rows(1) == expected, "u8 to f32");
    Echo wide = plain;
    wide.row.dtype = DType::f64;
    check(wide.rows(1) == expected, "f32 to f64");
    bytes.row.dtype = DType::i32;
    check(bytes.rows(1) == expected, "u8 to i32");
  }
}

// ---- rows that the caller gives ----

RunSpec oneStep() {
  RunSpec spec;
  spec.steps = 1;
  spec.perStep = true;
  return spec;
}

void inAGivenOrder() {
  const Echo echo{{10, 4, true, 0, false}};
  SessionOptions options;
  options.programs = {{4, echo.program(4), {}}};
  options.columns = {echo.column()};
  options.data = echo.data;
  Session session(options);
  RunSpec spec = oneStep();
  spec.order = {9, 0, 9, 4};
  const RunResult result = session.run(spec);
  checkEqual(result.perStep[0], 27.0);
  checkEqual(result.perStep[3], 0.0);
  checkEqual(result.perStep[9], 12.0);
  spec.order = {9, 0, 10, 4};
  checkThrows([&] { session.run(spec); }, "row 10");
  spec.order = {9, 0, 1, 4, 2};
  checkThrows([&] { session.run(spec); }, "5 rows");
  options.data.shuffle = false;
  Session sorted(options);
  spec.order = {9, 0, 1, 4};
  checkThrows([&] { sorted.run(spec); }, "in order");
}

// Sums every batch, whatever its length.
SessionProgram summing(int64_t batch, int64_t length) {
  Graph g;
  Builder b(g);
  g.outputs = {b.sum(b.input(InputKind::argument, "x", {DType::f32, {batch, length}}), {0, 1})};
  return {batch, compile(g), {}};
}

Array ones(const Shape& shape, DType dtype) {
  const Array array = Array::make({dtype, shape});
  const float one = 1;
  for (int64_t i = 0; i < shape.size(); ++i) {
    if (dtype == DType::f32) std::memcpy(array.data() + i * 4, &one, 4);
    if (dtype == DType::u8) array.data()[i] = 1;
  }
  return array;
}

void freshBatches() {
  SessionOptions options;
  const SessionProgram first = summing(4, 3), bytes = summing(2, 5);
  options.programs = {first};
  Session session(options);
  RunSpec spec;
  checkThrows([&] { session.run(stepsFromStart(1)); }, "needs batches");
  for (int repeat = 0; repeat < 3; ++repeat) {
    spec.fresh.clear();
    spec.fresh.push_back({first, {ones({4, 3}, DType::f32)}, 0});
    spec.fresh.push_back({bytes, {ones({2, 5}, DType::u8)}, 4});
    spec.fresh.push_back({first, {ones({4, 3}, DType::f32)}, 6});
    spec.steps = 3;
    spec.perStep = true;
    const RunResult result = session.run(spec);
    check(result.perStep == std::vector<double>{12, 10, 12});
    checkEqual(result.epochs.size(), size_t{1});
    checkEqual(result.epochs[0].rows, int64_t{10});
  }
  spec.fresh.pop_back();
  checkThrows([&] { session.run(spec); }, "each of 3 steps");
  spec.steps = 2;
  spec.fresh[1].columns = {ones({2, 5}, DType::f32)};
  checkThrows([&] { session.run(spec); }, "types");
  spec.fresh[1].columns = {ones({3, 5}, DType::u8)};
  checkThrows([&] { session.run(spec); }, "types");
}

// More shapes than are kept, in turn.
void manyShapes() {
  SessionOptions options;
  std::vector<SessionProgram> programs;
  for (int64_t length = 1; length <= 80; ++length) programs.push_back(summing(2, length));
  options.programs = {programs[0]};
  Session session(options);
  for (int round = 0; round < 2; ++round) {
    for (int64_t length = 1; length <= 80; ++length) {
      RunSpec spec = oneStep();
      spec.fresh.push_back({programs[static_cast<size_t>(length - 1)], {ones({2, length}, DType::f32)}, 0});
      checkEqual(session.run(spec).perStep[0], 2.0 * static_cast<double>(length));
    }
  }
}

void rowsAreTaken() {
  const Array from = Echo{{10, 4, false, 0, false}}.column();
  const Array taken = takeRows(from, {3, 3, 0});
  check(taken.type == Type{DType::f32, {3, 3}});
  check(std::memcmp(taken.data() + 12, from.data() + 36, 12) == 0);
  check(takeRows(from, {}).type == Type{DType::f32, {0, 3}});
  checkThrows([&] { takeRows(from, {10}); }, "row 10");
  checkThrows([&] { takeRows(from, {-1}); }, "row -1");
  const Array mixed = mixRows(takeRows(from, {0, 1}), {1, 0}, 0.25);
  float values[6];
  std::memcpy(values, mixed.data(), sizeof values);
  checkEqual(values[0], 2.25f);
  checkEqual(values[5], 2.75f);
  checkThrows([&] { mixRows(from, {0}, 0.5); }, "partner");
}

// Known rows of a known key: an order that changes would change every run that anybody trained.
void theOrderIsFixed() {
  std::vector<int32_t> order(10);
  permute(7, 3, order);
  std::string text;
  for (const int32_t row : order) text += std::to_string(row) + " ";
  checkEqual(text, std::string("5 2 1 7 6 9 3 8 4 0 "), text);
}

}  // namespace

Tests feedTests() {
  return {{"feed: in order", inOrder},
          {"feed: shuffled", shuffled},
          {"feed: converted", converted},
          {"feed: in a given order", inAGivenOrder},
          {"feed: fresh batches", freshBatches},
          {"feed: more shapes than are kept", manyShapes},
          {"feed: rows are taken and mixed", rowsAreTaken},
          {"rows: the order is fixed", theOrderIsFixed}};
}

}  // namespace slalom::test
