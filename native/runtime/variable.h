// A tensor that programs read and commit. Its memory may move into a block that it shares with
// others, when a program wants them one after the other.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "block.h"
#include "program.h"

namespace slalom {

class Variable {
 public:
  explicit Variable(const Array& initial);

  const Type& type() const { return memory_.type; }
  const Array& memory() const { return memory_; }
  Array read() const;               // a copy
  void write(const Array& value);   // same type, or Error
  void moveTo(std::shared_ptr<Block> block, int64_t offset);  // takes its contents along

  bool leased() const { return leased_.load(); }
  bool lease() { return !leased_.exchange(true); }  // false: somebody else has it
  void release() { leased_ = false; }

 private:
  Array memory_;
  std::atomic<bool> leased_{false};
};

using Variables = std::vector<std::shared_ptr<Variable>>;

// Throws Error unless there is one variable of the right type for every state input of the program.
void checkVariables(const Program& program, const Variables& variables);

// Brings the variables of every state block to lie as the program wants. Nobody may be using them.
void arrangeVariables(const Program& program, const Variables& variables);

}  // namespace slalom
