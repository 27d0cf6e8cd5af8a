#include "graph.h"

namespace slalom {

ValueId Graph::append(const OpInfo* op, std::vector<ValueId> nodeInputs, Attrs attrs, const std::vector<Type>& types,
                      int32_t scope, std::vector<std::shared_ptr<const Graph>> regions) {
  const auto first = static_cast<ValueId>(values.size());
  const auto index = static_cast<int32_t>(nodes.size());
  for (const Type& type : types) values.push_back({type, index});
  Node node;
  node.op = op;
  node.inputs = std::move(nodeInputs);
  node.attrs = std::move(attrs);
  node.firstResult = first;
  node.resultCount = static_cast<int32_t>(types.size());
  node.scope = scope;
  node.regions = std::move(regions);
  nodes.push_back(std::move(node));
  return first;
}

int32_t Graph::scopeOf(std::string_view path) {
  for (size_t i = scopes.size(); i-- > 0;) {
    if (scopes[i] == path) return static_cast<int32_t>(i);
  }
  scopes.emplace_back(path);
  return static_cast<int32_t>(scopes.size() - 1);
}

std::vector<int32_t> useCounts(const Graph& g) {
  std::vector<int32_t> uses(g.values.size(), 0);
  auto use = [&](ValueId v) {
    if (v != kNoValue) ++uses[static_cast<size_t>(v)];
  };
  for (const Node& node : g.nodes) {
    for (ValueId v : node.inputs) use(v);
  }
  for (ValueId v : g.outputs) use(v);
  for (ValueId v : g.guards) use(v);
  for (const Commit& commit : g.commits) {
    use(commit.target);
    use(commit.value);
  }
  return uses;
}

}  // namespace slalom
