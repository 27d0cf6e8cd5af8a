// Tests of the core without Node. A test file offers one function that lists its tests; main.cpp
// lists those functions. A failed check is recorded with its place and the test goes on.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace slalom::test {

struct Test {
  std::string name;
  std::function<void()> run;
};

using Tests = std::vector<Test>;

// Records a failure of the running test unless `ok`.
void check(bool ok, const std::string& what = "", const char* file = __builtin_FILE(), int line = __builtin_LINE());

// Expects an exception whose what() contains `part`.
void checkThrows(const std::function<void()>& body, const std::string& part, const char* file = __builtin_FILE(),
                 int line = __builtin_LINE());

template <typename A, typename B>
void checkEqual(const A& actual, const B& expected, const std::string& what = "", const char* file = __builtin_FILE(),
                int line = __builtin_LINE()) {
  check(actual == expected, what, file, line);
}

}  // namespace slalom::test
