// Copies a graph node by node while a rule replaces some of them. What a rule emits is placed
// by the same rule again, so that rewrites compose; the copy stays in topological order.
#pragma once

#include <functional>
#include <unordered_map>

#include "passes.h"

namespace slalom {

class Rebuild {
 public:
  using Values = std::vector<ValueId>;
  // Replacement values for a node of these result types, or empty to keep it.
  using Rule = std::function<Values(RewriteContext&, const std::vector<Type>& types)>;

  struct Options {
    Rule rule;
    std::function<Graph(const Graph&)> region;  // applied to the regions of every node
    bool merge = false;                         // equal nodes become one
  };

  explicit Rebuild(Options options) : options_(std::move(options)), builder_(out_) {}

  Graph run(const Graph& g);

 private:
  Values place(Node node, const std::vector<Type>& types, int depth);
  Values placeReplacement(Values replacement, size_t firstNode, size_t firstValue, int depth);
  Values append(Node node, const std::vector<Type>& types);
  ValueId findEqual(const Node& node, size_t hash) const;

  Options options_;
  Graph out_;
  Builder builder_;
  std::unordered_multimap<size_t, int32_t> byHash_;
};

// Inputs, outputs, commits and guards of `from` under their new names.
void translateEnds(const Graph& from, const std::vector<ValueId>& map, Graph& to);

// Without the nodes that no output, commit or guard needs. Inputs stay.
Graph withoutDead(const Graph& g);

}  // namespace slalom
