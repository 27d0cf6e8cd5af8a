// As many multiply-adds as the processor can do: enough independent chains to hide their latency,
// nothing from memory.
#pragma once

#include "args.h"
#include "vec.h"

namespace slalom {
namespace VARIANT {
namespace {

constexpr int kChains = kRegisters == 32 ? 24 : 12;
constexpr int64_t kRounds = 4096;
static_assert(kChains * W * sizeof(float) <= kPeakScratch, "the chains end in scratch");

void multiplyAdds(const void* args, int64_t begin, int64_t end, void* scratch) {
  const auto* a = static_cast<const MultiplyAddArgs*>(args);
  const F factor = splat(a->factor), addend = splat(a->addend);
  auto* out = static_cast<float*>(scratch);
  for (int64_t tile = begin; tile < end; ++tile) {
    F x[kChains];
    SLALOM_UNROLL
    for (int i = 0; i < kChains; ++i) x[i] = splat(static_cast<float>(i + 1));
    for (int64_t round = 0; round < kRounds; ++round) {
      SLALOM_UNROLL
      for (int i = 0; i < kChains; ++i) x[i] = fma(x[i], factor, addend);
    }
    SLALOM_UNROLL
    for (int i = 0; i < kChains; ++i) store(out + i * W, x[i]);
  }
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
