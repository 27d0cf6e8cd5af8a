// Rebuilds a graph with one node for every group of fuse_groups.cpp.
#include <algorithm>
#include <unordered_map>

#include "../ops/tile_program.h"
#include "fuse_groups.h"

namespace slalom {

namespace {

using Values = std::vector<ValueId>;

// The op that runs a region of pointwise nodes as it is.
const OpDef& regionOp() {
  static const OpDef* const found = [] {
    const auto isIt = [](const OpDef* op) { return op->has(kPointwise) && op->has(kRegion); };
    return *std::find_if(allOps().begin(), allOps().end(), isIt);
  }();
  return *found;
}

struct Region {
  Graph graph;
  Values operands;  // values of the outer graph, one per argument (without the product of a host)
  Values results;   // values of the outer graph that the region's outputs are
};

class Fuser {
 public:
  explicit Fuser(const Graph& g) : g_(g), flow_(g), grouping_(groupNodes(g, flow_)), builder_(out_) {}

  Graph run() {
    keepLimits();
    out_.scopes = g_.scopes;
    map_.assign(g_.values.size(), kNoValue);
    emitted_.assign(grouping_.groups.size(), false);
    for (const Node& node : g_.nodes) {
      if (node.op->has(kSource)) copy(node);
    }
    // At its last node, so that a group is made as late as the last of its parts was.
    for (size_t i = 0; i < g_.nodes.size(); ++i) {
      const int32_t group = grouping_.groupOf[i];
      if (group >= 0 && groupAt(group).members.back() == static_cast<int32_t>(i)) emitWithSources(group);
    }
    emitEnds();
    return std::move(out_);
  }

 private:
  FuseGroup& groupAt(int32_t group) { return grouping_.groups[static_cast<size_t>(group)]; }
  const Node& nodeAt(int32_t index) const { return g_.nodes[static_cast<size_t>(index)]; }
  int32_t groupOfValue(ValueId v) const {
    return grouping_.groupOf[static_cast<size_t>(g_.values[static_cast<size_t>(v)].node)];
  }

  // Whether the host is a product (else a reduction). Members that do not read the product may
  // come before it.
  bool hasProduct(const FuseGroup& group) const { return group.host >= 0 && nodeAt(group.host).op->has(kEpilogue); }

  // Halves groups until each has a tile program. Members are in topological order, so that no
  // half reads a later one.
  void keepLimits() {
    for (size_t i = 0; i < grouping_.groups.size(); ++i) {
      const auto index = static_cast<int32_t>(i);
      while (groupAt(index).members.size() > 1 && !fitsTile(regionOf(index).graph)) split(index);
    }
  }

  void split(int32_t index) {
    const auto fresh = static_cast<int32_t>(grouping_.groups.size());
    grouping_.groups.push_back(groupAt(index));
    FuseGroup &head = groupAt(index), &tail = groupAt(fresh);
    const auto half = static_cast<std::ptrdiff_t>(head.members.size() / 2);
    head.members.resize(static_cast<size_t>(half));
    tail.members.erase(tail.members.begin(), tail.members.begin() + half);
    if (head.host > head.members.back()) head.host = -1;
    if (tail.host < tail.members.front()) tail.host = -1;
    for (int32_t node : tail.members) grouping_.groupOf[static_cast<size_t>(node)] = fresh;
  }

  // ---- regions ----

  bool escapes(int32_t group, ValueId v) const {
    if (flow_.leaves(v)) return true;
    const auto outside = [&](const Dataflow::Reader& reader) {
      return !reader.flat || grouping_.groupOf[static_cast<size_t>(reader.node)] != group;
    };
    const std::vector<Dataflow::Reader>& readers = flow_.readers(v);
    return std::any_of(readers.begin(), readers.end(), outside);
  }

  Region regionOf(int32_t index) {
    const FuseGroup& group = groupAt(index);
    Region region;
    Builder inner(region.graph);
    std::unordered_map<ValueId, ValueId> inside;
    const auto argument = [&](ValueId v) {
      return inside[v] = inner.input(InputKind::argument, "", {g_.type(v).dtype, group.space});
    };
    const auto result = [&](ValueId v) {
      if (!escapes(index, v)) return;
      region.results.push_back(v);
      region.graph.outputs.push_back(inside[v]);
    };
    if (hasProduct(group)) {
      argument(nodeAt(group.host).result());
      result(nodeAt(group.host).result());
    }
    for (int32_t member : group.members) {
      const Node& node = nodeAt(member);
      if (member == group.host) continue;
      Values inputs;
      for (ValueId v : node.inputs) {
        const ValueId made = flow_.base(v);
        const bool own = flow_.flat(v) && groupOfValue(made) == index;
        const auto known = inside.find(own ? made : v);
        if (known == inside.end()) region.operands.push_back(v);
        inputs.push_back(known == inside.end() ? argument(v) : known->second);
      }
      const Type type{g_.type(node.result()).dtype, group.space};
      inside[node.result()] = region.graph.append(node.op, std::move(inputs), node.attrs, {type}, 0);
      result(node.result());
    }
    const bool reduces = group.host >= 0 && !hasProduct(group);
    if (reduces) {
      region.results = {nodeAt(group.host).result()};
      region.graph.outputs = {inside[nodeAt(group.host).inputs[0]]};
    }
    return region;
  }

