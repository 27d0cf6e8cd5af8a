// Sums and maxima of all elements, of rows and of columns; GB/s read.
#include <cmath>

#include "../rivals/rivals.h"
#include "../tile.h"
#include "suites.h"

namespace slalom::bench {

namespace {

struct Shape {
  const char* name;
  ReduceKind kind;
  int64_t rows, columns;
  bool overRows;  // one result a column; else one a row
};

constexpr Shape kShapes[] = {
    {"sum of all 4,096", kReduceSum, 1, 4096, false},          {"sum of all 65,536", kReduceSum, 1, 65536, false},
    {"sum of all 16,777,216", kReduceSum, 1, 16777216, false}, {"sum of rows 128x1000", kReduceSum, 128, 1000, false},
    {"sum of rows 2048x1024", kReduceSum, 2048, 1024, false},  {"max of rows 128x1000", kReduceMax, 128, 1000, false},
    {"sum of columns 16x16", kReduceSum, 16, 16, true},        {"sum of columns 128x512", kReduceSum, 128, 512, true},
    {"sum of columns 256x2048", kReduceSum, 256, 2048, true},
};

void measure(const Bench& bench, const Shape& s) {
  Memory memory;
  const int64_t count = s.rows * s.columns, kept = s.overRows ? s.columns : s.rows;
  float* const x = memory.take(count);
  // All of one sign: a sum near zero would compare nothing but roundings.
  for (int64_t i = 0; i < count; ++i) x[i] = std::fabs(x[i]);
  float *const ours = memory.take(kept), *const blas = memory.take(kept), *const dnn = memory.take(kept);
  Tile tile(bench.table(), {count});
  const int16_t reg = tile.dense(x);
  constexpr size_t kHeader = (sizeof(ReduceArgs) + 7) / 8 * 8;
  std::vector<uint64_t> bytes = tile.bytes(kHeader);
  auto* const args = reinterpret_cast<ReduceArgs*>(bytes.data());
  args->out = ours;
  args->outer = s.overRows ? 1 : s.rows;
  args->length = s.overRows ? s.rows : s.columns;
  args->inner = s.overRows ? s.columns : 1;
  args->kind = s.kind;
  args->storage = kStoreF32;
  args->lane = kLaneF32;
  args->reg = reg;
  args->prologue = static_cast<int32_t>(kHeader);
  CallPlan plan{};
  bench.table().planReduce(args, &plan);
  args->workspace = memory.take(static_cast<int64_t>(plan.workspace / sizeof(float)));
  const bool whole = s.rows == 1 && s.kind == kReduceSum;
  bench.measure({s.name,
                 Unit::gigabytes,
                 4.0 * static_cast<double>(count),
                 kept,
                 {runOf(plan), ours},
                 whole ? Contestant{openblasSum(count, x, blas), blas} : Contestant{},
                 {onednnReduce(s.kind == kReduceMax, s.overRows, s.rows, s.columns, x, dnn), dnn}});
}

}  // namespace

void reductions(const Bench& bench) {
  for (const Shape& s : kShapes) {
    if (bench.wants(s.name)) measure(bench, s);
  }
}

}  // namespace slalom::bench
