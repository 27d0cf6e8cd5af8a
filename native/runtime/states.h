// The variables that a program's state inputs stand for: checked, kept still, laid out and bound.
#pragma once

#include <mutex>

#include "instance.h"
#include "variable.h"

namespace slalom {

class States {
 public:
  // Throws Error if a variable is given twice.
  explicit States(Variables variables);

  const Variables& variables() const { return variables_; }

  // Throws Error unless there is one variable of the right type for every state input.
  void check(const Program& program) const;

  // Takes all leases or none; Error (busy) if somebody has one.
  void lease();
  void release();
  // Throws Error (busy) if somebody has one of the leases.
  void refuseIfLeased() const;

  // Keeps the variables as the programs want them, alone and unpinned where a program commits; while
  // it lives, nobody else writes or moves them.
  class Hold {
   public:
    ~Hold();
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

   private:
    friend class States;
    Hold(const States& states, bool alone);
    const States& states_;
    bool alone_;
  };
  std::unique_ptr<Hold> hold(const std::vector<const Program*>& programs) const;

  // Lays them out for one more program; under an exclusive hold.
  void arrange(const Program& program) const;

  // Points the instance's state blocks at them; under a hold.
  void bind(Instance& instance) const;

  // What they hold at present, laid out for the programs: later writers leave it alone. Null if the
  // programs write variables themselves. Throws Error (busy) if a run has a lease.
  std::shared_ptr<const Pin> pin(const std::vector<const Program*>& programs) const;
  void bind(Instance& instance, const Pin& pin) const;

 private:
  bool isArranged(const Program& program, bool alone) const;

  Variables variables_;
  std::vector<Variable*> sorted_;  // the order in which everybody takes their locks
};

}  // namespace slalom
