// A program with memory and variables of its own: callable from any thread, one call at a time.
#pragma once

#include <functional>
#include <mutex>

#include "../ir/error.h"
#include "check.h"
#include "profile.h"
#include "states.h"

namespace slalom {

// Makes the unfused program when a guard refuses; it may be asked from any thread.
using CheckedProgram = std::function<std::shared_ptr<const Program>()>;

class Function {
 public:
  // Throws Error when the variables do not fit. `checked` may be empty.
  Function(std::shared_ptr<const Program> program, Variables variables, CheckedProgram checked);

  // Throws Error: wrong arguments, a leased variable, an index out of range, a refused guard.
  // With a pin of this function: over the variables as they were then, whoever has them now.
  std::vector<Array> call(const std::vector<Array>& arguments, const Pin* pin = nullptr);

  // The same with the results written to `targets`, one for each of outputs() and as large.
  void callInto(const std::vector<Array>& arguments, const std::vector<uint8_t*>& targets, const Pin* pin = nullptr);

  const std::vector<ProgramInput>& inputs() const { return instance_.program().inputs; }
  const std::vector<ProgramOutput>& outputs() const { return instance_.program().outputs; }

  // `warmUps` calls, then `repeats` that are timed. Throws as call does.
  Profile profile(const std::vector<Array>& arguments, int64_t warmUps, int64_t repeats);

  // Null for a program that writes variables. Throws Error: a leased variable.
  std::shared_ptr<const Pin> pin() const { return states_.pin(programs_); }

  int64_t bytes() const;  // of its temporary memory, at most

 private:
  void checkArguments(const std::vector<Array>& arguments) const;
  std::unique_ptr<States::Hold> holdFree() const;
  void bindAll(const std::vector<Array>& arguments, const Pin* pin);
  // Checks and binds. The results may be read while what it returns lives (null with a pin).
  [[nodiscard]] std::unique_ptr<States::Hold> prepare(const std::vector<Array>& arguments, const Pin* pin);
  void run(const std::vector<Array>& arguments);
  // A refused step by the unfused program. Throws Error if that refuses it as well.
  void repeat(const std::vector<Array>& arguments);

  std::mutex mutex_;
  std::shared_ptr<ThreadPool> pool_;
  States states_;
  CheckedProgram checked_;
  Arena arena_;
  Instance instance_;
  const std::vector<const Program*> programs_;  // the one that it runs
};

// The error of a refused guard, as far as a checked run can explain it.
Error nonFiniteError(const std::optional<NonFinite>& found);

}  // namespace slalom
