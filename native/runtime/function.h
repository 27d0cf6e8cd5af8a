// A program with memory and variables of its own: callable from any thread, one call at a time.
#pragma once

#include <functional>
#include <mutex>

#include "../ir/error.h"
#include "check.h"
#include "states.h"

namespace slalom {

// Makes the unfused program when a guard refuses; it may be asked from any thread, once.
using CheckedProgram = std::function<std::shared_ptr<const Program>()>;

class Function {
 public:
  Function(std::shared_ptr<const Program> program, Variables variables, CheckedProgram checked);

  // Throws Error: wrong arguments, a leased variable, an index out of range, a refused guard.
  std::vector<Array> call(const std::vector<Array>& arguments);

 private:
  void checkArguments(const std::vector<Array>& arguments) const;
  void bindArguments(Instance& instance, const std::vector<Array>& arguments) const;
  void prepare();
  [[noreturn]] void explainRefusal(const std::vector<Array>& arguments);

  std::mutex mutex_;
  std::shared_ptr<ThreadPool> pool_;
  Variables variables_;
  CheckedProgram checked_;
  Arena arena_;
  Instance instance_;
};

// The error of a refused guard, as far as a checked run can explain it.
Error nonFiniteError(const std::optional<NonFinite>& found);

}  // namespace slalom
