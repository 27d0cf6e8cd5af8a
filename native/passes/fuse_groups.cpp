// Greedy grouping in topological order. Every group has a depth: 1 + the greatest depth of the
// groups that it reads. An edge between two groups always leads to a greater depth, so there is
// never a cycle. A node may join a group whose depth exceeds that of its other operands; a group
// that nobody reads yet may be lowered ("sunk") to a greater depth first.
#include "fuse_groups.h"

#include <algorithm>

#include "../ops/tile_program.h"

namespace slalom {

namespace {

constexpr int32_t kNobody = -1, kMany = -2;

struct Open {
  FuseGroup group;
  int32_t parent;  // itself, or the group that it was merged into
  int32_t depth = 0;
  int32_t reader = kNobody;   // the one other group that reads it
  int32_t escapes = 0;        // uses of its results by nodes that are not members
  bool open = false;          // takes more nodes
  bool early = false;         // runs before the commits
  bool readByLayout = false;  // a reader reads it other than element by element
  TileClass kind = TileClass::either;
  std::vector<ValueId> operands;
};

bool compatible(TileClass a, TileClass b) { return a == b || a == TileClass::either || b == TileClass::either; }
TileClass common(TileClass a, TileClass b) { return a == TileClass::either ? b : a; }

class Grouper {
 public:
  Grouper(const Graph& g, const Dataflow& flow)
      : g_(g), flow_(flow), early_(neededBeforeCommits(g)), uses_(useCounts(g)), groupOf_(g.nodes.size(), -1) {}

  Grouping run() {
    for (size_t i = 0; i < g_.nodes.size(); ++i) {
      const Node& node = g_.nodes[i];
      if (node.op->has(kView) || node.op->has(kSource)) continue;
      visit(static_cast<int32_t>(i), node);
    }
    return result();
  }

 private:
  Open& at(int32_t group) { return groups_[static_cast<size_t>(group)]; }

  int32_t find(int32_t group) {
    while (at(group).parent != group) group = at(group).parent = at(at(group).parent).parent;
    return group;
  }

  // The group whose result v is or views; -1 for sources.
  int32_t owner(ValueId v) {
    const int32_t node = g_.values[static_cast<size_t>(flow_.base(v))].node;
    const int32_t group = groupOf_[static_cast<size_t>(node)];
    return group < 0 ? -1 : find(group);
  }

  int32_t depthOf(ValueId v) {
    const int32_t group = owner(v);
    return group < 0 ? 0 : at(group).depth;
  }

  void visit(int32_t index, const Node& node) {
    const bool plain = node.regions.empty();
    int32_t group = -1;
    if (node.op->has(kPointwise) && plain) {
      group = joinAny(index, node);
      if (group < 0) group = start(index, node, true, -1);
      at(group).kind = common(at(group).kind, tileClass(g_, node));
    } else if (node.op->has(kEpilogue) && plain) {
      group = start(index, node, true, index);
      at(group).kind = g_.type(node.result()).dtype == DType::f64 ? TileClass::wide : TileClass::narrow;
    } else if (node.op->has(kReduction) && plain) {
      group = takePrologue(index, node);
    }
    if (group < 0) group = start(index, node, false, -1);
    groupOf_[static_cast<size_t>(index)] = group;
    noteReads(group, node);
  }

  int32_t start(int32_t index, const Node& node, bool open, int32_t host) {
    const auto group = static_cast<int32_t>(groups_.size());
    groups_.emplace_back();
    Open& fresh = groups_.back();
    fresh.group.members = {index};
    fresh.group.host = host;
    fresh.group.space = g_.type(node.result()).shape;
    fresh.parent = group;
    fresh.open = open;
    fresh.early = early_[static_cast<size_t>(index)];
    fresh.depth = 1;
    for (ValueId v : node.inputs) fresh.depth = std::max(fresh.depth, depthOf(v) + 1);
    if (host < 0) fresh.operands = node.inputs;
    addEscapes(fresh, node);
    return group;
  }

  void addEscapes(Open& group, const Node& node) {
    for (int k = 0; k < node.resultCount; ++k) group.escapes += uses_[static_cast<size_t>(node.result(k))];
  }

  // ---- pointwise nodes ----

  struct Candidates {
    std::vector<int32_t> groups;
    bool has(int32_t group) const { return std::find(groups.begin(), groups.end(), group) != groups.end(); }
  };

  int32_t joinAny(int32_t index, const Node& node) {
    Candidates candidates = candidatesOf(index, node);
    for (int32_t group : candidates.groups) {
      group = find(group);
      mergeEqualDepth(group, node, candidates);
      if (!mayJoin(group, node)) continue;
      join(group, index, node);
      for (int32_t other : candidates.groups) absorb(group, find(other), node);
      return group;
    }
    return -1;
  }

