// Gather and scatter-add: every pair of storages, rows of every length, bad indices, every order
// of tiles; equal to the reference.
#include <climits>

#include "kernels_support.h"
#include "suites.h"

namespace slalom::test {

namespace {

constexpr int64_t kRowSizes[] = {0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 255, 257, 1000, 2500};

int64_t bytesOf(Storage s) { return s == kStoreF64 ? 8 : s == kStoreBool || s == kStoreU8 ? 1 : 4; }

void fill(Guarded<uint8_t>& bytes, Storage storage, Noise& noise) {
  for (int64_t i = 0; i < bytes.size() / bytesOf(storage); ++i) {
    uint8_t* at = bytes.data() + i * bytesOf(storage);
    const float x = noise.real() * 100;
    const double wide = static_cast<double>(x);
    const auto whole = static_cast<int32_t>(noise.word());
    if (storage == kStoreF32) std::memcpy(at, &x, 4);
    if (storage == kStoreF64) std::memcpy(at, &wide, 8);
    if (storage == kStoreI32) std::memcpy(at, &whole, 4);
    if (storage == kStoreBool) *at = static_cast<uint8_t>(whole & 1);
    if (storage == kStoreU8) *at = static_cast<uint8_t>(whole);
  }
}

struct Result {
  Guarded<uint8_t> out;
  int64_t fault;
};

Result gather(const KernelTable& table, GatherArgs args, Order order) {
  Result result{Guarded<uint8_t>(args.count * args.rowSize * bytesOf(args.to), bytesOf(args.to)), INT64_MAX};
  args.out = result.out.data();
  args.fault = &result.fault;
  CallPlan plan{};
  table.planGather(&args, &plan);
  runPlan(plan, order);
  check(result.out.intact(), std::string(table.name) + " wrote outside");
  return result;
}

// 150 rows of a source of so many.
void compareGathers(Storage from, Storage to, int64_t sourceRows, int64_t rowSize, bool faulty, Noise& noise) {
  GatherArgs args{};
  args.from = from;
  args.to = to;
  args.sourceRows = sourceRows;
  args.count = 150;
  args.rowSize = rowSize;
  Guarded<uint8_t> source(args.sourceRows * rowSize * bytesOf(args.from), bytesOf(args.from));
  fill(source, args.from, noise);
  std::vector<int32_t> index(static_cast<size_t>(args.count));
  for (int32_t& i : index) i = noise.below(static_cast<int32_t>(sourceRows));
  if (faulty) {
    index[141] = INT_MIN;
    index[77] = static_cast<int32_t>(sourceRows);
    index[101] = -1;
  }
  args.source = source.data();
  args.index = index.data();
  const Result expected = gather(*kernelsNamed("reference"), args, Order::whole);
  checkEqual(expected.fault, faulty ? int64_t{77} : INT64_MAX);
  for (const KernelTable* table : kernelTables(Which::variants)) {
    for (const Order order : kOrders) {
      const Result actual = gather(*table, args, order);
      check(actual.out == expected.out, std::string(table->name) + " rows of " + std::to_string(rowSize));
      checkEqual(actual.fault, expected.fault, table->name);
    }
  }
}

void gathers(bool faulty) {
  Noise noise(3);
  for (int from = 0; from < kStorageCount; ++from) {
    for (int to = 0; to < kStorageCount; ++to) {
      for (const int64_t rowSize : kRowSizes) {
        compareGathers(static_cast<Storage>(from), static_cast<Storage>(to), 19, rowSize, faulty, noise);
      }
    }
  }
}

// Sources that the nearer caches do not hold, whose rows are asked for.
void gathersFromFar(bool faulty) {
  Noise noise(5);
  for (const Storage from : {kStoreF32, kStoreU8, kStoreF64}) {
    for (const int64_t rowSize : {1, 17, 1000, 2500, 5000}) {
      const int64_t rows = 300 * 1024 / (rowSize * bytesOf(from));
      compareGathers(from, from == kStoreU8 ? kStoreF32 : from, rows, rowSize, faulty, noise);
    }
  }
}

template <typename T>
struct Scattered {
  Guarded<T> out;
  int64_t fault;
};

template <typename T>
Scattered<T> scatter(const KernelTable& table, ScatterAddArgs args, bool inPlace, Order order) {
  Scattered<T> result{Guarded<T>(args.outRows * args.rowSize, sizeof(T)), INT64_MAX};
  if (inPlace) {
    std::memcpy(result.out.data(), args.base, static_cast<size_t>(result.out.size()) * sizeof(T));
    args.base = result.out.data();
  }
  args.out = result.out.data();
  args.fault = &result.fault;
  CallPlan plan{};
  table.planScatterAdd(&args, &plan);
  runPlan(plan, order);
  check(result.out.intact(), std::string(table.name) + " wrote outside");
  return result;
}

template <typename T>
void scatters(Storage storage) {
  const KernelTable& reference = *kernelsNamed("reference");
  Noise noise(11);
  for (const int64_t rowSize : kRowSizes) {
    for (const int64_t count : {0, 1, 400}) {
      ScatterAddArgs args{};
      args.outRows = 37;
      args.count = count;
      args.rowSize = rowSize;
      args.storage = storage;
      Guarded<T> base(args.outRows * rowSize, sizeof(T)), update(count * rowSize, sizeof(T));
      for (int64_t i = 0; i < base.size(); ++i) base[i] = static_cast<T>(noise.real());
      for (int64_t i = 0; i < update.size(); ++i) update[i] = static_cast<T>(noise.real());
      std::vector<int32_t> index(static_cast<size_t>(count));
      for (int32_t& i : index) i = noise.below(5) * 9;
      if (count == 400) index[300] = 37, index[200] = -5;
      args.index = index.data();
      args.update = update.data();
      for (const bool based : {false, true}) {
        args.base = based ? base.data() : nullptr;
        const Scattered<T> expected = scatter<T>(reference, args, false, Order::whole);
        checkEqual(expected.fault, count == 400 ? int64_t{200} : INT64_MAX);
        for (const KernelTable* table : kernelTables(Which::all)) {
          for (const Order order : kOrders) {
            for (const bool inPlace : {false, based}) {
              const Scattered<T> actual = scatter<T>(*table, args, inPlace, order);
              check(actual.out == expected.out, std::string(table->name) + " rows of " + std::to_string(rowSize));
              checkEqual(actual.fault, expected.fault, table->name);
            }
          }
        }
      }
    }
  }
}

}  // namespace

Tests kernelGatherTests() {
  return {
      {"gather: every pair of storages", [] { gathers(false); }},
      {"gather: the first bad index", [] { gathers(true); }},
      {"gather: rows that are asked for", [] { gathersFromFar(false); }},
      {"gather: the first bad index among these", [] { gathersFromFar(true); }},
      {"scatter-add: f32", [] { scatters<float>(kStoreF32); }},
      {"scatter-add: f64", [] { scatters<double>(kStoreF64); }},
  };
}

}  // namespace slalom::test
