// A view is another layout over the same memory, unless a reader cannot use that layout: then it
// becomes a copy, which all its readers share.
#include "plan_layouts.h"

namespace slalom {

namespace {

struct Reader {
  int32_t node;
  int input;
};

bool accepts(const Graph& g, const Reader& reader, const Layout& layout) {
  const Node& node = g.nodes[static_cast<size_t>(reader.node)];
  if (node.op->has(kView)) return true;  // its own readers decide
  const OpDef& op = definition(node);
  return op.acceptsLayout && op.acceptsLayout(g, node, reader.input, layout);
}

}  // namespace

std::vector<ValueLayout> planLayouts(const Graph& g, const Schedule& s) {
  std::vector<std::vector<Reader>> readers(g.values.size());
  for (int32_t index : s.order) {
    const Node& node = g.nodes[static_cast<size_t>(index)];
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      readers[static_cast<size_t>(node.inputs[i])].push_back({index, static_cast<int>(i)});
    }
  }
  std::vector<bool> mustBeDense(g.values.size(), false);
  for (ValueId v : g.outputs) mustBeDense[static_cast<size_t>(v)] = true;
  for (ValueId v : g.guards) mustBeDense[static_cast<size_t>(v)] = true;

  std::vector<ValueLayout> layouts(g.values.size());
  for (int32_t index : s.order) {
    const Node& node = g.nodes[static_cast<size_t>(index)];
    for (int k = 0; k < node.resultCount; ++k) {
      const ValueId v = node.result(k);
      ValueLayout& own = layouts[static_cast<size_t>(v)];
      own = {v, Layout::dense(g.type(v).shape), false};
      if (!node.op->has(kView)) continue;
      const ValueLayout& source = layouts[static_cast<size_t>(node.inputs[0])];
      const std::optional<Layout> layout = definition(node).view(node, g.type(v), source.layout);
      bool usable = layout && (layout->isDense() || !mustBeDense[static_cast<size_t>(v)]);
      if (usable && !layout->isDense()) {
        for (const Reader& reader : readers[static_cast<size_t>(v)]) usable = usable && accepts(g, reader, *layout);
      }
      own.materialize = !usable;
      if (usable) own = {source.root, *layout, false};
    }
  }
  return layouts;
}

}  // namespace slalom
