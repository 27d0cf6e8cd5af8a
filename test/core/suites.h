// Every test file's list, one line each.
#pragma once

#include "harness.h"

namespace slalom::test {

Tests irTests();
Tests opsGradientTests();
Tests opsInferTests();
Tests opsSimplifyTests();
Tests opsTileTests();
Tests kernelMathTests();
Tests matmulTests();

Tests allTests();

}  // namespace slalom::test