  // ---- the new graph ----

  ValueId& place(ValueId v) { return map_[static_cast<size_t>(v)]; }

  // The group that a value comes from through any views; -1 for what no group makes.
  int32_t sourceOf(ValueId v) const {
    const Node* node = &g_.producer(v);
    while (node->op->has(kView)) node = &g_.producer(v = node->inputs[0]);
    return groupOfValue(v);
  }

  // A group after all that it reads from: with a stack of its own, since graphs are deeper than the
  // thread's.
  void emitWithSources(int32_t index) {
    std::vector<int32_t> waiting{index};
    while (!waiting.empty()) {
      const int32_t group = waiting.back();
      const size_t before = waiting.size();
      if (!emitted_[static_cast<size_t>(group)]) {
        for (int32_t member : groupAt(group).members) {
          for (ValueId v : nodeAt(member).inputs) {
            const int32_t source = sourceOf(v);
            if (source >= 0 && source != group && !emitted_[static_cast<size_t>(source)]) waiting.push_back(source);
          }
        }
        if (waiting.size() > before) continue;
        emitGroup(group);
      }
      waiting.pop_back();
    }
  }

  void emitGroup(int32_t index) {
    emitted_[static_cast<size_t>(index)] = true;
    const FuseGroup& group = groupAt(index);
    if (group.members.size() == 1) {
      for (ValueId v : nodeAt(group.members[0]).inputs) emitValue(v);
      copy(nodeAt(group.members[0]));
      return;
    }
    Region region = regionOf(index);
    Values inputs;
    const bool hosted = group.host >= 0;
    if (hasProduct(group)) inputs = nodeAt(group.host).inputs;
    for (ValueId& v : inputs) v = emitValue(v);
    builder_.setScope(scopeOf(group));
    for (ValueId v : region.operands) {
      const ValueId made = emitValue(v);
      builder_.setScope(scopeOf(group));
      inputs.push_back(builder_.reshape(made, group.space));
    }
    const OpDef& op = hosted ? definition(nodeAt(group.host)) : regionOp();
    Attrs attrs = hosted ? nodeAt(group.host).attrs : Attrs();
    const ValueId first = builder_.emit(op, std::move(inputs), std::move(attrs),
                                        {std::make_shared<const Graph>(std::move(region.graph))});
    for (size_t i = 0; i < region.results.size(); ++i) {
      const ValueId v = region.results[i];
      place(v) = builder_.reshape(first + static_cast<ValueId>(i), g_.type(v).shape);
    }
  }

  int32_t scopeOf(const FuseGroup& group) const {
    return nodeAt(group.host >= 0 ? group.host : group.members.front()).scope;
  }

  // Of a group that is there already, or a view of one.
  ValueId emitValue(ValueId v) {
    std::vector<const Node*> views;
    for (ValueId u = v; place(u) == kNoValue; u = views.back()->inputs[0]) views.push_back(&g_.producer(u));
    for (; !views.empty(); views.pop_back()) copy(*views.back());
    return place(v);
  }

  void copy(const Node& node) {
    Values inputs;
    std::vector<Type> types;
    for (ValueId v : node.inputs) inputs.push_back(place(v));
    for (int k = 0; k < node.resultCount; ++k) types.push_back(g_.type(node.result(k)));
    std::vector<std::shared_ptr<const Graph>> regions = node.regions;
    if (node.op->has(kLoop)) {
      for (auto& region : regions) region = std::make_shared<const Graph>(fuse(*region));
    }
    const ValueId first = out_.append(node.op, std::move(inputs), node.attrs, types, node.scope, std::move(regions));
    for (int k = 0; k < node.resultCount; ++k) place(node.result(k)) = first + k;
  }

  void emitEnds() {
    for (const Input& input : g_.inputs) out_.inputs.push_back({place(input.value), input.kind, input.name});
    for (ValueId v : g_.outputs) out_.outputs.push_back(emitValue(v));
    for (ValueId v : g_.guards) out_.guards.push_back(emitValue(v));
    for (const Commit& commit : g_.commits) {
      const ValueId target = emitValue(commit.target);
      out_.commits.push_back({target, emitValue(commit.value), commit.guarded, commit.part});
    }
  }

  const Graph& g_;
  const Dataflow flow_;
  Grouping grouping_;
  Graph out_;
  Builder builder_;
  Values map_;                 // per value of g
  std::vector<bool> emitted_;  // per group
};

}  // namespace

Graph fuse(const Graph& g) { return Fuser(g).run(); }

}  // namespace slalom
