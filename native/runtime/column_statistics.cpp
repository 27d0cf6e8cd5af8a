#include "column_statistics.h"

#include <algorithm>

#include "../ir/error.h"

namespace slalom {

namespace {

constexpr int64_t kBlockRows = 128;  // that two passes find in a cache
constexpr int64_t kColumns = 128;

struct ScanArgs {
  const uint8_t* data;
  DType dtype;
  int64_t width;
  RowRange range;
  ColumnStatistics* blocks;  // [blocks, width]
};

// A block's columns [first, first + count), a lane each: loops that a compiler can make vectors of.
template <typename T>
void scanColumns(const ScanArgs& a, int64_t block, int64_t first, int64_t count) {
  const int64_t top = block * kBlockRows, rows = std::min(kBlockRows, a.range.count() - top);
  const T* data = reinterpret_cast<const T*>(a.data) + (a.range.begin + top * a.range.step) * a.width + first;
  const int64_t step = a.range.step * a.width;
  double mean[kColumns] = {}, m2[kColumns] = {};
  T least[kColumns], greatest[kColumns];
  std::copy_n(data, count, least);
  std::copy_n(data, count, greatest);
  for (int64_t r = 0; r < rows; ++r) {
    const T* x = data + r * step;
    for (int64_t c = 0; c < count; ++c) mean[c] += static_cast<double>(x[c]);
    for (int64_t c = 0; c < count; ++c) least[c] = x[c] < least[c] ? x[c] : least[c];
    for (int64_t c = 0; c < count; ++c) greatest[c] = x[c] > greatest[c] ? x[c] : greatest[c];
  }
  for (int64_t c = 0; c < count; ++c) mean[c] /= static_cast<double>(rows);
  for (int64_t r = 0; r < rows; ++r) {
    const T* x = data + r * step;
    for (int64_t c = 0; c < count; ++c) {
      const double difference = static_cast<double>(x[c]) - mean[c];
      m2[c] += difference * difference;
    }
  }
  ColumnStatistics* out = a.blocks + block * a.width + first;
  for (int64_t c = 0; c < count; ++c) {
    out[c] = {static_cast<double>(rows), mean[c], m2[c], static_cast<double>(least[c]),
              static_cast<double>(greatest[c])};
  }
}

template <typename T>
void scanBlock(const ScanArgs& a, int64_t block) {
  for (int64_t c = 0; c < a.width; c += kColumns) scanColumns<T>(a, block, c, std::min(kColumns, a.width - c));
}

void scanBlocks(const void* args, int64_t begin, int64_t end, void*) {
  const auto& a = *static_cast<const ScanArgs*>(args);
  for (int64_t block = begin; block < end; ++block) {
    switch (a.dtype) {
      case DType::f32:
        scanBlock<float>(a, block);
        break;
      case DType::f64:
        scanBlock<double>(a, block);
        break;
      case DType::i32:
        scanBlock<int32_t>(a, block);
        break;
      default:
        scanBlock<uint8_t>(a, block);
    }
  }
}

}  // namespace

void ColumnStatistics::add(const ColumnStatistics& other) {
  if (other.count == 0) return;
  if (count == 0) {
    *this = other;
    return;
  }
  const double all = count + other.count, difference = other.mean - mean;
  m2 += other.m2 + difference * difference * (count * other.count / all);
  mean += difference * (other.count / all);
  count = all;
  least = std::min(least, other.least);
  greatest = std::max(greatest, other.greatest);
}

std::vector<ColumnStatistics> columnStatistics(const Array& rows, const RowRange& range,
                                               std::vector<ColumnStatistics> before, ThreadPool& pool) {
  const Shape& shape = rows.type.shape;
  if (shape.rank() == 0 || range.begin < 0 || range.end > shape[0] || range.begin >= range.end || range.step < 1) {
    throw Error::value("expected a range of rows inside " + rows.type.toString());
  }
  const int64_t width = shape.size() / shape[0];
  if (before.empty()) before.resize(static_cast<size_t>(width));
  if (static_cast<int64_t>(before.size()) != width) {
    throw Error::value("expected statistics of " + std::to_string(width) + " columns, found " +
                       std::to_string(before.size()));
  }
  const int64_t blocks = (range.count() + kBlockRows - 1) / kBlockRows;
  std::vector<ColumnStatistics> parts(static_cast<size_t>(blocks * width));
  const ScanArgs args{rows.data(), rows.type.dtype, width, range, parts.data()};
  pool.run(scanBlocks, &args, blocks, nullptr, 0, threadCount());
  for (size_t i = 0; i < parts.size(); ++i) before[i % static_cast<size_t>(width)].add(parts[i]);
  return before;
}

}  // namespace slalom
