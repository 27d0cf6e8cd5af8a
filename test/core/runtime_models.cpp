#include "runtime_models.h"

#include <cstring>
#include <numeric>

#include "passes/passes.h"
#include "passes_models.h"

namespace slalom::test {

namespace {

SessionProgram programFor(const TrainingOptions& o, int64_t batch) {
  const Graph graph = mlpStep({o.widths, batch});
  const auto checked = [graph] {
    CompileOptions unfused;
    unfused.fuse = false;
    return compile(graph, unfused);
  };
  return {batch, compile(graph), checked};
}

}  // namespace

Training::Training(const TrainingOptions& o) {
  // All rows as one batch, so that its inputs are the columns.
  const Graph whole = mlpStep({o.widths, o.rows});
  const auto contents = inputsFor(whole, 3);
  for (size_t i = 0; i < whole.inputs.size(); ++i) {
    const Array array = Array::from(contents[i].data(), whole.type(whole.inputs[i].value));
    if (whole.inputs[i].kind == InputKind::argument) {
      options_.columns.push_back(array);
      continue;
    }
    const bool isWeight = whole.inputs[i].name.find("layers") == 0;
    options_.variables.push_back(std::make_shared<Variable>(isWeight ? array : Array::make(array.type)));
  }
  options_.programs.push_back(programFor(o, o.batchSize));
  if (o.rows % o.batchSize != 0) options_.programs.push_back(programFor(o, o.rows % o.batchSize));
  options_.data = {o.rows, o.batchSize, o.shuffle, 7, false};
  options_.lease = o.lease;
}

std::vector<uint8_t> Training::bits() const {
  std::vector<uint8_t> all;
  for (const auto& variable : variables()) {
    const auto bytes = bitsOf(variable->read());
    all.insert(all.end(), bytes.begin(), bytes.end());
  }
  return all;
}

RunSpec stepsFromStart(int64_t steps) {
  RunSpec spec;
  spec.steps = steps;
  return spec;
}

std::vector<uint8_t> bitsOf(const Array& array) { return {array.data(), array.data() + array.type.bytes()}; }

std::vector<size_t> placesOf(const Session& session) {
  std::vector<size_t> places(session.variables().size());
  std::iota(places.begin(), places.end(), size_t{0});
  return places;
}

}  // namespace slalom::test
