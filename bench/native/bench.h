// A kernel beside other libraries on one thread. Samples of all of them are interleaved with bursts of the
// peak kernel that last as long, so that whoever else uses the core takes as much of each.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kernels/args.h"
#include "runtime/block.h"

namespace slalom::bench {

// So many runs, one after the other; empty: there is none.
using Run = std::function<void(int64_t repeats)>;

template <typename F>
Run repeat(F once) {
  return [once](int64_t repeats) {
    for (int64_t i = 0; i < repeats; ++i) once();
  };
}

// The calls of a plan on this thread, with scratch of their own. The arguments stay the caller's.
Run runOf(const CallPlan& plan);

// Arrays that start at cache lines of their own, each at another distance from a page's start, as the
// memory plan of a program places them, in blocks as programs have them; filled with numbers in [-1, 1).
class Memory {
 public:
  float* take(int64_t count);

 private:
  std::vector<std::shared_ptr<Block>> arrays_;
};

struct Contestant {
  Run run;
  const float* result = nullptr;  // compared after one run of each
};

enum class Unit { gflops, gigabytes, gigaelements };

constexpr double kPatience = 1.5;  // seconds of all samples of a case, about

struct Case {
  std::string name;
  Unit unit;
  double work;      // of one run: operations, bytes or elements
  int64_t results;  // numbers to compare
  Contestant slalom, openblas, onednn;
  double patience = kPatience;
};

class Bench {
 public:
  // Measures cases whose names contain `part`.
  Bench(const KernelTable& table, std::string part);

  const KernelTable& table() const { return table_; }
  const std::string& part() const { return part_; }
  bool wants(const std::string& name) const { return name.find(part_) != std::string::npos; }
  // How many times as fast Slalom is as the faster one of the others; 0: there is none.
  double measure(const Case& c) const;

 private:
  const KernelTable& table_;
  std::string part_;
  bool wide_;  // shares are of the peak with AVX-512; the other variants have no use for it
};

}  // namespace slalom::bench
