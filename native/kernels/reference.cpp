// The table of the reference kernels.
#include "reference.h"

namespace slalom {
namespace reference {
namespace {

KernelTable make() {
  KernelTable t{};
  t.name = "reference";
  static constexpr KernelFn kNone[] = {nullptr};
  t.straight = kNone;
  fillNarrow(t);
  fillWide(t);
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
