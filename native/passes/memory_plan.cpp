// Where every value lies.
//
// Views are layouts over their source's memory (plan_layouts). Arguments, variables, constants
// and packs have homes (plan_homes), and commits are made in place where that is safe
// (donation). Everything else lives in the arena from the node that makes it to its last
// reader; a pointwise result takes over the memory of an operand that dies there.
#include <algorithm>

#include "arena.h"
#include "node_bind.h"
#include "plan_homes.h"

namespace slalom {

namespace {

constexpr int64_t kRedZone = 128;

class Planner {
 public:
  Planner(const Graph& g, const Schedule& s, const CompileOptions& options, bool isBody)
      : options_(options),
        isBody_(isBody),
        uses_(useCounts(g)),
        c_{g, s, planLayouts(g, s), {}, plan_},
        arena_(options.redZones ? kRedZone : 0) {
    c_.positions.assign(g.nodes.size(), -1);
    for (size_t p = 0; p < s.order.size(); ++p) c_.positions[static_cast<size_t>(s.order[p])] = static_cast<int32_t>(p);
  }

  MemoryPlan run() {
    homes_ = planHomes(c_);
    describePlaces();
    findLastReads();
    dying_.resize(c_.s.order.size() + 1);
    plan_.workspaces.resize(c_.g.nodes.size());
    plan_.zeroed.resize(c_.g.nodes.size());
    for (int32_t p = 0; p <= end(); ++p) {
      if (p == static_cast<int32_t>(c_.s.commitBegin)) stageAll(p);
      if (p == end()) break;
      placeNode(p);
      for (const Block& block : dying_[static_cast<size_t>(p)]) arena_.release(block.offset, block.bytes);
    }
    plan_.arenaBytes = arena_.size();
    describePlaces();
    describeEnds();
    return std::move(plan_);
  }

 private:
  struct Block {
    int64_t offset, bytes;
  };

  int32_t end() const { return static_cast<int32_t>(c_.s.order.size()); }
  BufferRef& home(ValueId root) { return homes_.of[static_cast<size_t>(root)]; }
  int32_t& last(ValueId root) { return last_[static_cast<size_t>(root)]; }
  const Buffer& bufferAt(BufferRef at) const { return plan_.buffers[static_cast<size_t>(at.buffer)]; }
  bool inArena(BufferRef at) const { return at.valid() && bufferAt(at).kind == BufferKind::arena; }

  void describePlaces() {
    plan_.places.resize(c_.g.values.size());
    for (size_t v = 0; v < plan_.places.size(); ++v) {
      const ValueLayout& own = c_.layouts[v];
      if (own.root != kNoValue) plan_.places[v] = {home(own.root), own.layout, own.materialize};
    }
  }

  // ---- lifetimes ----

  void findLastReads() {
    last_.assign(c_.g.values.size(), -1);
    const auto read = [&](ValueId v, int32_t position) { last(c_.root(v)) = std::max(last(c_.root(v)), position); };
    for (int32_t p = 0; p < end(); ++p) {
      const Node& node = c_.node(c_.s.order[static_cast<size_t>(p)]);
      for (int k = 0; k < node.resultCount; ++k) read(node.result(k), p);
      if (node.op->has(kView) && !c_.layout(node.result()).materialize) continue;
      for (ValueId v : node.inputs) read(v, p);
    }
    for (ValueId v : c_.g.outputs) read(v, end());
    for (ValueId v : c_.g.guards) read(v, end());
    for (const Commit& commit : c_.g.commits) read(commit.value, end());
  }

  // ---- arena ----

  BufferRef allocate(int64_t bytes, int32_t first, int32_t lastPosition, const std::vector<int64_t>& sources) {
    const int64_t offset = arena_.allocate(bytes, sources);
    const int32_t buffer = c_.addBuffer(BufferKind::arena, bytes, offset, 0);
    plan_.lifetimes.back() = {first, lastPosition};
    dying_[static_cast<size_t>(lastPosition)].push_back({offset, bytes});
    return {buffer, 0};
  }

