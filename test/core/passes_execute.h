// Runs a program on one thread, without the runtime: for comparing plans to the bit.
#pragma once

#include <memory>

#include "passes/passes.h"

namespace slalom::test {

using Data = std::vector<uint8_t>;

Data dataOf(DType dtype, const std::vector<double>& values);
std::vector<double> valuesOf(DType dtype, const Data& data);

class Execution {
 public:
  explicit Execution(std::shared_ptr<const Program> program);
  ~Execution();

  // By position in Program::inputs, arguments and variables alike.
  void set(size_t input, Data data);
  // The contents of a variable after runs.
  Data state(size_t input) const;

  // Whether the guards held. Memory outside the lifetime of its buffer is overwritten with
  // garbage, so that a program that reads it gives other bits.
  bool run();
  Data output(size_t i) const;
  size_t faults() const { return faults_; }  // of the last run

 private:
  struct Memory;

  int32_t variableOf(size_t input) const;  // how many variables come before it; -1: an argument
  uint8_t* address(BufferRef at) const { return bases_[static_cast<size_t>(at.buffer)] + at.offset; }
  void bindOwn();
  void link(int32_t buffer);
  void linkAll();
  void spoil(int32_t step);
  void runSteps(const std::vector<Step>& steps, size_t begin, size_t end, bool spoils);
  void runLoop(size_t index);
  void clearFaults();
  void countFaults();

  std::shared_ptr<const Program> program_;
  std::vector<uint64_t> blob_;
  std::vector<uint8_t*> bases_;  // per buffer
  std::vector<std::unique_ptr<Memory>> memories_;
  std::vector<std::unique_ptr<Execution>> bodies_;
  uint8_t* scratch_ = nullptr;
  size_t faults_ = 0;
  bool isBody_ = false;
};

// Compiles and runs once: outputs, then the variables.
std::vector<Data> runOnce(const Graph& g, const CompileOptions& options, const std::vector<Data>& inputs);

}  // namespace slalom::test
