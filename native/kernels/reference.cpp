// The table of the reference kernels.
#include "reference.h"

namespace slalom {
namespace reference {
namespace {

constexpr int kChains = 8;
constexpr int64_t kRounds = 4096;

void multiplyAdds(const void* args, int64_t begin, int64_t end, void* scratch) {
  const auto* a = static_cast<const MultiplyAddArgs*>(args);
  for (int64_t tile = begin; tile < end; ++tile) {
    float x[kChains];
    for (int i = 0; i < kChains; ++i) x[i] = static_cast<float>(i + 1);
    for (int64_t round = 0; round < kRounds; ++round) {
      for (float& value : x) value = value * a->factor + a->addend;
    }
    for (int i = 0; i < kChains; ++i) static_cast<float*>(scratch)[i] = x[i];
  }
}

KernelTable make() {
  KernelTable t{};
  t.name = "reference";
  static constexpr KernelFn kNone[] = {nullptr};
  t.straight = kNone;
  fillNarrow(t);
  fillWide(t);
  t.multiplyAdds = multiplyAdds;
  t.multiplyAddFlops = 2.0 * kChains * kRounds;
  t.planPointwise = planPointwise;
  t.planMatmul = planMatmul;
  t.planReduce = planReduce;
  t.planSoftmax = planSoftmax;
  t.planCrossEntropy = planCrossEntropy;
  t.planGather = planGather;
  t.planScatterAdd = planScatterAdd;
  t.planSort = planSort;
  t.planRandom = planRandom;
  return t;
}

}  // namespace

const KernelTable* table() {
  static const KernelTable t = make();
  return &t;
}

}  // namespace reference
}  // namespace slalom
