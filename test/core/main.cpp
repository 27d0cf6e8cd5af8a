#include "suites.h"

namespace slalom::test {

Tests allTests() {
  Tests all;
  for (const auto& suite :
       {irTests,           opsBindTests,       opsGradientTests, opsInferTests,     opsSimplifyTests,   opsTileTests,
        kernelSelectTests, kernelMathTests,    kernelRootTests,  kernelRandomTests, kernelSoftmaxTests, kernelSortTests,
        kernelGatherTests, kernelReduceTests,  kernelTileTests,  matmulTests,       matmulShapeTests,   matmulTileTests,
        precisionTests,    passesRewriteTests, passesPlanTests,  passesRandomTests, splitTests,         sharingTests,
        arenaTests,        dataTests,          feedTests,        functionTests,     poolTests,          sessionTests,
        sessionEndTests,   lateSessionTests,   profileTests,     examineTests,      widenTests,         sliceTests,
        memoryTests,       cacheTests}) {
    for (Test& test : suite()) all.push_back(std::move(test));
  }
  return all;
}

}  // namespace slalom::test
