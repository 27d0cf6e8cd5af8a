// Programs of the graphs that were compiled last, for whoever traces an equal graph again: the next run of `fit` on
// the same model, the next evaluation, the next fold.
#pragma once

#include <list>
#include <mutex>

#include "passes.h"

namespace slalom {

class ProgramCache {
 public:
  // Keeps programs of so many nodes altogether, the most recently used ones.
  explicit ProgramCache(size_t mostNodes) : mostNodes_(mostNodes) {}

  // The one of the process.
  static ProgramCache& shared();

  // `compile`, or what it has made of an equal graph with the same options. Two threads that ask for the same at the
  // same time may both compile it.
  std::shared_ptr<const Program> get(const std::shared_ptr<const Graph>& graph, const CompileOptions& options);

 private:
  struct Entry {
    size_t hash, nodes;
    std::shared_ptr<const Graph> graph;
    CompileOptions options;
    std::shared_ptr<const Program> program;
  };

  std::shared_ptr<const Program> find(size_t hash, const Graph& graph, const CompileOptions& options);
  void keep(Entry entry);

  std::mutex mutex_;
  const size_t mostNodes_;
  size_t nodes_ = 0;
  std::list<Entry> entries_;  // the most recently used one first
};

}  // namespace slalom
