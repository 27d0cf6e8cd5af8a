// Which tables there are, that they are complete, and the floating-point mode of a thread.
#include "kernels_support.h"
#include "suites.h"

namespace slalom::test {

namespace {

void tablesAreComplete() {
  const KernelTable& reference = *kernelsNamed("reference");
  for (const KernelTable* table : kernelTables(Which::all)) {
    const std::string name = table->name;
    check(table->planPointwise && table->planMatmul && table->planReduce && table->planSoftmax, name);
    check(table->planCrossEntropy && table->planGather && table->planScatterAdd && table->planSort && table->planRandom,
          name);
    for (int code = 0; code < kPointwiseCount; ++code) {
      for (int lane = 0; lane < kLaneCount; ++lane) {
        const std::string what = name + ", code " + std::to_string(code) + ", lane " + std::to_string(lane);
        if (reference.pointwise[code][lane]) check(table->pointwise[code][lane] != nullptr, what + " is missing");
        if (lane == kLaneF64)
          check(table->pointwise[code][lane] == reference.pointwise[code][lane], what + " is not the reference");
      }
    }
  }
}

void tablesByName() {
  const char* const* names = availableKernels();
  int count = 0;
  for (; names[count]; ++count) {
    const KernelTable* table = kernelsNamed(names[count]);
    check(table && std::strcmp(table->name, names[count]) == 0, names[count]);
  }
  check(count >= 2 && std::strcmp(names[count - 1], "reference") == 0, "reference is the last");
  check(kernelsNamed("sse9") == nullptr, "an unknown name");
  check(selectedKernels() == selectedKernels(), "chosen once");
}

void denormalsAreFlushed() {
  volatile float tiny = 1e-38f, half = 0.25f, denormal = 1e-39f, large = 1e30f;
  const auto product = [&] { return tiny * half; };
  check(product() != 0.0f, "denormals live outside");
  {
    const FloatMode mode;
    check(product() == 0.0f, "results are flushed");
    check(denormal * large == 0.0f, "operands are flushed");
    {
      const FloatMode inner;
      check(product() == 0.0f, "nested");
    }
    check(product() == 0.0f, "after the inner mode");
  }
  check(product() != 0.0f, "the mode comes back");
}

}  // namespace

Tests kernelSelectTests() {
  return {
      {"kernels: tables are complete", tablesAreComplete},
      {"kernels: tables by name", tablesByName},
      {"kernels: denormals", denormalsAreFlushed},
  };
}

}  // namespace slalom::test
