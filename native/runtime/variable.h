// A tensor that programs read and commit. Its memory may move into a block that it shares with
// others, when a program wants them one after the other.
#pragma once

#include <atomic>
#include <memory>
#include <shared_mutex>
#include <vector>

#include "block.h"

namespace slalom {

class Variable {
 public:
  // Keeps a whole block as it is until somebody wants to write.
  explicit Variable(Array initial);

  const Type& type() const { return memory_.type; }

  // A copy; waits while a program writes it.
  Array read() const;
  // Throws Error on another type; waits while a program runs over it. Who has it pinned keeps the old value.
  void write(const Array& value);

  // A run that trains it keeps everybody else away, from fit to the end.
  bool leased() const { return leased_.load(); }
  bool lease() { return !leased_.exchange(true); }  // false: somebody else has it
  void release() { leased_ = false; }

  // The memory itself, for whoever holds `mutex`: shared to read, alone to write or to move.
  const Array& memory() const { return memory_; }
  // Others read it as well: who wants to write takes other memory.
  bool lent() const { return memory_.block->pinned() || (initial_ && memory_.block.use_count() > 1); }
  void moveTo(std::shared_ptr<Block> block, int64_t offset);  // takes its contents along
  std::shared_mutex& mutex() const { return mutex_; }

 private:
  Array memory_;
  bool initial_ = false;  // what it was made of
  mutable std::shared_mutex mutex_;
  std::atomic<bool> leased_{false};
};

using Variables = std::vector<std::shared_ptr<Variable>>;

}  // namespace slalom
