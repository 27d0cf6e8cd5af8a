// From a planned graph to kernel calls.
#include <algorithm>

#include "../ops/tile_program.h"
#include "lower_loop.h"
#include "node_bind.h"
#include "sharing.h"
#include "work.h"

namespace slalom {

namespace {

class Lowering {
 public:
  Lowering(const Graph& g, const Schedule& s, const MemoryPlan& m, const KernelTable& kernels)
      : g_(g),
        s_(s),
        m_(m),
        uses_(useCounts(g)),
        program_(std::make_shared<Program>()),
        bind_(g, m, uses_, kernels, *program_) {}

  std::shared_ptr<const Program> run() {
    describeMemory();
    firstStep_.push_back(0);
    for (size_t p = 0; p < s_.order.size(); ++p) {
      if (p == s_.commitBegin) beginCommits();
      addNode(s_.order[p]);
      firstStep_.push_back(stepCount());
    }
    if (s_.commitBegin == s_.order.size()) beginCommits();
    addCopies(m_.commits, "commit", program_->steps);
    addUnguarded();
    describeLifetimes();
    describeEnds();
    bind_.finish();
    program_->text = planText(g_, s_, m_);
    return program_;
  }

 private:
  const Node& nodeAt(int32_t index) const { return g_.nodes[static_cast<size_t>(index)]; }
  int32_t stepCount() const { return static_cast<int32_t>(program_->steps.size()); }

  void describeMemory() {
    program_->buffers = m_.buffers;
    program_->constants = m_.constants;
    program_->stateBlocks = m_.stateBlocks;
    program_->arenaBytes = m_.arenaBytes;
    program_->zeroedBytes = m_.zeroedBytes;
    for (const Input& input : g_.inputs) {
      const BufferRef at = m_.places[static_cast<size_t>(input.value)].base;
      program_->inputs.push_back({input.kind, input.name, g_.type(input.value), at.buffer});
    }
  }

  // ---- steps ----

  int32_t addLabel(Label label) {
    program_->labels.push_back(std::move(label));
    return static_cast<int32_t>(program_->labels.size()) - 1;
  }

  Label labelOf(const Node& node) const {
    Label label;
    label.op = opText(node);
    label.path = g_.path(node);
    label.type = g_.type(node.result()).toString();
    for (int k = 0; k < node.resultCount; ++k) {
      const Operand result = bind_.operand(node.result(k));
      if (!result.address.valid()) continue;
      label.results.push_back({result.address, result.dtype, result.layout.shape.size()});
    }
    label.work = workOf(bind_);
    return label;
  }

  void addNode(int32_t index) {
    const Node& node = nodeAt(index);
    const bool copied = node.op->has(kView) && m_.places[static_cast<size_t>(node.result())].materialize;
    const bool idle = (node.op->has(kView) && !copied) || node.op->has(kSource) || isStatePack(node);
    if (idle) return;
    bind_.setNode(index);
    Label label = labelOf(node);
    const bool shared = worthSharing(bind_, label.work);
    bind_.target(&program_->steps, addLabel(std::move(label)), shared);
    if (copied) {
      copyView(node);
    } else if (node.op->has(kLoop)) {
      Step step{};
      step.call.label = bind_.label();
      step.loop = static_cast<int32_t>(program_->loops.size());
      program_->steps.push_back(step);
      program_->loops.push_back(lowerLoop(g_, index, m_));
      program_->labels.back().work = workOf(program_->loops.back());
      program_->flops += program_->loops.back().body->flops * static_cast<double>(program_->loops.back().count);
      program_->scratchBytes = std::max(program_->scratchBytes, program_->loops.back().body->scratchBytes);
    } else {
      definition(node).bind(bind_);
      if (definition(node).flops) program_->flops += definition(node).flops(g_, node);
    }
  }

  bool isStatePack(const Node& node) const {
    if (!node.op->has(kPacks)) return false;
    const BufferRef at = m_.places[static_cast<size_t>(node.result())].base;
    return m_.buffers[static_cast<size_t>(at.buffer)].kind == BufferKind::state;
  }

