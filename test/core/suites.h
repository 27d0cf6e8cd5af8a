// Every test file's list, one line each.
#pragma once

#include "harness.h"

namespace slalom::test {

Tests irTests();
Tests opsBindTests();
Tests opsGradientTests();
Tests opsInferTests();
Tests opsSimplifyTests();
Tests opsTileTests();
Tests kernelGatherTests();
Tests kernelMathTests();
Tests kernelRootTests();
Tests kernelRandomTests();
Tests kernelSelectTests();
Tests kernelSoftmaxTests();
Tests kernelSortTests();
Tests kernelReduceTests();
Tests kernelTileTests();
Tests matmulTests();
Tests matmulShapeTests();
Tests matmulTileTests();
Tests precisionTests();
Tests passesRewriteTests();
Tests passesPlanTests();
Tests cacheTests();
Tests passesRandomTests();
Tests splitTests();
Tests sharingTests();
Tests widenTests();
Tests arenaTests();
Tests dataTests();
Tests feedTests();
Tests functionTests();
Tests examineTests();
Tests memoryTests();
Tests poolTests();
Tests sliceTests();
Tests profileTests();
Tests sessionTests();
Tests sessionEndTests();
Tests lateSessionTests();

Tests allTests();

}  // namespace slalom::test
