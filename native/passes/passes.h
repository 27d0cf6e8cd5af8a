// The passes, in order. Each is a pure function; none names an op (traits only, but for the
// gradient's `add`). They recurse into regions.
#pragma once

#include "../ops/build.h"
#include "../runtime/program.h"

namespace slalom {

// Throws Error::internal if the graph breaks a rule of the IR. Run between passes in debug
// builds and in tests.
void verify(const Graph& g);

// Folds constants, merges common subexpressions, applies each op's simplify, drops dead nodes.
Graph simplify(const Graph& g);

// Replaces ops that have no kernel (or a region to inline) by their decomposition.
Graph expand(const Graph& g);

// Appends d(sum of y * seed)/dx for each x to the builder's graph. `seed` kNoValue: ones; y must
// then be a scalar. An x that y does not depend on gets zeros. Throws Error on a non-float.
std::vector<ValueId> gradient(Builder& b, ValueId y, const std::vector<ValueId>& xs, ValueId seed = kNoValue);

// Groups pointwise nodes into `fused` regions, hangs epilogues on products and prologues on
// reductions. Changes no bit of any result.
Graph fuse(const Graph& g);

// Orders nodes: what guards and outputs need first, then what only guarded commits need;
// depth-first by need, so that values die early. Returns node indices and the split.
struct Schedule {
  std::vector<int32_t> order;
  size_t commitBegin;  // position in `order` of the first node that only commits need
};
Schedule schedule(const Graph& g);

// Where every value lies. See memory_plan.cpp for the rules (views, packs, donation, reuse,
// placement against 4K aliasing).
struct MemoryPlan {
  struct Place {
    BufferRef base;  // buffer, and byte offset of layout offset 0
    Layout layout;
    bool materialize = false;  // a view that needs a copy of its own
  };
  std::vector<Buffer> buffers;
  std::vector<Place> places;            // per value
  std::vector<BufferRef> workspaces;    // per node; invalid if none
  std::vector<StateBlock> stateBlocks;  // packs of state inputs lie together
  std::vector<uint8_t> constants;
  int64_t arenaBytes = 0, zeroedBytes = 0;
  std::vector<std::pair<ValueId, BufferRef>> copies;  // commits that could not be written in place
};
MemoryPlan planMemory(const Graph& g, const Schedule& s, const KernelTable& kernels);

// Binds kernels: the program that the runtime executes.
std::shared_ptr<const Program> lower(const Graph& g, const Schedule& s, const MemoryPlan& m, const KernelTable& kernels);

struct CompileOptions {
  const KernelTable* kernels = nullptr;  // null = selectedKernels()
  bool fuse = true;
};

// verify → expand → simplify → fuse → schedule → plan → lower.
std::shared_ptr<const Program> compile(const Graph& g, const CompileOptions& options = {});

// ir/print.cpp: one line a node, "%5 f32[128, 10] = matmul(%1, %2) transposeB=true  # layers.2".
std::string toString(const Graph& g);

}  // namespace slalom
