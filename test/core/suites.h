// Every test file's list, one line each.
#pragma once

#include "harness.h"

namespace slalom::test {

Tests irTests();

Tests allTests();

}  // namespace slalom::test
