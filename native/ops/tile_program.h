// From a region of pointwise nodes to the bytes of a TileProgram (kernels/args.h).
#pragma once

#include "bind.h"
#include "build.h"

namespace slalom {

// Limits of one tile program. Registers are at most kMaxRegisters (kernels/args.h); a region
// that keeps these and passes fitsTile has a program.
constexpr int kMaxTileInputs = 24;
constexpr int kMaxTileSteps = 96;
constexpr int kMaxTileOutputs = 16;

// Which programs a node may be part of, be it a pointwise node or the reduction or product that
// the program serves. A wide program holds every value as a double: right for f64, and exact for
// what only compares, selects or converts, but not for f32 or i32 arithmetic, which rounds or
// wraps. A program must not serve narrow and wide nodes both.
enum class TileClass : uint8_t { either, narrow, wide };
TileClass tileClass(const Graph& g, const Node& node);

// Whether a region keeps every limit, registers and classes included. Inputs and outputs as
// the region's; pointwise nodes only.
bool fitsTile(const Graph& region);

// The region of a single pointwise node: its inputs as arguments.
Graph regionOf(const Graph& g, const Node& node);

struct TileSource {
  const Graph* region;           // null: output i is input i
  std::vector<Operand> inputs;   // one per region input
  std::vector<Operand> outputs;  // one per region output; empty for prologues
  Shape space;                   // iteration space; every operand's layout has this shape
};

// A tile program before it has a place: dimensions collapsed, registers assigned.
struct TilePlan {
  TileProgram head{};
  std::vector<TileInput> inputs;
  std::vector<TileStep> steps;
  std::vector<TileOutput> outputs;
  std::vector<BufferRef> inputTargets, outputTargets;
  std::vector<int16_t> outputRegisters;  // of the region's outputs, also of prologues
  std::vector<Lane> outputLanes;

  size_t bytes() const;
  // Writes head and arrays to `at`, which is 8-byte aligned and has room for bytes(). With a
  // bind, the pointers of linked operands are registered.
  void write(void* at, Bind* bind) const;
};

TilePlan planTile(const TileSource& source, const KernelTable& kernels);

// The whole of a pointwise call: plans, writes and adds it. Nothing for an empty space.
void bindTile(Bind& bind, const TileSource& source);

// Merges adjacent dimensions wherever every stride list allows it and drops those of size 1.
// strides[operand][axis]; all lists change alike.
void collapse(std::vector<int64_t>& dims, std::vector<std::vector<int64_t>>& strides);

}  // namespace slalom
