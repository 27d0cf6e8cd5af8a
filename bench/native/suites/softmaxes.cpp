// Softmax and its logarithm over rows, and softmax cross-entropy with its probabilities; Gelem/s.
#include "../rivals/rivals.h"
#include "suites.h"

namespace slalom::bench {

namespace {

struct Shape {
  const char* size;
  int64_t rows, columns;
};

constexpr Shape kShapes[] = {{"16x3", 16, 3},         {"128x10", 128, 10},       {"128x1000", 128, 1000},
                             {"2048x128", 2048, 128}, {"2048x1024", 2048, 1024}, {"32x32768", 32, 32768}};

void softmax(const Bench& bench, const Shape& s, SoftmaxKind kind) {
  const std::string title = std::string(kind == kSoftmax ? "softmax " : "logSoftmax ") + s.size;
  if (!bench.wants(title)) return;
  Memory memory;
  const int64_t count = s.rows * s.columns;
  const float* const x = memory.take(count);
  float *const ours = memory.take(count), *const theirs = memory.take(count);
  const SoftmaxArgs args{x, ours, s.rows, s.columns, kind, kStoreF32};
  CallPlan plan{};
  bench.table().planSoftmax(&args, &plan);
  bench.measure({title,
                 Unit::gigaelements,
                 static_cast<double>(count),
                 count,
                 {runOf(plan), ours},
                 {},
                 {onednnSoftmax(kind == kLogSoftmax, s.rows, s.columns, x, theirs), theirs}});
}

void crossEntropy(const Bench& bench, const Shape& s) {
  const std::string title = std::string("cross-entropy ") + s.size;
  if (!bench.wants(title)) return;
  Memory memory;
  const int64_t count = s.rows * s.columns;
  const float* const x = memory.take(count);
  float *const loss = memory.take(s.rows), *const probabilities = memory.take(count);
  std::vector<int32_t> labels(static_cast<size_t>(s.rows));
  for (size_t r = 0; r < labels.size(); ++r) labels[r] = static_cast<int32_t>(r % static_cast<size_t>(s.columns));
  int64_t fault = INT64_MAX;
  const CrossEntropyArgs args{x, labels.data(), loss, probabilities, &fault, s.rows, s.columns, INT64_MIN, kStoreF32};
  CallPlan plan{};
  bench.table().planCrossEntropy(&args, &plan);
  bench.measure({title, Unit::gigaelements, static_cast<double>(count), 0, {runOf(plan)}, {}, {}});
}

}  // namespace

void softmaxes(const Bench& bench) {
  for (const Shape& s : kShapes) softmax(bench, s, kSoftmax);
  for (const Shape& s : kShapes) softmax(bench, s, kLogSoftmax);
  for (const Shape& s : kShapes) crossEntropy(bench, s);
}

}  // namespace slalom::bench
