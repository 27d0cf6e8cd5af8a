// Rows by index: gather copies (and converts) them, scatter-add sums them in ascending order.
#pragma once

#include "softmax.inl"

namespace slalom {
namespace VARIANT {
namespace {

SLALOM_INLINE int64_t gatherRowsPerTask(const GatherArgs* a) {
  const int64_t rows = 16384 / (a->rowSize + 8);
  return rows < 1 ? 1 : rows;
}

// Straight from storage to storage, through the lane that holds both.
SLALOM_INLINE void convertRow(void* to, Storage toStorage, const void* from, Storage fromStorage, int64_t n) {
  const bool wide = toStorage == kStoreF64 || fromStorage == kStoreF64;
  const auto bytesTo = storageBytes(toStorage), bytesFrom = storageBytes(fromStorage);
  double buffer[kTile];
  float numbers[kTile];
  for (int64_t at = 0; at < n; at += kTile) {
    const int64_t part = n - at < kTile ? n - at : kTile;
    void* d = static_cast<char*>(to) + at * bytesTo;
    const void* s = static_cast<const char*>(from) + at * bytesFrom;
    if (wide) {
      loaderOf(fromStorage, kLaneF64)(buffer, 1, s, 1, part);
      storerOf(toStorage, kLaneF64)(d, 1, buffer, 1, part);
    } else if (toStorage == kStoreF32) {
      const Lane lane = fromStorage == kStoreBool ? kLaneMask : kLaneI32;
      loaderOf(fromStorage, lane)(numbers, 1, s, 1, part);
      lane == kLaneMask ? unaryLoop<MaskToFloat>(d, numbers, nullptr, nullptr, part)
                        : unaryLoop<IToFloat>(d, numbers, nullptr, nullptr, part);
    } else if (fromStorage == kStoreF32) {
      toStorage == kStoreI32 ? unaryLoop<FloatToI>(numbers, s, nullptr, nullptr, part)
      : toStorage == kStoreU8 ? unaryLoop<FloatToU8>(numbers, s, nullptr, nullptr, part)
                              : unaryLoop<FloatToMask>(numbers, s, nullptr, nullptr, part);
      storerOf(toStorage, toStorage == kStoreBool ? kLaneMask : kLaneI32)(d, 1, numbers, 1, part);
    } else {
      loaderOf(fromStorage, kLaneI32)(numbers, 1, s, 1, part);
      storerOf(toStorage, kLaneI32)(d, 1, numbers, 1, part);
    }
  }
}

void runGather(const void* args, int64_t begin, int64_t end, void*) {
  auto* a = static_cast<const GatherArgs*>(args);
  const int64_t each = gatherRowsPerTask(a);
  const int64_t last = end * each < a->count ? end * each : a->count;
  const int64_t fromBytes = a->rowSize * storageBytes(a->from), toBytes = a->rowSize * storageBytes(a->to);
  for (int64_t r = begin * each; r < last; ++r) {
    char* to = static_cast<char*>(a->out) + r * toBytes;
    const int64_t index = a->index[r];
    if (index < 0 || index >= a->sourceRows) {
      lowerFault(a->fault, r);
      __builtin_memset(to, 0, static_cast<size_t>(toBytes));
      continue;
    }
    const char* from = static_cast<const char*>(a->source) + index * fromBytes;
    if (a->from == a->to) {
      __builtin_memcpy(to, from, static_cast<size_t>(toBytes));
    } else {
      convertRow(to, a->to, from, a->from, a->rowSize);
    }
  }
}

void planGather(const GatherArgs* a, CallPlan* plan) {
  *plan = {};
  if (a->count == 0) return;
  const int64_t each = gatherRowsPerTask(a);
  plan->count = 1;
  plan->calls[0] = {runGather, a, (a->count + each - 1) / each, 0};
}

// Tasks split the columns, never the rows, so that every sum is in ascending order.
constexpr int64_t kScatterColumns = 256;

void runScatterAdd(const void* args, int64_t begin, int64_t end, void*) {
  auto* a = static_cast<const ScatterAddArgs*>(args);
  auto* out = static_cast<float*>(a->out);
  auto* base = static_cast<const float*>(a->base);
  auto* update = static_cast<const float*>(a->update);
  const int64_t c0 = begin * kScatterColumns;
  const int64_t c1 = end * kScatterColumns < a->rowSize ? end * kScatterColumns : a->rowSize;
  const auto bytes = static_cast<size_t>(c1 - c0) * 4;
  for (int64_t r = 0; r < a->outRows; ++r) {
    float* to = out + r * a->rowSize + c0;
    if (!base) {
      __builtin_memset(to, 0, bytes);
    } else if (base != out) {
      __builtin_memcpy(to, base + r * a->rowSize + c0, bytes);
    }
  }
  for (int64_t r = 0; r < a->count; ++r) {
    const int64_t index = a->index[r];
    if (index < 0 || index >= a->outRows) {
      lowerFault(a->fault, r);
      continue;
    }
    float* to = out + index * a->rowSize + c0;
    binaryLoop<AddF>(to, to, update + r * a->rowSize + c0, nullptr, c1 - c0);
  }
}

void planScatterAdd(const ScatterAddArgs* a, CallPlan* plan) {
  *plan = {};
  if (a->outRows * a->rowSize == 0) return;
  plan->count = 1;
  plan->calls[0] = {runScatterAdd, a, (a->rowSize + kScatterColumns - 1) / kScatterColumns, 0};
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
