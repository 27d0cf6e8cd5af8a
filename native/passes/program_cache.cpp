#include "program_cache.h"

#include <algorithm>

namespace slalom {

namespace {

constexpr size_t kMostNodes = 16384;
// Of constant data in a graph: more is not compared, nor kept alive.
constexpr size_t kMostBytes = size_t{1} << 20;

size_t mixed(size_t h, size_t x) { return (h ^ x) * 1099511628211u; }

// What a graph weighs, with the graphs of its regions.
struct Weight {
  size_t nodes = 0, bytes = 0;
};

void add(Weight& weight, const Graph& g) {
  weight.nodes += g.nodes.size();
  for (const Node& node : g.nodes) {
    for (const Attrs::Entry& entry : node.attrs.entries()) {
      if (const Bytes* data = std::get_if<Bytes>(&entry.second)) weight.bytes += (*data)->size();
    }
    for (const auto& region : node.regions) add(weight, *region);
  }
}

size_t hashOf(const Graph& g) {
  size_t h = g.nodes.size();
  for (const Node& node : g.nodes) {
    h = mixed(mixed(h, std::hash<const void*>()(node.op)), node.attrs.hash());
    for (ValueId v : node.inputs) h = mixed(h, static_cast<size_t>(v));
    for (const auto& region : node.regions) h = mixed(h, hashOf(*region));
  }
  for (ValueId v : g.outputs) h = mixed(h, static_cast<size_t>(v));
  return h;
}

template <typename List, typename Same>
bool allSame(const List& a, const List& b, const Same& same) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same);
}

// To the names that errors and profiles tell.
bool areEqual(const Graph& a, const Graph& b) {
  const auto sameRegion = [](const auto& x, const auto& y) { return x == y || areEqual(*x, *y); };
  const auto sameNode = [&](const Node& x, const Node& y) {
    return x.op == y.op && x.inputs == y.inputs && x.firstResult == y.firstResult && x.resultCount == y.resultCount &&
           x.scope == y.scope && x.attrs == y.attrs && allSame(x.regions, y.regions, sameRegion);
  };
  const auto sameValue = [](const Value& x, const Value& y) { return x.type == y.type && x.node == y.node; };
  const auto sameInput = [](const Input& x, const Input& y) {
    return x.value == y.value && x.kind == y.kind && x.name == y.name;
  };
  const auto sameCommit = [](const Commit& x, const Commit& y) {
    return x.target == y.target && x.value == y.value && x.guarded == y.guarded && x.part == y.part;
  };
  return a.outputs == b.outputs && a.guards == b.guards && a.scopes == b.scopes &&
         allSame(a.nodes, b.nodes, sameNode) && allSame(a.values, b.values, sameValue) &&
         allSame(a.inputs, b.inputs, sameInput) && allSame(a.commits, b.commits, sameCommit);
}

bool areEqual(const CompileOptions& a, const CompileOptions& b) {
  return a.kernels == b.kernels && a.fuse == b.fuse && a.redZones == b.redZones;
}

}  // namespace

ProgramCache& ProgramCache::shared() {
  static auto* const cache = new ProgramCache(kMostNodes);
  return *cache;
}

std::shared_ptr<const Program> ProgramCache::get(const std::shared_ptr<const Graph>& graph,
                                                 const CompileOptions& options) {
  Weight weight;
  add(weight, *graph);
  if (weight.nodes > mostNodes_ || weight.bytes > kMostBytes) return compile(*graph, options);
  const size_t hash = hashOf(*graph);
  std::shared_ptr<const Program> program = find(hash, *graph, options);
  if (program) return program;
  program = compile(*graph, options);
  keep({hash, weight.nodes, graph, options, program});
  return program;
}

std::shared_ptr<const Program> ProgramCache::find(size_t hash, const Graph& graph, const CompileOptions& options) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
    if (entry->hash != hash || !areEqual(entry->options, options) || !areEqual(*entry->graph, graph)) continue;
    entries_.splice(entries_.begin(), entries_, entry);
    return entries_.front().program;
  }
  return nullptr;
}

void ProgramCache::keep(Entry entry) {
  const std::lock_guard<std::mutex> lock(mutex_);
  nodes_ += entry.nodes;
  entries_.push_front(std::move(entry));
  while (nodes_ > mostNodes_) {
    nodes_ -= entries_.back().nodes;
    entries_.pop_back();
  }
}

}  // namespace slalom
