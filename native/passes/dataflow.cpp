#include "dataflow.h"

#include <algorithm>

namespace slalom {

Dataflow::Dataflow(const Graph& g)
    : base_(g.values.size()),
      flat_(g.values.size(), true),
      leaves_(g.values.size(), false),
      layouts_(g.values.size()),
      readers_(g.values.size()) {
  for (size_t i = 0; i < g.nodes.size(); ++i) {
    const Node& node = g.nodes[i];
    if (node.op->has(kView)) {
      addView(g, node);
      continue;
    }
    for (ValueId v : node.inputs) {
      readers_[static_cast<size_t>(base(v))].push_back({static_cast<int32_t>(i), flat(v)});
    }
    for (int k = 0; k < node.resultCount; ++k) {
      const auto v = static_cast<size_t>(node.result(k));
      base_[v] = node.result(k);
      layouts_[v] = Layout::dense(g.type(node.result(k)).shape);
    }
  }
  const auto leave = [&](ValueId v) { leaves_[static_cast<size_t>(base(v))] = true; };
  for (ValueId v : g.outputs) leave(v);
  for (ValueId v : g.guards) leave(v);
  for (const Commit& commit : g.commits) leave(commit.value);
}

void Dataflow::addView(const Graph& g, const Node& node) {
  const auto v = static_cast<size_t>(node.result());
  const ValueId source = node.inputs[0];
  base_[v] = base(source);
  const Type& type = g.type(node.result());
  const std::optional<Layout> layout = definition(node).view(node, type, this->layout(source));
  const bool same = layout && layout->offset == layouts_[static_cast<size_t>(source)].offset && layout->isDense() &&
                    type.shape.size() == g.type(source).shape.size();
  flat_[v] = flat(source) && same;
  layouts_[v] = layout ? *layout : Layout::dense(type.shape);
}

namespace {

bool mayFault(const Node& node) {
  const auto inside = [](const std::shared_ptr<const Graph>& region) {
    return std::any_of(region->nodes.begin(), region->nodes.end(), mayFault);
  };
  return node.op->has(kFaults) || std::any_of(node.regions.begin(), node.regions.end(), inside);
}

int32_t producerOf(const Graph& g, ValueId v) { return g.values[static_cast<size_t>(v)].node; }

}  // namespace

std::vector<int32_t> earlyRoots(const Graph& g) {
  std::vector<int32_t> roots;
  for (ValueId v : g.outputs) roots.push_back(producerOf(g, v));
  for (ValueId v : g.guards) roots.push_back(producerOf(g, v));
  for (const Commit& commit : g.commits) {
    if (!commit.guarded) roots.push_back(producerOf(g, commit.value));
  }
  for (size_t i = 0; i < g.nodes.size(); ++i) {
    if (mayFault(g.nodes[i])) roots.push_back(static_cast<int32_t>(i));
  }
  return roots;
}

std::vector<bool> neededBeforeCommits(const Graph& g) {
  std::vector<bool> needed(g.nodes.size(), false);
  for (int32_t root : earlyRoots(g)) needed[static_cast<size_t>(root)] = true;
  for (size_t i = g.nodes.size(); i-- > 0;) {
    if (!needed[i]) continue;
    for (ValueId v : g.nodes[i].inputs) needed[static_cast<size_t>(producerOf(g, v))] = true;
  }
  return needed;
}

}  // namespace slalom
