#include "rebuild.h"

#include "../ir/error.h"

namespace slalom {

namespace {

// A rewrite that goes on after this many rounds is taken for a loop between two rules.
constexpr int kMaxDepth = 64;

using Values = Rebuild::Values;

std::vector<Type> resultTypes(const Graph& g, const Node& node) {
  std::vector<Type> types;
  for (int i = 0; i < node.resultCount; ++i) types.push_back(g.type(node.result(i)));
  return types;
}

Values resultsFrom(ValueId first, size_t count) {
  Values results;
  for (size_t i = 0; i < count; ++i) results.push_back(first + static_cast<ValueId>(i));
  return results;
}

size_t hashOf(const Node& node) {
  size_t h = std::hash<const void*>()(node.op) ^ node.attrs.hash();
  for (ValueId v : node.inputs) h = h * 1000003 + static_cast<size_t>(v);
  for (const auto& region : node.regions) h = h * 1000003 + std::hash<const void*>()(region.get());
  return h;
}

void translate(Values& values, const Values& map) {
  for (ValueId& v : values) v = map[static_cast<size_t>(v)];
}

std::vector<bool> inputNodes(const Graph& g) {
  std::vector<bool> isInput(g.nodes.size(), false);
  for (const Input& input : g.inputs)
    isInput[static_cast<size_t>(g.values[static_cast<size_t>(input.value)].node)] = true;
  return isInput;
}

std::vector<bool> liveNodes(const Graph& g) {
  std::vector<bool> live = inputNodes(g);
  const auto need = [&](ValueId v) { live[static_cast<size_t>(g.values[static_cast<size_t>(v)].node)] = true; };
  for (ValueId v : g.outputs) need(v);
  for (ValueId v : g.guards) need(v);
  for (const Commit& commit : g.commits) {
    need(commit.target);
    need(commit.value);
  }
  for (size_t i = g.nodes.size(); i-- > 0;) {
    if (!live[i]) continue;
    for (ValueId v : g.nodes[i].inputs) need(v);
  }
  return live;
}

}  // namespace

void translateEnds(const Graph& from, const Values& map, Graph& to) {
  to.inputs = from.inputs;
  for (Input& input : to.inputs) input.value = map[static_cast<size_t>(input.value)];
  to.outputs = from.outputs;
  translate(to.outputs, map);
  to.guards = from.guards;
  translate(to.guards, map);
  to.commits = from.commits;
  for (Commit& commit : to.commits) {
    commit.target = map[static_cast<size_t>(commit.target)];
    commit.value = map[static_cast<size_t>(commit.value)];
  }
}

Graph Rebuild::run(const Graph& given) {
  const Graph g = withoutDead(given);
  out_.scopes = g.scopes;
  Values map(g.values.size(), kNoValue);
  const std::vector<bool> isInput = inputNodes(g);
  for (size_t i = 0; i < g.nodes.size(); ++i) {
    Node node = g.nodes[i];
    const std::vector<Type> types = resultTypes(g, node);
    const ValueId first = node.firstResult;
    translate(node.inputs, map);
    if (options_.region) {
      for (auto& region : node.regions) region = std::make_shared<const Graph>(options_.region(*region));
    }
    const Values results = isInput[i] ? append(std::move(node), types) : place(std::move(node), types, 0);
    for (size_t k = 0; k < results.size(); ++k) map[static_cast<size_t>(first) + k] = results[k];
  }
  translateEnds(g, map, out_);
  return withoutDead(out_);
}

Values Rebuild::place(Node node, const std::vector<Type>& types, int depth) {
  if (depth > kMaxDepth) throw Error::internal("rewriting " + std::string(node.op->name) + " does not end");
  const size_t firstNode = out_.nodes.size(), firstValue = out_.values.size();
  builder_.setScope(node.scope);
  RewriteContext context{builder_, node};
  Values replacement = options_.rule(context, types);
  if (!replacement.empty()) return placeReplacement(std::move(replacement), firstNode, firstValue, depth);
  out_.nodes.resize(firstNode);
  out_.values.resize(firstValue);
  if (!options_.merge) return append(std::move(node), types);
  const size_t hash = hashOf(node);
  const ValueId equal = findEqual(node, hash);
  if (equal != kNoValue) return resultsFrom(equal, types.size());
  byHash_.emplace(hash, static_cast<int32_t>(out_.nodes.size()));
  return append(std::move(node), types);
}

// Takes back the nodes that the rule emitted and places them one by one.
Values Rebuild::placeReplacement(Values replacement, size_t firstNode, size_t firstValue, int depth) {
  std::vector<Node> nodes(std::make_move_iterator(out_.nodes.begin() + static_cast<std::ptrdiff_t>(firstNode)),
                          std::make_move_iterator(out_.nodes.end()));
  std::vector<Value> values(out_.values.begin() + static_cast<std::ptrdiff_t>(firstValue), out_.values.end());
  out_.nodes.resize(firstNode);
  out_.values.resize(firstValue);
  Values map(values.size(), kNoValue);
  const auto placed = [&](ValueId v) {
    return static_cast<size_t>(v) < firstValue ? v : map[static_cast<size_t>(v) - firstValue];
  };
  for (Node& node : nodes) {
    for (ValueId& v : node.inputs) v = placed(v);
    const size_t at = static_cast<size_t>(node.firstResult) - firstValue;
    std::vector<Type> types;
    for (int i = 0; i < node.resultCount; ++i) types.push_back(values[at + static_cast<size_t>(i)].type);
    const Values results = place(std::move(node), types, depth + 1);
    std::copy(results.begin(), results.end(), map.begin() + static_cast<std::ptrdiff_t>(at));
  }
  for (ValueId& v : replacement) v = placed(v);
  return replacement;
}

Values Rebuild::append(Node node, const std::vector<Type>& types) {
  const ValueId first =
      out_.append(node.op, std::move(node.inputs), std::move(node.attrs), types, node.scope, std::move(node.regions));
  return resultsFrom(first, types.size());
}

ValueId Rebuild::findEqual(const Node& node, size_t hash) const {
  const auto range = byHash_.equal_range(hash);
  for (auto it = range.first; it != range.second; ++it) {
    const Node& other = out_.nodes[static_cast<size_t>(it->second)];
    const bool equal = other.op == node.op && other.inputs == node.inputs && other.regions == node.regions &&
                       other.attrs == node.attrs;
    if (equal) return other.firstResult;
  }
  return kNoValue;
}

Graph withoutDead(const Graph& g) {
  const std::vector<bool> live = liveNodes(g);
  Graph out;
  out.scopes = g.scopes;
  Values map(g.values.size(), kNoValue);
  for (size_t i = 0; i < g.nodes.size(); ++i) {
    if (!live[i]) continue;
    const Node& node = g.nodes[i];
    Values inputs = node.inputs;
    translate(inputs, map);
    const ValueId first =
        out.append(node.op, std::move(inputs), node.attrs, resultTypes(g, node), node.scope, node.regions);
    for (int k = 0; k < node.resultCount; ++k) map[static_cast<size_t>(node.result(k))] = first + k;
  }
  translateEnds(g, map, out);
  return out;
}

}  // namespace slalom
