// Reductions over [outer, length, inner] with a tile program as prologue. The order of every
// combination is that of ReduceArgs (args.h), whatever the vector width and the threads.
#pragma once

#include "arg_reduce.inl"
#include "reduce_columns.inl"
#include "reduce_rows.inl"
#include "reference.h"

namespace slalom {
namespace VARIANT {
namespace {

template <typename Op>
void planKind(const ReduceArgs* a, CallPlan* plan) {
  const size_t scratch = tileScratchBytes(prologueOf(a));
  const int64_t blocks = blocksOf(a), kept = a->outer * a->inner;
  const bool small = kept * a->length < kSmallReduce;
  if (a->inner > 1) {
    const int64_t tasks = small ? 1 : columnTasks(a, inMemory(a));
    plan->calls[plan->count++] = {reduceColumnBlocks<Op>, a, tasks, scratch};
    if (blocks > 1) plan->calls[plan->count++] = {foldColumnBlocks<Op>, a, 1, 0};
  } else if (blocks > 1) {
    plan->calls[plan->count++] = {reduceBlocks<Op>, a, small ? 1 : a->outer * blocks, scratch};
    plan->calls[plan->count++] = {foldBlocks<Op>, a, 1, 0};
  } else {
    const int64_t each = reduceRowsPerTask(a);
    plan->calls[plan->count++] = {reduceRows<Op>, a, (a->outer + each - 1) / each, scratch};
  }
  if (blocks > 1) plan->workspace = static_cast<size_t>(kept * blocks) * 4;
}

void planReduce(const ReduceArgs* a, CallPlan* plan) {
  if (a->lane == kLaneF64) return reference::planReduce(a, plan);
  plan->count = 0;
  plan->workspace = 0;
  if (a->outer * a->inner == 0) return;
  const bool whole = a->lane == kLaneI32;
  switch (a->kind) {
    case kReduceSum:
      return whole ? planKind<SumI>(a, plan) : planKind<SumF>(a, plan);
    case kReduceMax:
      if (whole) return planKind<MaxOfI>(a, plan);
      return a->inner == 1 && a->length > 0 && areMagnitudes(a) ? planKind<MaxMagnitudeF>(a, plan)
                                                                : planKind<MaxOfF>(a, plan);
    case kReduceMin:
      return whole ? planKind<MinOfI>(a, plan) : planKind<MinOfF>(a, plan);
    case kReduceAny:
      return planKind<AnyM>(a, plan);
    case kReduceAll:
      return planKind<AllM>(a, plan);
    default:
      return a->lane == kLaneF32 ? planArgReduce<float>(a, plan) : planArgReduce<int32_t>(a, plan);
  }
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