  // Groups that hold an operand element by element, products first, then the deepest.
  Candidates candidatesOf(int32_t index, const Node& node) {
    Candidates candidates;
    if (belongsToReduction(node)) return candidates;
    for (ValueId v : node.inputs) {
      const int32_t group = owner(v);
      if (group < 0 || !flow_.flat(v) || candidates.has(group)) continue;
      const Open& open = at(group);
      const bool sameSection = open.early == early_[static_cast<size_t>(index)];
      if (open.open && sameSection && fitsSpace(open.group.space, node, group)) candidates.groups.push_back(group);
    }
    std::stable_sort(candidates.groups.begin(), candidates.groups.end(), [&](int32_t a, int32_t b) {
      const bool hostA = at(a).group.host >= 0, hostB = at(b).group.host >= 0;
      return hostA != hostB ? hostA : at(a).depth > at(b).depth;
    });
    return candidates;
  }

  // A node that only a reduction reads becomes its prologue rather than one more result of the
  // group that makes its operands, if those are kept for others anyway.
  bool belongsToReduction(const Node& node) {
    const std::vector<Dataflow::Reader>& readers = flow_.readers(node.result());
    const bool sole = readers.size() == 1 && uses_[static_cast<size_t>(node.result())] == 1;
    if (!sole || !g_.nodes[static_cast<size_t>(readers[0].node)].op->has(kReduction)) return false;
    return std::all_of(node.inputs.begin(), node.inputs.end(), [&](ValueId v) {
      const auto own = std::count(node.inputs.begin(), node.inputs.end(), v);
      return owner(v) < 0 || uses_[static_cast<size_t>(v)] > own || flow_.base(v) != v;
    });
  }

  // Whether every operand can be read in the group's iteration space.
  bool fitsSpace(const Shape& space, const Node& node, int32_t group) {
    const Shape& shape = g_.type(node.result()).shape;
    if (shape == space) return true;
    if (shape.size() != space.size()) return false;
    return std::all_of(node.inputs.begin(), node.inputs.end(), [&](ValueId v) {
      if (owner(v) == group && flow_.flat(v)) return true;
      const Layout& layout = flow_.layout(v);
      const auto still = [](int64_t stride) { return stride == 0; };
      return layout.isDense() || std::all_of(layout.strides.begin(), layout.strides.end(), still);
    });
  }

  bool isMember(int32_t group, ValueId v) { return owner(v) == group && flow_.flat(v); }

  bool mayJoin(int32_t group, const Node& node) {
    const Open& open = at(group);
    if (!compatible(open.kind, tileClass(g_, node)) || open.group.members.size() >= kMaxTileSteps) return false;
    int32_t needed = 1;
    for (ValueId v : node.inputs) {
      if (isMember(group, v)) continue;
      if (owner(v) == group) return false;  // reads the group's own result through a layout
      needed = std::max(needed, depthOf(v) + 1);
    }
    if (needed > open.depth && open.reader != kNobody) return false;
    return operandsWith(open.operands, node.inputs, group).size() < kMaxTileInputs;
  }

  // Distinct values that are read from outside the group.
  std::vector<ValueId> operandsWith(std::vector<ValueId> operands, const std::vector<ValueId>& more, int32_t group) {
    for (ValueId v : more) {
      if (isMember(group, v)) continue;
      if (std::find(operands.begin(), operands.end(), v) == operands.end()) operands.push_back(v);
    }
    return operands;
  }

  void join(int32_t group, int32_t index, const Node& node) {
    Open& open = at(group);
    open.operands = operandsWith(std::move(open.operands), node.inputs, group);
    addEscapes(open, node);
    for (ValueId v : node.inputs) {
      if (isMember(group, v)) {
        if (flow_.base(v) == v) --open.escapes;
      } else {
        open.depth = std::max(open.depth, depthOf(v) + 1);
      }
    }
    open.group.members.push_back(index);
    groupOf_[static_cast<size_t>(index)] = group;
  }

  bool mayMerge(int32_t into, int32_t other) {
    const Open &a = at(into), &b = at(other);
    return into != other && b.open && b.group.host < 0 && a.early == b.early && a.group.space == b.group.space &&
           compatible(a.kind, b.kind) && a.group.members.size() + b.group.members.size() <= kMaxTileSteps &&
           operandsWith(a.operands, b.operands, into).size() < kMaxTileInputs;
  }

  // Groups of one depth read nothing of each other.
  void mergeEqualDepth(int32_t group, const Node& node, const Candidates& candidates) {
    for (ValueId v : node.inputs) {
      const int32_t other = owner(v);
      if (other < 0 || at(other).depth != at(group).depth || !candidates.has(other)) continue;
      if (mayMerge(group, other) && !readsByLayout(node, other)) merge(group, other);
    }
  }

