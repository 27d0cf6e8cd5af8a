#include "harness.h"

#include <cstdio>
#include <exception>

#include "suites.h"

namespace slalom::test {

namespace {
int failures = 0;
}

void check(bool ok, const std::string& what, const char* file, int line) {
  if (ok) return;
  ++failures;
  if (failures <= 20) std::printf("    %s:%d: %s\n", file, line, what.empty() ? "check failed" : what.c_str());
}

void checkThrows(const std::function<void()>& body, const std::string& part, const char* file, int line) {
  try {
    body();
  } catch (const std::exception& error) {
    check(std::string(error.what()).find(part) != std::string::npos,
          "expected an error with '" + part + "', got '" + error.what() + "'", file, line);
    return;
  }
  check(false, "expected an error with '" + part + "', got none", file, line);
}

// Whether a test passes.
static bool runOne(const Test& test) {
  failures = 0;
  try {
    test.run();
  } catch (const std::exception& error) {
    check(false, std::string("unexpected exception: ") + error.what(), test.name.c_str(), 0);
  }
  if (failures > 0) std::printf("FAILED  %s (%d checks)\n", test.name.c_str(), failures);
  return failures == 0;
}

}  // namespace slalom::test

// Arguments are parts of names; without any, all tests run.
int main(int argc, char** argv) {
  int passed = 0, failed = 0;
  for (const slalom::test::Test& test : slalom::test::allTests()) {
    bool wanted = argc < 2;
    for (int i = 1; i < argc; ++i) wanted = wanted || test.name.find(argv[i]) != std::string::npos;
    if (!wanted) continue;
    slalom::test::runOne(test) ? ++passed : ++failed;
    std::fflush(stdout);
  }
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed > 0 || passed == 0 ? 1 : 0;
}
