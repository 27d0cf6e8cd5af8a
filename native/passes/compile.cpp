#include "passes.h"

#include "../ir/error.h"

namespace slalom {

namespace {

void verifyInDebug(const Graph& g) {
#ifndef NDEBUG
  verify(g);
#else
  (void)g;
#endif
}

}  // namespace

std::shared_ptr<const Program> assemble(const Graph& g, const CompileOptions& options, bool isBody) {
  const Schedule order = schedule(g);
  const MemoryPlan plan = planMemory(g, order, options, isBody);
  return lower(g, order, plan, *options.kernels);
}

std::shared_ptr<const Program> compile(const Graph& given, const CompileOptions& choices) {
  CompileOptions options = choices;
  if (!options.kernels) options.kernels = selectedKernels();
  if (!options.kernels) throw Error::value("SLALOM_ISA names kernels that are unknown or that this CPU cannot run");
  verifyInDebug(given);
  Graph g = expand(given);
  verifyInDebug(g);
  g = simplify(g, options.kernels);
  verifyInDebug(g);
  if (options.fuse) {
    g = splitUpdates(g);
    verifyInDebug(g);
    g = measureProducts(g);
    verifyInDebug(g);
    g = fuse(g);
    verifyInDebug(g);
  }
  return assemble(g, options);
}

}  // namespace slalom