  bool readsByLayout(const Node& node, int32_t group) {
    return std::any_of(node.inputs.begin(), node.inputs.end(),
                       [&](ValueId v) { return owner(v) == group && !flow_.flat(v); });
  }

  // Takes in a group that only this one reads, element by element.
  void absorb(int32_t group, int32_t other, const Node& node) {
    if (!mayMerge(group, other) || at(other).readByLayout || readsByLayout(node, other)) return;
    const int32_t reader = at(other).reader;
    if (reader == kNobody || (reader >= 0 && find(reader) == group)) merge(group, other);
  }

  void merge(int32_t into, int32_t other) {
    Open &a = at(into), &b = at(other);
    std::vector<int32_t> members;
    std::merge(a.group.members.begin(), a.group.members.end(), b.group.members.begin(), b.group.members.end(),
               std::back_inserter(members));
    a.group.members = std::move(members);
    a.depth = std::max(a.depth, b.depth);
    a.kind = common(a.kind, b.kind);
    a.readByLayout = a.readByLayout || b.readByLayout;
    b.parent = into;
    addReader(a, into, b.reader);
    recount(into, b.operands);
  }

  // Operands and escapes of a group that has grown by a merge.
  void recount(int32_t group, const std::vector<ValueId>& more) {
    Open& open = at(group);
    std::vector<ValueId> operands;
    std::swap(operands, open.operands);
    operands = operandsWith({}, operands, group);
    open.operands = operandsWith(std::move(operands), more, group);
    open.escapes = 0;
    for (int32_t index : open.group.members) {
      const Node& node = g_.nodes[static_cast<size_t>(index)];
      addEscapes(open, node);
      if (index == open.group.host) continue;
      for (ValueId v : node.inputs) {
        if (isMember(group, v) && flow_.base(v) == v) --open.escapes;
      }
    }
  }

  // ---- reductions ----

  // The group that makes the operand, if the reduction is all that reads it.
  int32_t takePrologue(int32_t index, const Node& node) {
    const ValueId v = node.inputs[0];
    const int32_t group = owner(v);
    if (group < 0 || flow_.base(v) != v) return -1;
    Open& open = at(group);
    const bool only = open.escapes == 1 && uses_[static_cast<size_t>(v)] == 1 && open.reader == kNobody;
    if (!open.open || open.group.host >= 0 || !only || open.early != early_[static_cast<size_t>(index)]) return -1;
    if (g_.type(v).shape != open.group.space || !reducesIn(open.kind, g_.type(v).dtype)) return -1;
    open.group.members.push_back(index);
    open.group.host = index;
    open.open = false;
    return group;
  }

  // Lanes must have the precision that the reduction has without its prologue.
  static bool reducesIn(TileClass kind, DType dtype) {
    if (dtype == DType::boolean) return true;
    return (kind == TileClass::wide) == (dtype == DType::f64);
  }

  // ---- readers ----

  void noteReads(int32_t group, const Node& node) {
    for (ValueId v : node.inputs) {
      const int32_t other = owner(v);
      if (other < 0 || other == group) continue;
      addReader(at(other), other, group);
      if (!flow_.flat(v) || !node.op->has(kPointwise)) at(other).readByLayout = true;
    }
  }

  void addReader(Open& open, int32_t self, int32_t reader) {
    if (reader == kNobody || open.reader == kMany) return;
    if (reader == kMany) {
      open.reader = kMany;
    } else if (find(reader) == self) {
      return;
    } else if (open.reader == kNobody) {
      open.reader = reader;
    } else if (find(open.reader) != find(reader)) {
      open.reader = kMany;
    }
  }

  Grouping result() {
    Grouping grouping;
    std::vector<int32_t> numbers(groups_.size(), -1);
    grouping.groupOf.assign(g_.nodes.size(), -1);
    for (size_t i = 0; i < g_.nodes.size(); ++i) {
      if (groupOf_[i] < 0) continue;
      const int32_t group = find(groupOf_[i]);
      int32_t& number = numbers[static_cast<size_t>(group)];
      if (number < 0) {
        number = static_cast<int32_t>(grouping.groups.size());
        grouping.groups.push_back(std::move(at(group).group));
      }
      grouping.groupOf[i] = number;
    }
    return grouping;
  }

  const Graph& g_;
  const Dataflow& flow_;
  const std::vector<bool> early_;
  const std::vector<int32_t> uses_;
  std::vector<int32_t> groupOf_;  // per node; may name a merged group
  std::vector<Open> groups_;
};

}  // namespace

Grouping groupNodes(const Graph& g, const Dataflow& flow) { return Grouper(g, flow).run(); }

}  // namespace slalom
