// Sorting and selecting: every variant against the reference, to the bit and the position.
#include <cmath>
#include <limits>

#include "kernels_support.h"
#include "suites.h"

namespace slalom::test {

namespace {

constexpr int64_t kLengths[] = {1, 2, 3, 7, 8, 9, 15, 16, 17, 47, 48, 49, 63, 64, 65, 255, 257, 1000, 5000};

// Many equal values and every special one.
float sample(Noise& noise, float) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  switch (noise.below(12)) {
    case 0:
      return std::numeric_limits<float>::quiet_NaN();
    case 1:
      return infinity;
    case 2:
      return -infinity;
    case 3:
      return 0.0f;
    case 4:
      return -0.0f;
    case 5:
      return 1e-40f;
    case 6:
      return -1e-40f;
    case 7:
      return static_cast<float>(noise.below(5)) - 2;
    default:
      return noise.real() * std::ldexp(1.0f, noise.below(200) - 100);
  }
}
double sample(Noise& noise, double) { return static_cast<double>(sample(noise, 0.0f)); }
int32_t sample(Noise& noise, int32_t) {
  return noise.below(3) == 0 ? noise.below(7) - 3 : static_cast<int32_t>(noise.word());
}
uint8_t sample(Noise& noise, uint8_t) { return static_cast<uint8_t>(noise.word()); }

template <typename T>
struct Sorted {
  Guarded<T> values;
  Guarded<int32_t> positions;
};

template <typename T>
Sorted<T> sorted(const KernelTable& table, SortArgs args, Order order) {
  Sorted<T> result{Guarded<T>(args.rows * args.keep, sizeof(T)), Guarded<int32_t>(args.rows * args.keep, 4)};
  args.values = result.values.data();
  args.indices = result.positions.data();
  CallPlan plan{};
  table.planSort(&args, &plan);
  checkEqual(plan.workspace, size_t{0}, "a workspace that nobody gave");
  runPlan(plan, order);
  check(result.values.intact() && result.positions.intact(), std::string(table.name) + " wrote outside");
  return result;
}

template <typename T>
void equalToTheReference(Storage storage) {
  const KernelTable& reference = *kernelsNamed("reference");
  Noise noise(7);
  for (const int64_t cols : kLengths) {
    const int64_t rows = cols < 300 ? 33 : 3;
    Guarded<T> x(rows * cols, sizeof(T));
    for (int64_t i = 0; i < rows * cols; ++i) x[i] = sample(noise, T());
    for (const int64_t keep : {int64_t{1}, cols / 9, cols / 2, cols}) {
      for (const bool descending : {false, true}) {
        SortArgs args{};
        args.x = x.data();
        args.rows = rows;
        args.cols = cols;
        args.keep = keep;
        args.descending = descending;
        args.storage = storage;
        const Sorted<T> expected = sorted<T>(reference, args, Order::whole);
        for (const KernelTable* table : kernelTables(Which::variants)) {
          for (const Order order : kOrders) {
            const Sorted<T> actual = sorted<T>(*table, args, order);
            const std::string what =
                std::string(table->name) + ", " + std::to_string(keep) + " of " + std::to_string(cols);
            check(actual.values == expected.values, what + ": values");
            check(actual.positions == expected.positions, what + ": positions");
          }
        }
      }
    }
  }
}

// Either result may be missing; no rows and nothing kept are no work.
void partsAndEmpty() {
  float x[3] = {3, 1, 2};
  for (const KernelTable* table : kernelTables(Which::all)) {
    SortArgs args{};
    args.x = x;
    args.rows = 1;
    args.cols = args.keep = 3;
    args.storage = kStoreF32;
    float values[3] = {};
    int32_t positions[3] = {};
    args.values = values;
    CallPlan plan{};
    table->planSort(&args, &plan);
    runPlan(plan);
    check(values[0] == 1 && values[1] == 2 && values[2] == 3, table->name);
    args.values = nullptr;
    args.indices = positions;
    runPlan(plan);
    check(positions[0] == 1 && positions[1] == 2 && positions[2] == 0, table->name);
    for (int64_t* none : {&args.rows, &args.keep}) {
      const int64_t before = *none;
      *none = 0;
      table->planSort(&args, &plan);
      checkEqual(plan.count, 0, table->name);
      *none = before;
    }
  }
}

}  // namespace

Tests kernelSortTests() {
  return {
      {"sort: f32", [] { equalToTheReference<float>(kStoreF32); }},
      {"sort: f64", [] { equalToTheReference<double>(kStoreF64); }},
      {"sort: i32", [] { equalToTheReference<int32_t>(kStoreI32); }},
      {"sort: u8", [] { equalToTheReference<uint8_t>(kStoreU8); }},
      {"sort: parts and empty", partsAndEmpty},
  };
}

}  // namespace slalom::test
