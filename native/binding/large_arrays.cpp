#include "large_arrays.h"

#include <vector>

#include "array.h"

namespace slalom::binding {

namespace {
constexpr int64_t kSweepAfter = 32 << 20;
}

void LargeArrays::add(Napi::Env env, ArrayHandle* array, int64_t bytes) {
  arrays_.insert(array);
  taken_ += bytes;
  if (taken_ < kSweepAfter) return;
  taken_ = 0;
  sweep(env);
}

void LargeArrays::sweep(Napi::Env env) {
  std::vector<ArrayHandle*> gone;
  for (ArrayHandle* const array : arrays_) {
    const Napi::HandleScope scope(env);
    if (array->Value().IsEmpty()) gone.push_back(array);
  }
  for (ArrayHandle* const array : gone) array->drop(env);
}

}  // namespace slalom::binding