  void placeNode(int32_t p) {
    const int32_t index = c_.s.order[static_cast<size_t>(p)];
    const Node& node = c_.node(index);
    if (node.op->has(kView) && !c_.layout(node.result()).materialize) return;
    std::vector<int64_t> sources;
    for (ValueId v : node.inputs) {
      const BufferRef at = home(c_.root(v));
      if (!inArena(at)) continue;
      sources.push_back(bufferAt(at).offset + at.offset + c_.layout(v).layout.offset * c_.elementSize(v));
    }
    for (int k = 0; k < node.resultCount; ++k) {
      const ValueId v = node.result(k);
      const bool skipped = node.op->has(kLoop) && uses_[static_cast<size_t>(v)] == 0 && !isCarry(node, k);
      if (home(v).valid() || skipped) continue;
      if (!takeOver(node, v, p)) home(v) = allocate(c_.bytes(v), p, last(v), sources);
    }
    planWorkspace(index, node, p);
  }

  static bool isCarry(const Node& node, int result) { return result < node.attrs.integer("carries"); }

  // Gives v the memory of an operand that nobody reads after this node.
  bool takeOver(const Node& node, ValueId v, int32_t p) {
    if (!node.op->has(kPointwise)) return false;
    for (ValueId operand : node.inputs) {
      const ValueId root = c_.root(operand);
      const BufferRef at = home(root);
      const bool fits = inArena(at) && last(root) == p && c_.isWhole(operand) && c_.bytes(root) == c_.bytes(v) &&
                        c_.elementSize(root) == c_.elementSize(v) &&
                        plan_.lifetimes[static_cast<size_t>(at.buffer)].last == p;
      if (!fits || !readInOrder(node, root)) continue;
      extend(at, p, last(v));
      home(v) = at;
      return true;
    }
    return false;
  }

  bool readInOrder(const Node& node, ValueId root) const {
    return std::all_of(node.inputs.begin(), node.inputs.end(),
                       [&](ValueId v) { return c_.root(v) != root || c_.isWhole(v); });
  }

  void extend(BufferRef at, int32_t from, int32_t to) {
    MemoryPlan::Lifetime& life = plan_.lifetimes[static_cast<size_t>(at.buffer)];
    life.last = to;
    if (to == from) return;  // an unused result: the block is released as planned
    std::vector<Block>& dying = dying_[static_cast<size_t>(from)];
    const auto isIt = [&](const Block& block) { return block.offset == bufferAt(at).offset; };
    const auto block = std::find_if(dying.begin(), dying.end(), isIt);
    dying_[static_cast<size_t>(to)].push_back(*block);
    dying.erase(block);
  }

  void planWorkspace(int32_t index, const Node& node, int32_t p) {
    const auto at = static_cast<size_t>(index);
    int64_t bytes = 0;
    if (node.op->has(kLoop)) {
      const std::shared_ptr<const Program> body = assemble(*node.regions[0], options_, true);
      plan_.bodies[index] = body;
      bytes = body->arenaBytes;
      if (body->zeroedBytes > 0) {
        plan_.zeroed[at] = {c_.addBuffer(BufferKind::zeroed, body->zeroedBytes, plan_.zeroedBytes, 0), 0};
        plan_.zeroedBytes += (body->zeroedBytes + 63) / 64 * 64;
      }
    } else if (definition(node).workspace) {
      PlanBind bind(c_.g, plan_, uses_, *options_.kernels);
      bind.setNode(index);
      bytes = static_cast<int64_t>(definition(node).workspace(bind));
    }
    if (bytes > 0) plan_.workspaces[at] = allocate(bytes, p, p, {});
  }

  // ---- outputs and commits ----

  bool mustStage(ValueId v) const {
    const bool given = isBody_ && c_.g.producer(c_.root(v)).op->has(kSource);
    return given || isOverwritten(c_, homes_, c_.root(v));
  }

  // Old contents that somebody takes at the end are copied before the first commit.
  void stageAll(int32_t p) {
    staged_.assign(c_.g.values.size(), BufferRef());
    for (ValueId v : c_.g.outputs) stage(v, p);
    for (size_t i = 0; i < c_.g.commits.size(); ++i) {
      if (isCopied(i)) stage(c_.g.commits[i].value, p);
    }
  }

