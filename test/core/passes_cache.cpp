// What was compiled serves every equal graph, and no other.
#include <functional>

#include "ops/build.h"
#include "passes/program_cache.h"
#include "passes_models.h"
#include "suites.h"

namespace slalom::test {

namespace {

std::shared_ptr<const Graph> step(const std::function<void(Graph&)>& change = [](Graph&) {}) {
  Graph g = mlpStep({{3, 5, 2}, 4, DType::f32});
  change(g);
  return std::make_shared<const Graph>(std::move(g));
}

void equalGraphs() {
  ProgramCache cache(1000);
  const auto program = cache.get(step(), {});
  check(cache.get(step(), {}) == program, "an equal graph");
  check(cache.get(step(), {}) == program, "again");
}

void otherGraphs() {
  ProgramCache cache(1000);
  const auto program = cache.get(step(), {});
  const auto differs = [&](const std::string& what, const std::function<void(Graph&)>& change) {
    check(cache.get(step(change), {}) != program, what);
  };
  differs("an output less", [](Graph& g) { g.outputs.pop_back(); });
  differs("the name of an input", [](Graph& g) { g.inputs.back().name += "?"; });
  differs("a layer's path", [](Graph& g) { g.scopes.front() += "?"; });
  differs("a commit that no guard holds back", [](Graph& g) { g.commits.back().guarded = !g.commits.back().guarded; });
  differs("a number", [](Graph& g) {
    for (Node& node : g.nodes) {
      for (const Attrs::Entry& entry : node.attrs.entries()) {
        if (const double* value = std::get_if<double>(&entry.second)) return node.attrs.set(entry.first, *value + 1);
      }
    }
    check(false, "the step holds a number");
  });
  check(cache.get(step(), {}) == program, "and the first one is still there");
}

void otherOptions() {
  ProgramCache cache(1000);
  const auto program = cache.get(step(), {});
  CompileOptions options;
  options.fuse = false;
  check(cache.get(step(), options) != program, "unfused");
  options = {};
  options.redZones = true;
  check(cache.get(step(), options) != program, "with red zones");
  options = {};
  options.kernels = kernelsNamed("reference");
  check(cache.get(step(), options) != program, "other kernels");
}

void leastRecentlyUsedGoFirst() {
  const size_t nodes = step()->nodes.size();
  ProgramCache cache(3 * nodes);
  const auto renamed = [](int i) { return step([i](Graph& g) { g.inputs.back().name = std::to_string(i); }); };
  std::vector<std::shared_ptr<const Program>> programs;
  for (int i = 0; i < 3; ++i) programs.push_back(cache.get(renamed(i), {}));
  check(cache.get(renamed(0), {}) == programs[0], "as many as there is room for");
  cache.get(renamed(3), {});
  check(cache.get(renamed(0), {}) == programs[0], "the one that was used");
  check(cache.get(renamed(1), {}) != programs[1], "not the one that was not");
  ProgramCache small(nodes - 1);
  check(small.get(step(), {}) != small.get(step(), {}), "what is too large is not kept");
}

void constantData() {
  const auto table = [](size_t bytes, uint8_t last) {
    auto data = std::make_shared<std::vector<uint8_t>>(bytes, uint8_t{0});
    data->back() = last;
    Graph g;
    Builder b(g);
    const auto count = static_cast<int64_t>(bytes / 4);
    const ValueId constant =
        b.emit("constant", {}, {{"data", Bytes(data)}, {"dtype", "f32"}, {"shape", std::vector<int64_t>{count}}});
    g.outputs = {b.neg(constant)};
    return std::make_shared<const Graph>(std::move(g));
  };
  ProgramCache cache(1000);
  const auto program = cache.get(table(64, 0), {});
  check(cache.get(table(64, 0), {}) == program, "compared by content");
  check(cache.get(table(64, 1), {}) != program, "to the last byte");
  const size_t large = size_t{2} << 20;
  check(cache.get(table(large, 0), {}) != cache.get(table(large, 0), {}), "much of it is not kept alive");
}

}  // namespace

Tests cacheTests() {
  return {{"program cache: an equal graph", equalGraphs},
          {"program cache: other graphs", otherGraphs},
          {"program cache: other options", otherOptions},
          {"program cache: room", leastRecentlyUsedGoFirst},
          {"program cache: constant data", constantData}};
}

}  // namespace slalom::test
