// Rows on their way into a program: in order or shuffled, whole batches and the rest, converted.
#include <cstring>

#include "passes/passes.h"
#include "runtime/random.h"
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
          {"rows: the order is fixed", theOrderIsFixed}};
}

}  // namespace slalom::test
