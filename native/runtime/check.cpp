#include "check.h"

#include <cmath>

namespace slalom {

namespace {

template <typename T>
const T* firstBad(const uint8_t* data, int64_t count) {
  const auto* x = reinterpret_cast<const T*>(data);
  for (int64_t i = 0; i < count; ++i) {
    if (!std::isfinite(x[i])) return x + i;
  }
  return nullptr;
}

class Watcher : public StepObserver {
 public:
  bool afterNode(const Label& label, const Instance& instance) override {
    for (const Label::Result& result : label.results) {
      const uint8_t* data = instance.address(result.address);
      bool nan = false, bad = false;
      if (result.dtype == DType::f32) {
        const float* x = firstBad<float>(data, result.count);
        bad = x != nullptr;
        nan = bad && std::isnan(*x);
      } else if (result.dtype == DType::f64) {
        const double* x = firstBad<double>(data, result.count);
        bad = x != nullptr;
        nan = bad && std::isnan(*x);
      }
      if (bad) {
        found = NonFinite{label.op, label.path, label.type, nan};
        return true;
      }
    }
    return false;
  }

  std::optional<NonFinite> found;
};

}  // namespace

Verdict judge(Instance& unfused, ThreadPool& pool, const AbortFlag* abort) {
  const Instance::Outcome outcome = unfused.run(pool, abort);
  Watcher watcher;
  if (outcome == Instance::Outcome::refused) unfused.observe(pool, watcher);
  return {outcome, watcher.found};
}

}  // namespace slalom