  // Neither made in place nor the target's own contents; those through a view are another value.
  bool isCopied(size_t commit) const {
    const Commit& it = c_.g.commits[commit];
    const bool unchanged = c_.root(it.value) == c_.root(it.target) && c_.isWhole(it.value);
    return !homes_.inPlace[commit] && !unchanged;
  }

  void stage(ValueId v, int32_t p) {
    BufferRef& at = staged_[static_cast<size_t>(v)];
    if (!at.valid() && mustStage(v)) at = allocate(c_.bytes(v), p, end(), {});
  }

  Operand operand(ValueId v) const {
    const MemoryPlan::Place& place = plan_.places[static_cast<size_t>(v)];
    return {c_.g.type(v).dtype, place.layout, place.address(c_.elementSize(v))};
  }

  // Dense memory that holds v at the end of a run.
  Operand finalOperand(ValueId v) const {
    const BufferRef at = staged_[static_cast<size_t>(v)];
    return at.valid() ? Operand{c_.g.type(v).dtype, Layout::dense(c_.g.type(v).shape), at} : operand(v);
  }

  void describeEnds() {
    for (size_t v = 0; v < staged_.size(); ++v) {
      const auto id = static_cast<ValueId>(v);
      if (staged_[v].valid()) plan_.staged.push_back({operand(id), finalOperand(id)});
    }
    for (ValueId v : c_.g.outputs) plan_.outputs.push_back(finalOperand(v).address);
    for (size_t i = 0; i < c_.g.commits.size(); ++i) {
      if (isCopied(i)) copyCommit(c_.g.commits[i]);
    }
  }

  void copyCommit(const Commit& commit) {
    std::vector<MemoryPlan::Copy>& copies = commit.guarded ? plan_.commits : plan_.unguarded;
    const Operand from = finalOperand(commit.value);
    const Node& target = c_.g.producer(commit.target);
    const bool scattered = target.op->has(kPacks) && bufferAt(home(c_.root(commit.target))).kind != BufferKind::state;
    if (!scattered) {
      Operand to{from.dtype, Layout::dense(from.layout.shape), operand(commit.target).address};
      to.address.offset += commit.begin() * sizeOf(to.dtype);
      copies.push_back({from, to});
      return;
    }
    const std::vector<int64_t> offsets = definition(target).pieceOffsets(c_.g, target);
    const int64_t end = commit.begin() + from.layout.shape.size();
    for (size_t i = 0; i < target.inputs.size(); ++i) {
      if (offsets[i] < commit.begin() || offsets[i] >= end) continue;
      const Operand to = operand(target.inputs[i]);
      copies.push_back(
          {from.layout.shape == to.layout.shape ? from : pieceOf(from, offsets[i] - commit.begin(), to), to});
    }
  }

  // As many elements of a flat operand as another one has.
  static Operand pieceOf(const Operand& flat, int64_t offset, const Operand& like) {
    const int64_t step = flat.layout.shape.size() > 1 ? flat.layout.strides[0] : 1;
    Operand piece{flat.dtype, Layout::dense(like.layout.shape), flat.address};
    piece.address.offset += offset * sizeOf(flat.dtype) * step;
    for (int64_t& stride : piece.layout.strides) stride *= step;
    return piece;
  }

  const CompileOptions options_;
  const bool isBody_;
  const std::vector<int32_t> uses_;
  MemoryPlan plan_;
  PlanContext c_;
  ArenaAllocator arena_;
  Homes homes_;
  std::vector<int32_t> last_;              // per root: position of the last reader
  std::vector<std::vector<Block>> dying_;  // per position: arena blocks that are free after it
  std::vector<BufferRef> staged_;          // per value: its copy, if it has one
};

}  // namespace

MemoryPlan planMemory(const Graph& g, const Schedule& s, const CompileOptions& options, bool isBody) {
  return Planner(g, s, options, isBody).run();
}

}  // namespace slalom
