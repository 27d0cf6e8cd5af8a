// Softmax, log-softmax and cross-entropy against the reference, which computes in double.
#include <cmath>
#include <limits>

#include "kernels_support.h"
#include "suites.h"

namespace slalom::test {

namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr int64_t kCols[] = {1,  2,  3,  4,  7,  8,  9,   10,  15,  16,  17,   31,
                             32, 33, 47, 63, 64, 65, 100, 255, 256, 257, 1000, 5000};
constexpr int64_t kRows[] = {1, 2, 3, 7, 8, 9, 16, 17, 33};
constexpr double kEps = 0x1p-24;

// The exponent rounds to half a unit of (x - top) log2(e), which exp makes relative; then exp (1.1 units of
// 2 eps), a sum whose lanes add cols / 16 + 4 terms, a reciprocal and a product. The quarter of a unit that
// log2(e) itself is off stays within these.
double relativeOf(int64_t cols, double shifted) {
  return kEps * (std::fabs(shifted) + 2 * 1.1 + (static_cast<double>(cols) / 16 + 4) + 2 * 1.1 + 1 + 1);
}
// log doubles nothing: the sum's relative error is absolute in its log, and so are x - top's and log's own.
double absoluteOf(int64_t cols, double shifted, double log) {
  return relativeOf(cols, 0) + kEps * (2 * std::fabs(shifted) + 4 * std::fabs(log) + std::fabs(shifted - log));
}

Guarded<float> logits(int64_t rows, int64_t cols, float scale, int64_t offset) {
  Noise noise(static_cast<uint64_t>(rows * 10007 + cols));
  Guarded<float> x(rows * cols, offset);
  for (int64_t i = 0; i < x.size(); ++i) x[i] = noise.real() * scale;
  return x;
}

Guarded<float> softmax(const KernelTable& table, Guarded<float>& x, int64_t rows, int64_t cols, SoftmaxKind kind,
                       Order order = Order::whole, int64_t offset = 4) {
  Guarded<float> y(rows * cols, offset);
  SoftmaxArgs args{x.data(), y.data(), rows, cols, kind, kStoreF32};
  CallPlan plan{};
  table.planSoftmax(&args, &plan);
  runPlan(plan, order);
  check(y.intact(), std::string(table.name) + " wrote outside");
  return y;
}

bool near(float actual, double expected, double tolerance) {
  if (std::isnan(expected)) return std::isnan(actual);
  if (std::isinf(expected)) return static_cast<double>(actual) == expected;
  return std::fabs(static_cast<double>(actual) - expected) <= tolerance + 0x1p-126;
}

struct Row {
  double top = -HUGE_VAL, sum = 0;
};

Row rowOf(const float* x, int64_t cols) {
  Row row;
  for (int64_t i = 0; i < cols; ++i) row.top = std::fmax(row.top, static_cast<double>(x[i]));
  for (int64_t i = 0; i < cols; ++i) row.sum += std::exp(static_cast<double>(x[i]) - row.top);
  return row;
}

// Of both kinds; of long rows two elements of each.
void checkClose(const KernelTable& table, Guarded<float>& x, int64_t rows, int64_t cols) {
  Guarded<float> p = softmax(table, x, rows, cols, kSoftmax), l = softmax(table, x, rows, cols, kLogSoftmax);
  bool good = true;
  for (int64_t i = 0; i < rows * cols; ++i) {
    const Row row = rowOf(x.data() + i / cols * cols, cols);
    const double shifted = static_cast<double>(x[i]) - row.top, log = std::log(row.sum);
    const double expected = std::exp(shifted) / row.sum;
    good = good && near(p[i], expected, relativeOf(cols, shifted) * expected);
    good = good && near(l[i], shifted - log, absoluteOf(cols, shifted, log));
    if (i % cols == 0 && rows * cols > 20000) i += cols - 2;
  }
  check(good, std::string(table.name) + " " + std::to_string(rows) + " x " + std::to_string(cols));
}

void closeToDouble() {
  for (const KernelTable* table : kernelTables(Which::all)) {
    for (const int64_t cols : kCols) {
      for (const int64_t rows : kRows) {
        for (const float scale : {1.0f, 30.0f}) {
          Guarded<float> x = logits(rows, cols, scale, 8);
          checkClose(*table, x, rows, cols);
        }
      }
    }
  }
}

// Rows about numbers so large that few bits are left, beside others.
void farFromZero() {
  constexpr float kMiddles[] = {0, 1e4f, -1e6f, 1048560, 1048576, -2e7f, 3, 1e30f, -1e38f, 1e6f};
  for (const KernelTable* table : kernelTables(Which::all)) {
    for (const int64_t cols : kCols) {
      Guarded<float> x = logits(20, cols, 30, 8);
      for (int64_t i = 0; i < x.size(); ++i) x[i] += kMiddles[i / cols % 10];
      checkClose(*table, x, 20, cols);
    }
  }
}

// A row alone, in any batch, in any order of tiles, at any address: the same bits.
void rowsAlone() {
  for (const KernelTable* table : kernelTables(Which::all)) {
    for (const int64_t cols : kCols) {
      const int64_t rows = 37;
      Guarded<float> x = logits(rows, cols, 4, 4);
      for (const SoftmaxKind kind : {kSoftmax, kLogSoftmax}) {
        Guarded<float> all = softmax(*table, x, rows, cols, kind);
        for (const Order order : kOrders) check(softmax(*table, x, rows, cols, kind, order, 20) == all, table->name);
        for (int64_t r = 0; r < rows; r += 5) {
          Guarded<float> one(cols, 12);
          std::memcpy(one.data(), x.data() + r * cols, static_cast<size_t>(cols) * 4);
          Guarded<float> alone = softmax(*table, one, 1, cols, kind);
          check(std::memcmp(alone.data(), all.data() + r * cols, static_cast<size_t>(cols) * 4) == 0, table->name);
        }
        Guarded<float> copy = x;
        SoftmaxArgs args{x.data(), x.data(), rows, cols, kind, kStoreF32};
        CallPlan plan{};
        table->planSoftmax(&args, &plan);
        runPlan(plan);
        check(std::memcmp(x.data(), all.data(), static_cast<size_t>(rows * cols) * 4) == 0,
              std::string(table->name) + " in place");
        x = logits(rows, cols, 4, 4);
      }
    }
  }
}

// NaN and +Inf spoil their row, -Inf has no weight, a row of -Inf is NaN; neighbours do not notice.
void specials() {
  for (const KernelTable* table : kernelTables(Which::all)) {
    for (const int64_t cols : {3, 10, 17, 40, 100}) {
      for (int64_t at = 0; at < cols; ++at) {
        const int64_t rows = 5;
        Guarded<float> x = logits(rows, cols, 1, 4);
        x[cols + at] = std::numeric_limits<float>::quiet_NaN();
        x[2 * cols + at] = kInf;
        x[3 * cols + at] = -kInf;
        for (int64_t i = 0; i < cols; ++i) x[4 * cols + i] = -kInf;
        Guarded<float> p = softmax(*table, x, rows, cols, kSoftmax), l = softmax(*table, x, rows, cols, kLogSoftmax);
        for (int64_t i = 0; i < cols; ++i) {
          check(p[i] > 0 && p[i] <= 1 && l[i] <= 0, table->name);
          check(std::isnan(p[cols + i]) && std::isnan(l[cols + i]), std::string(table->name) + " NaN");
          check(std::isnan(p[2 * cols + i]) && std::isnan(l[2 * cols + i]), std::string(table->name) + " Inf");
          check(i == at ? p[3 * cols + i] == 0 && l[3 * cols + i] == -kInf : p[3 * cols + i] > 0,
                std::string(table->name) + " -Inf");
          check(std::isnan(p[4 * cols + i]), std::string(table->name) + " all -Inf");
        }
      }
    }
  }
}

struct Losses {
  Guarded<float> loss, probs;
  int64_t fault = INT64_MAX;
};

Losses crossEntropy(const KernelTable& table, Guarded<float>& x, const std::vector<int32_t>& labels, int64_t cols,
                    int64_t ignore, bool wantProbs, Order order) {
  const auto rows = static_cast<int64_t>(labels.size());
  Losses result{Guarded<float>(rows, 4), Guarded<float>(wantProbs ? rows * cols : 0, 4)};
  CrossEntropyArgs args{};
  args.x = x.data();
  args.labels = labels.data();
  args.loss = result.loss.data();
  args.probs = wantProbs ? result.probs.data() : nullptr;
  args.fault = &result.fault;
  args.rows = rows;
  args.cols = cols;
  args.ignoreIndex = ignore;
  args.storage = kStoreF32;
  CallPlan plan{};
  table.planCrossEntropy(&args, &plan);
  runPlan(plan, order);
  check(result.loss.intact() && result.probs.intact(), std::string(table.name) + " wrote outside");
  return result;
}

void crossEntropies() {
  Noise noise(5);
  for (const KernelTable* table : kernelTables(Which::all)) {
    for (const int64_t cols : kCols) {
      for (const int64_t rows : kRows) {
        Guarded<float> x = logits(rows, cols, 4, 4);
        std::vector<int32_t> labels(static_cast<size_t>(rows));
        for (int32_t& label : labels) label = noise.below(static_cast<int32_t>(cols));
        if (rows > 8) labels[2] = -100, labels[7] = static_cast<int32_t>(cols), labels[5] = -1;
        const std::string what = std::string(table->name) + " " + std::to_string(rows) + " x " + std::to_string(cols);
        Guarded<float> p = softmax(*table, x, rows, cols, kSoftmax);
        for (const Order order : kOrders) {
          Losses a = crossEntropy(*table, x, labels, cols, -100, true, order);
          Losses b = crossEntropy(*table, x, labels, cols, -100, false, order);
          check(a.loss == b.loss, what + ": losses with and without probabilities");
          check(a.probs == p, what + ": probabilities are softmax");
          checkEqual(a.fault, rows > 8 ? int64_t{5} : INT64_MAX, what);
          for (int64_t r = 0; r < rows; ++r) {
            const int64_t label = labels[static_cast<size_t>(r)];
            if (label < 0 || label >= cols) {
              check(a.loss[r] == 0, what + ": loss without a label");
              continue;
            }
            Guarded<float> one(cols, 4);
            std::memcpy(one.data(), x.data() + r * cols, static_cast<size_t>(cols) * 4);
            Losses alone = crossEntropy(*table, one, {labels[static_cast<size_t>(r)]}, cols, -100, true, order);
            check(alone.loss[0] == a.loss[r], what + ": a row alone");
            const Row row = rowOf(x.data() + r * cols, cols);
            const double shifted = static_cast<double>(x[r * cols + label]) - row.top, log = std::log(row.sum);
            check(near(a.loss[r], log - shifted, absoluteOf(cols, shifted, log)), what + ": loss");
          }
        }
      }
    }
  }
}

// Exponents half-way between two whole numbers, where not all variants round to the same one.
void halfWay() {
  constexpr int64_t kHalves = 120, kNear = 7;
  Guarded<float> x(1 + kHalves * kNear);
  x[0] = 0;
  for (int64_t half = 0; half < kHalves; ++half) {
    float value = static_cast<float>(-(static_cast<double>(half) + 0.5) * std::log(2.0));
    for (int i = 0; i < kNear / 2; ++i) value = std::nextafter(value, 0.0f);
    for (int64_t i = 0; i < kNear; ++i, value = std::nextafter(value, -1e9f)) x[1 + half * kNear + i] = value;
  }
  std::string first;
  for (const KernelTable* table : kernelTables(Which::sameBits)) {
    Guarded<float> p = softmax(*table, x, 1, x.size(), kSoftmax);
    const std::string hash = hex(hashOf(p.data(), p.size()));
    if (first.empty()) first = hash;
    checkEqual(hash, first, table->name);
  }
}

void recordedBits() {
  for (const KernelTable* table : kernelTables(Which::sameBits)) {
    std::string all;
    for (const int64_t cols : kCols) {
      Guarded<float> x = logits(19, cols, 8, 0);
      const std::vector<int32_t> labels(19, 0);
      Guarded<float> p = softmax(*table, x, 19, cols, kSoftmax), l = softmax(*table, x, 19, cols, kLogSoftmax);
      Losses c = crossEntropy(*table, x, labels, cols, INT64_MIN, false, Order::whole);
      all +=
          hex(hashOf(p.data(), p.size())) + hex(hashOf(l.data(), l.size())) + hex(hashOf(c.loss.data(), c.loss.size()));
    }
    std::vector<float> text(all.begin(), all.end());
    const std::string hash = hex(hashOf(text.data(), static_cast<int64_t>(text.size())));
    checkEqual(hash, std::string("8f282d5749f50083"), std::string(table->name) + " " + hash);
  }
}

}  // namespace

Tests kernelSoftmaxTests() {
  return {
      {"softmax: close to double", closeToDouble},
      {"softmax: far from zero", farFromZero},
      {"softmax: a row alone, in any order, in place", rowsAlone},
      {"softmax: specials", specials},
      {"softmax: cross-entropy", crossEntropies},
      {"softmax: exponents half-way", halfWay},
      {"softmax: recorded bits", recordedBits},
  };
}

}  // namespace slalom::test
