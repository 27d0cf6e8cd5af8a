// The passes, in order. Each is a pure function; none names an op (traits only, but for the
// gradient's `add`). They recurse into regions.
#pragma once

#include <unordered_map>

#include "../ir/print.h"
#include "../ops/bind.h"
#include "../ops/build.h"
#include "../runtime/program.h"

namespace slalom {

// Throws Error::internal if the graph breaks a rule of the IR. Run between passes in debug
// builds and in tests.
void verify(const Graph& g);

// Folds constants, merges common subexpressions, applies each op's simplify, drops dead nodes.
// Constants are folded by the kernels that would compute them, if given.
Graph simplify(const Graph& g, const KernelTable* kernels = nullptr);

// Replaces ops that have no kernel (or a region to inline) by their decomposition.
Graph expand(const Graph& g);

// Appends d(sum of y * seed)/dx for each x to the builder's graph. `seed` kNoValue: ones; y must
// then be a scalar. An x that y does not depend on gets zeros. Throws Error on a non-float.
std::vector<ValueId> gradient(Builder& b, ValueId y, const std::vector<ValueId>& xs, ValueId seed = kNoValue);

// The same outputs with f64 in place of f32, as a function of arguments alone: the graph's arguments,
// then what its variables hold. Nothing is written, nothing guarded.
Graph widened(const Graph& g);

// Update rules over packs of gradients, written once more for each gradient that is a large product, so that
// they can be its epilogue. Guards then take a bound of these gradients: they may refuse what the given graph
// would not, and then the given graph, unfused, has the last word. Changes no bit of any result.
Graph splitUpdates(const Graph& g);

// Large products whose greatest magnitude a guard asks for, as part of a pack, find it themselves.
// Changes no bit of any result.
Graph measureProducts(const Graph& g);

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

struct CompileOptions {
  const KernelTable* kernels = nullptr;  // null = selectedKernels()
  bool fuse = true;
  bool redZones = false;  // gaps between arena buffers, for the executor to poison
};

// Where every value lies. See memory_plan.cpp for the rules.
struct MemoryPlan {
  struct Place {
    BufferRef base;  // buffer, and byte offset of layout offset 0
    Layout layout;
    bool materialize = false;  // a view that is a copy of its own
    BufferRef address(int64_t elementSize) const { return {base.buffer, base.offset + layout.offset * elementSize}; }
  };
  struct Copy {
    Operand from, to;
  };
  struct Lifetime {
    int32_t first, last;  // positions in the schedule; its length = until the outputs are read
  };
  std::vector<Buffer> buffers;
  std::vector<Lifetime> lifetimes;      // per buffer; arena only
  std::vector<Place> places;            // per value
  std::vector<BufferRef> workspaces;    // per node; invalid if none
  std::vector<BufferRef> zeroed;        // per node: zeroed memory of a loop's body
  std::vector<StateBlock> stateBlocks;  // packs of state inputs lie together
  std::vector<uint8_t> constants;
  int64_t arenaBytes = 0, zeroedBytes = 0;
  std::vector<BufferRef> outputs;
  std::vector<Copy> staged;     // before the first commit: values whose memory commits overwrite
  std::vector<Copy> commits;    // after all nodes: what could not be written in place
  std::vector<Copy> unguarded;  // the same for unguarded commits
  std::unordered_map<int32_t, std::shared_ptr<const Program>> bodies;  // of loops, by node
};
MemoryPlan planMemory(const Graph& g, const Schedule& s, const CompileOptions& options, bool isBody = false);

// Binds kernels: the program that the runtime executes.
std::shared_ptr<const Program> lower(const Graph& g, const Schedule& s, const MemoryPlan& m,
                                     const KernelTable& kernels);

// The printed plan: kernels in order, with types, bytes, places, fused regions and layer paths.
std::string planText(const Graph& g, const Schedule& s, const MemoryPlan& m);

// "matmul + add + maximum": a node and what is fused into it.
std::string opText(const Node& node);

// schedule → plan → lower; `isBody`: results never lie in the memory of arguments.
std::shared_ptr<const Program> assemble(const Graph& g, const CompileOptions& options, bool isBody = false);

// verify → expand → simplify → splitUpdates → measureProducts → fuse → assemble.
std::shared_ptr<const Program> compile(const Graph& g, const CompileOptions& options = {});

}  // namespace slalom
