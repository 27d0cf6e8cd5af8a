// Matrix products: which path, how many tiles, how much memory. The paths agree to the bit.
#pragma once

#include "matmul_amx.inl"
#include "matmul_ragged.inl"
#include "matmul_rows.inl"
#include "matmul_split.inl"
#include "matmul_turned.inl"
#include "matmul_vector.inl"

namespace slalom {
namespace VARIANT {
namespace {

inline bool isVector(const MatmulArgs& args) {
  if (args.k == 0) return false;
  if (args.m == 1) return args.bCol == 1 || args.bRow == 1;
  return args.n == 1 && (args.aRow == 1 || args.aCol == 1);
}

constexpr int64_t kVectorRows = 32;    // of a column, from which on whole vectors of them pay for a call's beginning
constexpr int64_t kAlongRows = 8;      // where each of them lies along k,
constexpr int64_t kAlongWork = 256;    // and there is so much to multiply
constexpr int64_t kAlongColumns = 16;  // more of them pay under a single row however short they are,
constexpr int64_t kAlongDepth = 64;    // and what fits a vector where they are as long as this

// Of a product that is small: register tiles would multiply by vectors with a single lane, or pack what is read once.
inline bool paysAsVector(const MatmulArgs& args) {
  if (!isVector(args)) return false;
  if (args.m == 1) {
    if (args.bCol == 1) return false;
    return args.n > kAlongColumns || (args.n > 1 && args.n <= W && args.k >= kAlongDepth);
  }
  if (args.aCol == 1) return args.m >= kAlongRows && args.m * args.k >= kAlongWork;
  return args.m >= kVectorRows && !isThin(args);
}

void planMatmul(const MatmulArgs* matmul, CallPlan* plan) {
  const MatmulArgs& args = *matmul;
  plan->count = 0;
  plan->workspace = 0;
  plan->product = args.transient;
  const int64_t batches = batchCount(args);
  if (batches * args.m * args.n == 0) return;
  const size_t epilogue = finishScratch(args);
  const auto call = [&](KernelFn run, int64_t tiles, size_t scratch, int64_t group = 1) {
    plan->calls[plan->count++] = {run, matmul, tiles, scratch > epilogue ? scratch : epilogue, group};
  };
  if (args.measured) call(runClearGreatest, 1, 0);
#ifdef SLALOM_AMX
  if (fitsMatrixUnit(args)) {
    const Cut cut = amxCutOf(args);
    call(runAmxPackA, amxPiecesOfA(args, cut), 0);
    call(runAmx, batches * cut.tiles(), amxScratchOf(args, cut).bytes, cut.bandTiles);
    plan->workspace = static_cast<size_t>(packedItems(args, cut) * packedItemBytes(args));
    plan->product = args.transient && !passesThrough(args, cut);
    return;
  }
#endif
  if (isRows(args)) {
    call(runRows, batches * rowTiles(args).tiles, groupScratch(args) + epilogue);
    plan->product = false;
    return;
  }
  if (isFlat(args)) {
    call(runFlat, batches * flatTiles(args).tiles, 0);
    return;
  }
  if (isTurned(args) && (batches == 1 || !fitsSmall(args))) {
    call(runTurned, batches * turnedTiles(args).tiles, turnedScratch(args) + epilogue);
    return;
  }
  if (isRagged(args) && (batches == 1 || !fitsSmall(args))) {
    call(runRagged, batches * raggedTiles(args).tiles, raggedScratch(args) + epilogue);
    return;
  }
  const auto callVector = [&] {
    call(runVector, batches * vectorTiles(args).tiles, args.k > kSegment ? alignedFloats(kVectorSums) : 0);
  };
  if (isFewRows(args) && (batches == 1 || !fitsSmall(args))) return callVector();
  if (batches == 1 && paysAsVector(args)) return callVector();
  const bool packed = args.bCol != 1 && args.n != 1;
  const bool few = args.m * args.n * args.k < 2 * kTileWork;
  if (fitsSmall(args) && (batches > 1 || (few && !isThin(args)))) {
    const size_t scratch = packed ? alignedFloats(args.k * kPanel) : 0;
    if (batches == 1) {
      call(packed ? runSmall<true> : runSmall<false>, 1, scratch);
    } else {
      call(packed ? runSmallBatch<true> : runSmallBatch<false>, ceilDiv(batches, itemsPerTile(args, batches)), scratch);
    }
    return;
  }
  if (isVector(args)) return callVector();
  if (isThin(args)) {
    const int64_t tiles = batches * thinTiles(args);
    call(tiles == 1 ? runThinAlone : runThin, tiles, kThinScratch);
    return;
  }
  const Cut cut = cutOf(args);
  const int64_t tiles = batches * cut.tiles();
  const size_t scratch = scratchOf(args, cut).bytes;
  if (cut.packA && !cut.ownA) call(runPackA, ceilDiv(piecesOfA(args, cut), piecesPerTile(args, cut)), 0);
  plan->workspace = alignedFloats(packedSize(args, cut));
  plan->product = args.transient && !passesThrough(args, cut);
  if (cut.parts == 1) {
    call(runBlocked, tiles, scratch, cut.bandTiles);
    return;
  }
  call(runParts, tiles * cut.parts, scratch, tiles);
  call(runAddParts, batches * ceilDiv(args.m, sumRowsPerTile(args)), 0);
  plan->workspace = alignedFloats(roundUp(packedSize(args, cut), 16) + batches * cut.parts * args.m * args.n);
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
