// Memory, the order of rows, variables, initial values.
#include <algorithm>
#include <cmath>
#include <set>

#include "ir/error.h"
#include "runtime/batches.h"
#include "runtime/random.h"
#include "runtime/variable.h"
#include "suites.h"

namespace slalom::test {

namespace {

std::vector<int32_t> ordered(uint64_t seed, uint64_t epoch, size_t rows) {
  std::vector<int32_t> order(rows);
  permute(seed, epoch, order);
  return order;
}

void permutesEveryRow() {
  for (const size_t rows : {size_t{1}, size_t{2}, size_t{3}, size_t{17}, size_t{1000}}) {
    std::vector<int32_t> order = ordered(7, 0, rows);
    std::sort(order.begin(), order.end());
    for (size_t i = 0; i < rows; ++i) checkEqual(order[i], static_cast<int32_t>(i));
  }
  check(ordered(7, 0, 100) == ordered(7, 0, 100), "the same for the same seed and epoch");
  check(ordered(7, 0, 100) != ordered(7, 1, 100), "another for another epoch");
  check(ordered(7, 0, 100) != ordered(8, 0, 100), "another for another seed");
}

// All 24 orders of four rows, about equally often: chi-squared with 23 degrees of freedom, 0.9999 quantile.
void everyOrderIsAsLikely() {
  constexpr int kDraws = 24 * 500;
  std::vector<double> counts;
  std::vector<std::vector<int32_t>> known;
  for (int epoch = 0; epoch < kDraws; ++epoch) {
    const std::vector<int32_t> order = ordered(1, static_cast<uint64_t>(epoch), 4);
    const auto at = std::find(known.begin(), known.end(), order);
    if (at == known.end()) {
      known.push_back(order);
      counts.push_back(1);
    } else {
      ++counts[static_cast<size_t>(at - known.begin())];
    }
  }
  checkEqual(known.size(), size_t{24});
  double statistic = 0;
  for (double count : counts) statistic += (count - 500) * (count - 500) / 500;
  check(statistic < 55, std::to_string(statistic));
}

void batchesCoverTheRows() {
  const Batches all({10, 4, false, 0, false});
  checkEqual(all.perEpoch(), int64_t{3});
  checkEqual(all.rowsOf(2), int64_t{2});
  const Batches whole({10, 4, true, 0, true});
  checkEqual(whole.perEpoch(), int64_t{2});
  checkThrows([] { Batches({0, 4, false, 0, false}); }, "rows");
  checkThrows([] { Batches({4, 0, false, 0, false}); }, "batchSize");
  checkThrows([] { Batches({3, 4, false, 0, true}); }, "dropLast");
}

void blocksAreCounted() {
  const int64_t before = liveBytes();
  {
    const auto block = Block::make(1000);
    check(liveBytes() >= before + 1000);
    check(reinterpret_cast<uintptr_t>(block->data()) % 64 == 0, "aligned");
    check(std::all_of(block->data(), block->data() + 1000, [](uint8_t x) { return x == 0; }), "zeroed");
  }
  checkEqual(liveBytes(), before);
  checkThrows([] { Block::make(int64_t{1} << 60); }, "memory");
}

void borrowedMemoryIsSomebodyElses() {
  const int64_t before = liveBytes();
  std::vector<uint8_t> memory(100, 7);
  const auto owner = std::make_shared<int>(0);
  {
    const auto block = Block::borrow(memory.data(), 100, owner);
    checkEqual(liveBytes(), before, "not counted");
    check(block->data() == memory.data() && !block->isOurs());
    checkEqual(owner.use_count(), 2L, "kept alive");
  }
  checkEqual(owner.use_count(), 1L, "and let go");
}

void copiesAreApart() {
  const Array first = Array::make({DType::f32, {4}}), second = first.copy();
  first.data()[0] = 1;
  checkEqual(second.data()[0], uint8_t{0});
  checkEqual(Array::make({DType::f32, {0, 3}}).copy().type.bytes(), int64_t{0}, "also of nothing");
}

void variablesCheckTypes() {
  Variable v(Array::make({DType::f32, {2, 3}}));
  checkThrows([&] { v.write(Array::make({DType::f32, {3, 2}})); }, "");
  checkThrows([&] { v.write(Array::make({DType::i32, {2, 3}})); }, "");
  check(v.lease() && !v.lease(), "one lease at a time");
  v.release();
  check(v.lease());
}

void drawsAreByKey() {
  const KernelTable& kernels = *selectedKernels();
  const Type type{DType::f32, {1000}};
  const auto values = [&](Draw kind, uint64_t key) {
    const Array array = draw(kind, key, type, 0, 1, kernels);
    const auto* data = reinterpret_cast<const float*>(array.data());
    return std::vector<float>(data, data + 1000);
  };
  for (const Draw kind : {Draw::uniform, Draw::normal, Draw::truncatedNormal}) {
    check(values(kind, 5) == values(kind, 5));
    check(values(kind, 5) != values(kind, 6));
  }
  for (float x : values(Draw::uniform, 1)) check(x >= 0 && x < 1);
  for (float x : values(Draw::truncatedNormal, 1)) check(std::abs(x) <= 2);
  checkThrows([&] { draw(Draw::uniform, 1, {DType::i32, {3}}, 0, 1, kernels); }, "");
  checkThrows([&] { draw(Draw::uniform, 1, type, 0, INFINITY, kernels); }, "");
  check(hash64(1, "a.b", 0) != hash64(1, "a.b", 1) && hash64(1, "a", 0) != hash64(2, "a", 0));
}

// Mean and deviation of many draws, within six standard errors.
void drawsHaveTheirMoments() {
  constexpr int64_t kCount = 200000;
  struct Case {
    Draw kind;
    double low, high, mean, deviation;
  };
  // A normal value within two deviations has the deviation 0.879626 (its density at 2 over its mass).
  const Case cases[] = {{Draw::uniform, -1, 3, 1, 4 / std::sqrt(12.0)},
                        {Draw::normal, 5, 2, 5, 2},
                        {Draw::truncatedNormal, 1, 0.5, 1, 0.5 * 0.879626}};
  for (const Case& c : cases) {
    for (const DType dtype : {DType::f32, DType::f64}) {
      const Array array = draw(c.kind, 11, {dtype, {kCount}}, c.low, c.high, *selectedKernels());
      double sum = 0, squares = 0;
      for (int64_t i = 0; i < kCount; ++i) {
        const double x = dtype == DType::f32 ? static_cast<double>(reinterpret_cast<const float*>(array.data())[i])
                                             : reinterpret_cast<const double*>(array.data())[i];
        sum += x - c.mean;
        squares += (x - c.mean) * (x - c.mean);
      }
      const double error = c.deviation / std::sqrt(static_cast<double>(kCount));
      check(std::abs(sum / kCount) < 6 * error, std::to_string(sum / kCount));
      check(std::abs(std::sqrt(squares / kCount) - c.deviation) < 6 * error, std::to_string(squares / kCount));
    }
  }
}

double dot(const Array& q, bool columns, int64_t i, int64_t j) {
  const auto* data = reinterpret_cast<const float*>(q.data());
  const int64_t rows = q.type.shape[0], cols = q.type.shape[1], length = columns ? rows : cols;
  double sum = 0;
  for (int64_t p = 0; p < length; ++p) {
    const float a = columns ? data[p * cols + i] : data[i * cols + p];
    const float b = columns ? data[p * cols + j] : data[j * cols + p];
    sum += static_cast<double>(a) * b;
  }
  return sum;
}

void orthogonalIsOrthogonal() {
  for (const Shape& shape : {Shape{7, 7}, Shape{12, 5}, Shape{5, 12}, Shape{1, 4}}) {
    const Array q = orthogonal(3, {DType::f32, shape}, 2, *selectedKernels());
    const bool columns = shape[0] >= shape[1];
    const int64_t count = std::min(shape[0], shape[1]);
    for (int64_t i = 0; i < count; ++i) {
      for (int64_t j = 0; j < count; ++j) {
        check(std::abs(dot(q, columns, i, j) - (i == j ? 4 : 0)) < 1e-5, shape.toString());
      }
    }
  }
}

void orthogonalEdges() {
  const KernelTable& kernels = *selectedKernels();
  const auto bytes = [&](const Shape& shape) {
    const Array q = orthogonal(3, {DType::f32, shape}, 1, kernels);
    return std::vector<uint8_t>(q.data(), q.data() + q.type.bytes());
  };
  check(bytes({2, 3, 4}) == bytes({6, 4}), "leading axes count as rows");
  check(bytes({0, 4}).empty());
  checkThrows([&] { orthogonal(3, {DType::f32, {4}}, 1, kernels); }, "two axes");
  checkThrows([&] { orthogonal(3, {DType::i32, {4, 4}}, 1, kernels); }, "f32 or f64");
  checkThrows([&] { orthogonal(3, {DType::f32, {4, 4}}, NAN, kernels); }, "finite");
}

}  // namespace

Tests dataTests() {
  return {{"rows: every one in an order", permutesEveryRow},
          {"rows: every order is as likely", everyOrderIsAsLikely},
          {"rows: batches cover them", batchesCoverTheRows},
          {"memory: blocks are counted", blocksAreCounted},
          {"memory: borrowed is somebody else's", borrowedMemoryIsSomebodyElses},
          {"memory: copies are apart", copiesAreApart},
          {"variables: check types", variablesCheckTypes},
          {"draws: by key", drawsAreByKey},
          {"draws: have their moments", drawsHaveTheirMoments},
          {"draws: orthogonal", orthogonalIsOrthogonal},
          {"draws: orthogonal edges", orthogonalEdges}};
}

}  // namespace slalom::test
