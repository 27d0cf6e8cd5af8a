// The reference kernels: naive loops that define what every variant computes, and the only
// kernels on 8-byte lanes (f64, wide tile programs), to which the variants hand those on.
// Compiled for the baseline of the architecture, one libm call an element.
#pragma once

#include "args.h"

namespace slalom {
namespace reference {

const KernelTable* table();

void planPointwise(const PointwiseArgs* args, CallPlan* plan);
void planMatmul(const MatmulArgs* args, CallPlan* plan);
void planReduce(const ReduceArgs* args, CallPlan* plan);
void planSoftmax(const SoftmaxArgs* args, CallPlan* plan);
void planCrossEntropy(const CrossEntropyArgs* args, CallPlan* plan);
void planGather(const GatherArgs* args, CallPlan* plan);
void planScatterAdd(const ScatterAddArgs* args, CallPlan* plan);
void planSort(const SortArgs* args, CallPlan* plan);
void planRandom(const RandomArgs* args, CallPlan* plan);

// Fills the pointwise kernels into `t`, the wide lane (kLaneF64) or the narrow ones.
void fillNarrow(KernelTable& t) noexcept;
void fillWide(KernelTable& t) noexcept;

// Elements [begin, end) of a tile program, narrow or wide: load, compute, store. `product`, if
// given, holds the values of register 0 for exactly this range, instead of input 0's memory.
size_t tileScratchBytes(const TileProgram& p);
void runTileRange(const TileProgram& p, int64_t begin, int64_t end, const void* product, void* scratch);

// The same without the outputs, at most kTile elements: the values of register `reg`, in `scratch`.
const void* evaluateTile(const TileProgram& p, int64_t begin, int64_t end, int16_t reg, void* scratch);

}  // namespace reference

// *most = the greater magnitude of *most and value, atomically; NaN is above all.
void raiseMagnitude(float* most, float value);

// *fault = min(*fault, position), atomically.
void lowerFault(int64_t* fault, int64_t position);

}  // namespace slalom
