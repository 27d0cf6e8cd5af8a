// Node runs finalizers between the turns of its event loop: a loop that never waits would keep every array
// that it has dropped. Large ones are therefore looked through when much memory has been taken since.
#pragma once

#include <napi.h>

#include <cstdint>
#include <unordered_set>

#include "../runtime/block.h"

namespace slalom::binding {

class ArrayHandle;

class LargeArrays {
 public:
  static bool isLarge(const Block& block) { return block.isOurs() && block.bytes() >= 64 << 10; }

  // An array that has just been made, and how many bytes have been taken for it.
  void add(Napi::Env env, ArrayHandle* array, int64_t bytes);
  void remove(ArrayHandle* array) { arrays_.erase(array); }

 private:
  // Takes the memory of those whose objects the garbage collector has taken.
  void sweep(Napi::Env env);

  std::unordered_set<ArrayHandle*> arrays_;
  int64_t taken_ = 0;  // bytes since the last sweep
};

}  // namespace slalom::binding