  // Through the view's layout, or, where it has none, its source densely.
  void copyView(const Node& node) {
    const Operand source = bind_.operand(node.inputs[0]);
    Operand to = bind_.operand(node.result());
    const std::optional<Layout> layout = definition(node).view(node, g_.type(node.result()), source.layout);
    Operand from = source;
    if (layout) {
      from.address.offset += (layout->offset - source.layout.offset) * sizeOf(source.dtype);
      from.layout = *layout;
    } else {
      to.layout = Layout::dense(source.layout.shape);
    }
    bindCopy(bind_, from, to);
  }

  void addCopies(const std::vector<MemoryPlan::Copy>& copies, const char* name, std::vector<Step>& steps) {
    for (const MemoryPlan::Copy& copy : copies) {
      Label label{name, "", Type{copy.to.dtype, copy.to.layout.shape}.toString(), {}, workOf(copy.from, copy.to)};
      label.results.push_back({copy.to.address, copy.to.dtype, copy.to.layout.shape.size()});
      bind_.target(&steps, addLabel(std::move(label)));
      bindCopy(bind_, copy.from, copy.to);
    }
  }

  // Scalars of one dtype (step numbers, positions) in one call.
  void addUnguarded() {
    std::vector<MemoryPlan::Copy> others;
    std::vector<TileSource> groups;
    for (const MemoryPlan::Copy& copy : m_.unguarded) {
      const auto fits = [&](const TileSource& group) {
        return group.outputs[0].dtype == copy.to.dtype && group.outputs.size() < kMaxTileOutputs;
      };
      if (copy.to.layout.shape.size() != 1) {
        others.push_back(copy);
        continue;
      }
      auto group = std::find_if(groups.begin(), groups.end(), fits);
      if (group == groups.end()) group = groups.insert(groups.end(), {nullptr, {}, {}, {}});
      group->inputs.push_back({copy.from.dtype, Layout::dense({}), copy.from.address});
      group->outputs.push_back({copy.to.dtype, Layout::dense({}), copy.to.address});
    }
    addCopies(others, "commit", program_->unguarded);
    for (const TileSource& group : groups) {
      const Operand& first = group.outputs[0];
      bind_.target(&program_->unguarded, addLabel({"commit", "", Type{first.dtype, {}}.toString(), {}, {}}));
      bindTile(bind_, group);
    }
  }

  void beginCommits() {
    stagedStep_ = stepCount();
    addCopies(m_.staged, "keep", program_->steps);
    firstStep_.back() = stepCount();
    program_->commitBegin = program_->steps.size();
  }

  // ---- ends ----

  // Positions in the schedule become numbers of steps.
  void describeLifetimes() {
    const auto end = static_cast<int32_t>(s_.order.size());
    for (size_t i = 0; i < m_.lifetimes.size(); ++i) {
      const MemoryPlan::Lifetime& life = m_.lifetimes[i];
      Buffer& buffer = program_->buffers[i];
      const bool arena = buffer.kind == BufferKind::arena;
      buffer.firstStep = arena ? firstStepAt(life.first) : 0;
      buffer.lastStep = arena && life.last < end ? firstStepAt(life.last + 1) - 1 : stepCount();
    }
  }

  // The position at which commits begin has the staged copies before its first step.
  int32_t firstStepAt(int32_t position) const {
    return position == static_cast<int32_t>(s_.commitBegin) ? stagedStep_ : firstStep_[static_cast<size_t>(position)];
  }

  void describeEnds() {
    for (size_t i = 0; i < g_.outputs.size(); ++i) program_->outputs.push_back({m_.outputs[i], g_.type(g_.outputs[i])});
    for (ValueId v : g_.guards) program_->guards.push_back(bind_.operand(v).address);
  }

  const Graph& g_;
  const Schedule& s_;
  const MemoryPlan& m_;
  const std::vector<int32_t> uses_;
  std::shared_ptr<Program> program_;
  ProgramBind bind_;
  std::vector<int32_t> firstStep_;  // per position in the schedule, and one more
  int32_t stagedStep_ = 0;
};

}  // namespace

std::shared_ptr<const Program> lower(const Graph& g, const Schedule& s, const MemoryPlan& m,
                                     const KernelTable& kernels) {
  return Lowering(g, s, m, kernels).run();
}

}  // namespace slalom
