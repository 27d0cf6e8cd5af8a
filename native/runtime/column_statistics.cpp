#include "column_statistics.h"

#include <algorithm>

#include "../ir/error.h"

namespace slalom {

namespace {

constexpr int64_t kBlockRows = 128;  // that two passes find in a cache

struct ScanArgs {
  const uint8_t* data;
  DType dtype;
  int64_t width;
  RowRange range;
  ColumnStatistics* blocks;  // [blocks, width]
};

template <typename T>
void scanBlock(const ScanArgs& a, int64_t block) {
  const int64_t first = block * kBlockRows, rows = std::min(kBlockRows, a.range.count() - first);
  ColumnStatistics* out = a.blocks + block * a.width;
  const auto row = [&](int64_t r) {
    return reinterpret_cast<const T*>(a.data) + (a.range.begin + (first + r) * a.range.step) * a.width;
  };
  for (int64_t r = 0; r < rows; ++r) {
    const T* x = row(r);
    for (int64_t c = 0; c < a.width; ++c) {
      const auto value = static_cast<double>(x[c]);
      ColumnStatistics& s = out[c];
      s.mean += value;
      s.least = r == 0 || value < s.least ? value : s.least;
      s.greatest = r == 0 || value > s.greatest ? value : s.greatest;
    }
  }
  for (int64_t c = 0; c < a.width; ++c) {
    out[c].count = static_cast<double>(rows);
    out[c].mean /= static_cast<double>(rows);
  }
  for (int64_t r = 0; r < rows; ++r) {
    const T* x = row(r);
    for (int64_t c = 0; c < a.width; ++c) {
      const double difference = static_cast<double>(x[c]) - out[c].mean;
      out[c].m2 += difference * difference;
    }
  }
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
