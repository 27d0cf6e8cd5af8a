// Statistics of columns and rows in two sets: against plain loops, whatever the threads and the parts.
#include <cmath>
#include <cstring>

#include "kernels_support.h"
#include "runtime/match_rows.h"
#include "runtime_models.h"
#include "suites.h"

namespace slalom::test {

namespace {

Array noise(const Type& type, uint64_t seed) {
  Noise random(seed);
  std::vector<uint8_t> bytes(static_cast<size_t>(type.bytes()));
  for (int64_t i = 0; i < type.shape.size(); ++i) {
    const float x = random.real() * (i % 3 == 0 ? 1000.0f : 1.0f);
    const double wide = x;
    const auto whole = static_cast<int32_t>(x);
    const auto small = static_cast<uint8_t>(whole & 1);
    uint8_t* at = bytes.data() + i * sizeOf(type.dtype);
    if (type.dtype == DType::f32) std::memcpy(at, &x, sizeof x);
    if (type.dtype == DType::f64) std::memcpy(at, &wide, sizeof wide);
    if (type.dtype == DType::i32) std::memcpy(at, &whole, sizeof whole);
    if (sizeOf(type.dtype) == 1) std::memcpy(at, &small, sizeof small);
  }
  return Array::from(bytes.data(), type);
}

double at(const Array& a, int64_t i) {
  const uint8_t* data = a.data() + i * sizeOf(a.type.dtype);
  float narrow;
  double wide;
  int32_t whole;
  switch (a.type.dtype) {
    case DType::f32:
      std::memcpy(&narrow, data, sizeof narrow);
      return narrow;
    case DType::f64:
      std::memcpy(&wide, data, sizeof wide);
      return wide;
    case DType::i32:
      std::memcpy(&whole, data, sizeof whole);
      return whole;
    default:
      return *data;
  }
}

void compare(const Array& a, const RowRange& range, const std::vector<ColumnStatistics>& found) {
  const int64_t width = a.type.shape.size() / a.type.shape[0];
  checkEqual(static_cast<int64_t>(found.size()), width);
  for (int64_t c = 0; c < width; ++c) {
    const ColumnStatistics& s = found[static_cast<size_t>(c)];
    long double sum = 0, squares = 0;
    double least = at(a, range.begin * width + c), greatest = least;
    for (int64_t r = range.begin; r < range.end; r += range.step) sum += at(a, r * width + c);
    const long double mean = sum / range.count();
    for (int64_t r = range.begin; r < range.end; r += range.step) {
      const double x = at(a, r * width + c);
      squares += (x - mean) * (x - mean);
      least = std::min(least, x);
      greatest = std::max(greatest, x);
    }
    const double size = std::fabs(least) + std::fabs(greatest) + 1, n = static_cast<double>(range.count());
    checkEqual(s.count, n);
    check(std::fabs(s.mean - static_cast<double>(mean)) <= 4 * 0x1p-53 * std::sqrt(n) * size, "mean");
    check(std::fabs(s.m2 - static_cast<double>(squares)) <= 4 * 0x1p-53 * std::sqrt(n) * n * size * size, "m2");
    check(s.least == least && s.greatest == greatest, "least and greatest");
  }
}

void columnsOfEveryDtype() {
  const auto pool = ThreadPool::shared();
  for (const DType dtype : {DType::f32, DType::f64, DType::i32, DType::u8, DType::boolean}) {
    for (const int64_t rows : {1, 2, 127, 128, 129, 1000}) {
      const Array a = noise({dtype, {rows, 5}}, static_cast<uint64_t>(rows));
      const RowRange all{0, rows, 1};
      compare(a, all, columnStatistics(a, all, {}, *pool));
      const RowRange some{rows / 3, rows, 3};
      compare(a, some, columnStatistics(a, some, {}, *pool));
    }
  }
}

void columnsInPartsAndThreads() {
  const auto pool = ThreadPool::shared();
  const Array a = noise({DType::f32, {3001, 4, 2}}, 7);
  const int before = threadCount();
  std::vector<std::vector<ColumnStatistics>> results;
  for (const int threads : {1, 2, 5}) {
    setThreadCount(threads);
    std::vector<ColumnStatistics> sums;
    for (int64_t begin = 0; begin < 3001; begin += 640) {
      sums = columnStatistics(a, {begin, std::min<int64_t>(begin + 640, 3001), 1}, std::move(sums), *pool);
    }
    compare(a, {0, 3001, 1}, sums);
    results.push_back(std::move(sums));
  }
  setThreadCount(before);
  for (const auto& result : results) {
    check(std::memcmp(result.data(), results[0].data(), result.size() * sizeof(ColumnStatistics)) == 0, "same bits");
  }
}

void columnsOfBadRanges() {
  const auto pool = ThreadPool::shared();
  const Array a = noise({DType::f32, {4, 3}}, 1);
  for (const RowRange& range : {RowRange{0, 5, 1}, RowRange{-1, 2, 1}, RowRange{2, 2, 1}, RowRange{0, 4, 0}}) {
    checkThrows([&] { columnStatistics(a, range, {}, *pool); }, "range of rows");
  }
  checkThrows([&] { columnStatistics(a, {0, 4, 1}, std::vector<ColumnStatistics>(2), *pool); },
              "of 3 columns, found 2");
  checkThrows([&] { columnStatistics(noise({DType::f32, {}}, 1), {0, 1, 1}, {}, *pool); }, "range of rows");
}

// Rows of 3 bytes with few values: many are equal, many hashes meet in one slot.
void rowsAgainstPlainLoops() {
  const auto pool = ThreadPool::shared();
  for (const int64_t width : {1, 3, 8, 13}) {
    const Array a = noise({DType::u8, {300, width}}, 11), b = noise({DType::u8, {70, width}}, 12);
    const auto equal = [&](const Array& x, int64_t i, const Array& y, int64_t j) {
      return std::memcmp(x.data() + i * width, y.data() + j * width, static_cast<size_t>(width)) == 0;
    };
    for (const int64_t step : {1, 7}) {
      RowMatches expected;
      for (int64_t i = 0; i < 300; i += step) {
        bool seen = false;
        for (int64_t j = 0; j < i && !seen; j += step) seen = equal(a, i, a, j);
        expected.repeated += seen;
      }
      for (int64_t i = 0; i < 70; i += 2) {
        for (int64_t j = 0; j < 300; j += step) {
          if (!equal(b, i, a, j)) continue;
          ++expected.matched;
          expected.pairs.push_back({i, j});
          break;
        }
      }
      const RowMatches found = matchRows(a, step, b, 2, 5, *pool);
      checkEqual(found.repeated, expected.repeated, "repeated");
      checkEqual(found.matched, expected.matched, "matched");
      checkEqual(found.pairs.size(), std::min<size_t>(5, expected.pairs.size()), "pairs");
      for (size_t i = 0; i < found.pairs.size(); ++i) {
        check(found.pairs[i].row == expected.pairs[i].row && found.pairs[i].in == expected.pairs[i].in, "pair");
      }
    }
  }
}

void rowsThatCannotBeCompared() {
  const auto pool = ThreadPool::shared();
  const Array a = noise({DType::f32, {4, 3}}, 1);
  checkThrows([&] { matchRows(a, 1, noise({DType::f32, {4, 2}}, 1), 1, 5, *pool); }, "cannot equal");
  checkThrows([&] { matchRows(a, 1, noise({DType::f64, {4, 3}}, 1), 1, 5, *pool); }, "cannot equal");
  checkThrows([&] { matchRows(a, 1, noise({DType::f32, {12}}, 1), 1, 5, *pool); }, "cannot equal");
  checkThrows([&] { matchRows(a, 0, a, 1, 5, *pool); }, "expected rows");
  checkThrows([&] { matchRows(noise({DType::f32, {0, 3}}, 1), 1, a, 1, 5, *pool); }, "expected rows");
}

}  // namespace

Tests examineTests() {
  return {
      {"examine: columns of every dtype", columnsOfEveryDtype},
      {"examine: columns in parts, on threads", columnsInPartsAndThreads},
      {"examine: columns of bad ranges", columnsOfBadRanges},
      {"examine: equal rows", rowsAgainstPlainLoops},
      {"examine: rows that cannot be compared", rowsThatCannotBeCompared},
  };
}

}  // namespace slalom::test
