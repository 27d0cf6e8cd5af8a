#include <algorithm>
#include <cmath>
#include <cstdio>

#include "../bench.h"
#include "../peak.h"

namespace slalom::bench {

namespace {

constexpr int kRounds = 41;
constexpr double kSampleSeconds = 3e-4;  // at least, of one sample
constexpr double kTolerance = 1e-3;      // of the greatest number among the results

double quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  return values[static_cast<size_t>(q * static_cast<double>(values.size() - 1))];
}

double secondsOf(const Run& run, int64_t repeats) {
  const double start = now();
  run(repeats);
  return (now() - start) / static_cast<double>(repeats);
}

int64_t repeatsFor(const Run& run) {
  int64_t repeats = 1;
  for (;;) {
    const double took = secondsOf(run, repeats) * static_cast<double>(repeats);
    if (took >= kSampleSeconds) return repeats;
    repeats = std::max(repeats * 2,
                       static_cast<int64_t>(static_cast<double>(repeats) * 1.2 * kSampleSeconds / (took + 1e-9)));
  }
}

bool agree(const Contestant& a, const Contestant& b, int64_t count) {
  if (!a.result || !b.result) return true;
  double most = 0, difference = 0;
  for (int64_t i = 0; i < count; ++i) {
    most = std::max(most, std::fabs(static_cast<double>(a.result[i])));
    difference = std::max(difference, std::fabs(static_cast<double>(a.result[i]) - static_cast<double>(b.result[i])));
  }
  return difference <= kTolerance * most;
}

struct Series {
  const Contestant* contestant;
  const char* name;
  int64_t repeats = 0;
  std::vector<double> seconds, peaks;
};

// How many times as fast Slalom is: neighbouring samples only. 0: there are none of the other.
double ratio(const Series& ours, const Series& theirs) {
  if (theirs.seconds.empty()) return 0;
  std::vector<double> ratios;
  for (size_t i = 0; i < ours.seconds.size(); ++i) ratios.push_back(theirs.seconds[i] / ours.seconds[i]);
  return quantile(ratios, 0.5);
}

std::string printed(double ratio) {
  if (ratio == 0) return "–";
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", ratio);
  return text;
}

void print(const Case& c, const Series& ours, const Series& openblas, const Series& onednn) {
  static const char* const kUnits[] = {"GFLOP/s", "GB/s", "Gelem/s"};
  const double took = quantile(ours.seconds, 0.5);
  char share[32] = "–", best[32] = "–";
  if (c.unit == Unit::gflops) {
    std::vector<double> shares;
    for (size_t i = 0; i < ours.seconds.size(); ++i) shares.push_back(c.work / ours.seconds[i] / 1e9 / ours.peaks[i]);
    std::snprintf(share, sizeof share, "%.1f %%", 100 * quantile(shares, 0.5));
    std::snprintf(best, sizeof best, "%.1f %%", 100 * quantile(shares, 0.9));
  }
  std::printf("| %-34s | %11.3f | %8.2f %-7s | %8s | %8s | %8s | %8s |\n", c.name.c_str(), took * 1e6,
              c.work / took / 1e9, kUnits[static_cast<int>(c.unit)], share, best,
              printed(ratio(ours, openblas)).c_str(), printed(ratio(ours, onednn)).c_str());
  std::fflush(stdout);
}

}  // namespace

Run runOf(const CallPlan& plan) {
  size_t scratch = 0;
  for (int i = 0; i < plan.count; ++i) scratch = std::max(scratch, plan.calls[i].scratch);
  // Shared by the copies of the function.
  const auto memory = Block::raw(static_cast<int64_t>(scratch));
  return repeat([plan, memory] {
    for (int i = 0; i < plan.count; ++i) plan.calls[i].run(plan.calls[i].args, 0, plan.calls[i].tiles, memory->data());
  });
}

float* Memory::take(int64_t count) {
  constexpr int64_t kPage = 1024, kStagger = 272;  // floats
  arrays_.push_back(Block::raw((count + 2 * kPage) * static_cast<int64_t>(sizeof(float))));
  float* const array = reinterpret_cast<float*>(arrays_.back()->data());
  const auto toPage = static_cast<int64_t>((4096 - reinterpret_cast<uintptr_t>(array) % 4096) % 4096 / sizeof(float));
  float* const start = array + toPage + static_cast<int64_t>(arrays_.size()) * kStagger % kPage;
  uint32_t state = static_cast<uint32_t>(arrays_.size());
  for (int64_t i = 0; i < count; ++i) {
    state = state * 1664525u + 1013904223u;
    start[i] = static_cast<float>(static_cast<int32_t>(state)) * 0x1p-31f;
  }
  return start;
}

Bench::Bench(const KernelTable& table, std::string part)
    : table_(table), part_(std::move(part)), wide_(table.name == std::string("avx512")) {
  std::printf("| %-34s | %11s | %16s | %8s | %8s | %8s | %8s |\n", "kernel", "µs", "rate", "of peak", "p90",
              "OpenBLAS ×", "oneDNN ×");
  std::printf("|---|---:|---:|---:|---:|---:|---:|\n");
}

double Bench::measure(const Case& c) const {
  Series ours{&c.slalom, "slalom", 0, {}, {}}, openblas{&c.openblas, "OpenBLAS", 0, {}, {}},
      onednn{&c.onednn, "oneDNN", 0, {}, {}};
  std::vector<Series*> all;
  for (Series* s : {&ours, &openblas, &onednn}) {
    if (!s->contestant->run) continue;
    s->contestant->run(1);
    if (!agree(c.slalom, *s->contestant, c.results)) {
      std::printf("| %-34s | results differ from those of %s: not timed |\n", c.name.c_str(), s->name);
      return 0;
    }
    all.push_back(s);
  }
  double round = 0;
  for (Series* s : all) {
    s->repeats = repeatsFor(s->contestant->run);
    round += 2 * secondsOf(s->contestant->run, s->repeats) * static_cast<double>(s->repeats);
  }
  const int rounds = std::max(5, std::min(kRounds, static_cast<int>(c.patience / round)));
  for (int i = 0; i < rounds; ++i) {
    for (Series* s : all) {
      const double last = s->seconds.empty() ? kSampleSeconds : s->seconds.back() * static_cast<double>(s->repeats);
      const double milliseconds = 1e3 * std::min(last, 2e-3) / 2;
      const double before = peak(milliseconds, wide_);
      s->seconds.push_back(secondsOf(s->contestant->run, s->repeats));
      s->peaks.push_back((before + peak(milliseconds, wide_)) / 2);
    }
  }
  print(c, ours, openblas, onednn);
  const double blas = ratio(ours, openblas), dnn = ratio(ours, onednn);
  return blas == 0 ? dnn : dnn == 0 ? blas : std::min(blas, dnn);
}

}  // namespace slalom::bench
