#include "dataflow.h"

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

std::vector<bool> neededBeforeCommits(const Graph& g) {
  std::vector<bool> needed(g.nodes.size(), false);
  const auto need = [&](ValueId v) { needed[static_cast<size_t>(g.values[static_cast<size_t>(v)].node)] = true; };
  for (ValueId v : g.outputs) need(v);
  for (ValueId v : g.guards) need(v);
  for (const Commit& commit : g.commits) {
    if (!commit.guarded) need(commit.value);
  }
  for (size_t i = g.nodes.size(); i-- > 0;) {
    if (!needed[i]) continue;
    for (ValueId v : g.nodes[i].inputs) need(v);
  }
  return needed;
}

}  // namespace slalom
