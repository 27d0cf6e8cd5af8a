// Rows by index: gather copies (and converts) them, scatter-add sums them in ascending order.
#pragma once

#include "args.h"
#include "reference.h"
#include "vec.h"

namespace slalom {
namespace VARIANT {
namespace {

constexpr int64_t kGatherBytes = 65536;  // read or written by a task, about
// Rows here and there of a source that the nearer caches do not hold are asked for, so many bytes ahead, but two rows
// at least; longer rows come sooner without.
constexpr int64_t kGatherFar = 256 * 1024, kGatherAhead = 4096, kGatherLong = 16384;

using RowFn = void (*)(void* to, const void* from, int64_t n);

// Four-byte elements, as bits.
void copyRow4(void* to, const void* from, int64_t n) {
  auto* d = static_cast<float*>(to);
  auto* s = static_cast<const float*>(from);
  int64_t i = 0;
  for (; i + W <= n; i += W) store(d + i, load(s + i));
  if (i < n) storePart(d + i, loadPart(s + i, n - i), n - i);
}

// Less than a vector.
void copyShortRow4(void* to, const void* from, int64_t n) {
  storePart(static_cast<float*>(to), loadPart(static_cast<const float*>(from), n), n);
}

template <typename To, typename From>
void copyRow(void* to, const void* from, int64_t n) {
  auto* d = static_cast<To*>(to);
  auto* s = static_cast<const From*>(from);
  for (int64_t i = 0; i < n; ++i) d[i] = static_cast<To>(s[i]);
}

void truthRow(void* to, const void* from, int64_t n) {
  auto* d = static_cast<float*>(to);
  auto* s = static_cast<const uint8_t*>(from);
  for (int64_t i = 0; i < n; ++i) d[i] = s[i] ? 1.0f : 0.0f;
}

// Null: the pair is rare and left to the reference.
SLALOM_INLINE RowFn rowFnOf(Storage from, Storage to) {
  if (from == to) {
    if (from == kStoreF64) return copyRow<double, double>;
    return from == kStoreF32 || from == kStoreI32 ? copyRow4 : copyRow<uint8_t, uint8_t>;
  }
  if (to == kStoreF32) {
    if (from == kStoreU8) return copyRow<float, uint8_t>;
    if (from == kStoreI32) return copyRow<float, int32_t>;
    if (from == kStoreBool) return truthRow;
  }
  return nullptr;
}

SLALOM_INLINE int64_t bytesOf(Storage s) { return s == kStoreF64 ? 8 : s == kStoreBool || s == kStoreU8 ? 1 : 4; }

SLALOM_INLINE int64_t gatherRowsPerTask(const GatherArgs* a) {
  const int64_t bytes = a->rowSize * (bytesOf(a->from) + bytesOf(a->to)) + 16;
  if (bytes * a->count <= kGatherBytes) return a->count;
  const int64_t rows = kGatherBytes / bytes;
  return rows < 1 ? 1 : rows;
}

// How many rows ahead of its copy a row is asked for; 0: it is not.
SLALOM_INLINE int64_t gatherRowsAhead(const GatherArgs* a, int64_t rowBytes) {
  if (rowBytes == 0 || rowBytes > kGatherLong || a->sourceRows * rowBytes < kGatherFar) return 0;
  const int64_t rows = kGatherAhead / rowBytes;
  return rows < 2 ? 2 : rows;
}

void runGather(const void* args, int64_t begin, int64_t end, void*) {
  auto* a = static_cast<const GatherArgs*>(args);
  const RowFn any = rowFnOf(a->from, a->to), copy = any == copyRow4 && a->rowSize < W ? copyShortRow4 : any;
  const int64_t each = gatherRowsPerTask(a);
  const int64_t last = end * each < a->count ? end * each : a->count;
  const int64_t fromBytes = a->rowSize * bytesOf(a->from), toBytes = a->rowSize * bytesOf(a->to);
  auto* source = static_cast<const char*>(a->source);
  auto* out = static_cast<char*>(a->out);
  const int64_t ahead = gatherRowsAhead(a, fromBytes), asked = ahead > 0 ? last - ahead : 0;
  for (int64_t r = begin * each; r < last; ++r) {
    const int64_t row = a->index[r];
    if (r < asked) {
      const int64_t later = a->index[r + ahead];
      const bool there = later >= 0 && later < a->sourceRows;
      for (int64_t i = 0; there && i < fromBytes; i += 64) prefetchFar(source + later * fromBytes + i);
    }
    if (row >= 0 && row < a->sourceRows) {
      copy(out + r * toBytes, source + row * fromBytes, a->rowSize);
    } else {
      lowerFault(a->fault, r);
      for (int64_t i = 0; i < toBytes; ++i) out[r * toBytes + i] = 0;
    }
  }
}

void planGather(const GatherArgs* a, CallPlan* plan) {
  if (!rowFnOf(a->from, a->to)) return reference::planGather(a, plan);
  plan->count = 0;
  plan->workspace = 0;
  if (a->count == 0) return;
  const int64_t each = gatherRowsPerTask(a);
  plan->calls[plan->count++] = {runGather, a, (a->count + each - 1) / each, 0};
}

// ---- scatter-add -------------------------------------------------------------------------------

// A task owns some rows and columns of the result and adds to them in ascending order of the
// updates; every task reads all indices.
struct ScatterGrid {
  int64_t rowsEach, colsEach, rowGroups, colGroups;
};

SLALOM_INLINE ScatterGrid scatterGridOf(const ScatterAddArgs* a) {
  constexpr int64_t work = 32768;  // elements of a task, at least
  ScatterGrid g = {a->outRows, a->rowSize, 1, 1};
  if (a->rowSize > 1024) {
    g.colsEach = 1024;
    g.colGroups = (a->rowSize + 1023) / 1024;
  } else {
    const int64_t groups = (a->outRows + a->count) * a->rowSize / work;
    g.rowGroups = groups < 1 ? 1 : groups > 8 ? 8 : groups;
    g.rowsEach = (a->outRows + g.rowGroups - 1) / g.rowGroups;
  }
  return g;
}

SLALOM_INLINE void addRow(float* to, const float* x, int64_t n) {
  int64_t i = 0;
  for (; i + W <= n; i += W) store(to + i, add(load(to + i), load(x + i)));
  if (i < n) storePart(to + i, add(loadPart(to + i, n - i), loadPart(x + i, n - i)), n - i);
}

SLALOM_INLINE void clearRow(float* to, int64_t n) {
  int64_t i = 0;
  for (; i + W <= n; i += W) store(to + i, zero());
  if (i < n) storePart(to + i, zero(), n - i);
}

void runScatterAdd(const void* args, int64_t begin, int64_t end, void*) {
  auto* a = static_cast<const ScatterAddArgs*>(args);
  const ScatterGrid g = scatterGridOf(a);
  auto* out = static_cast<float*>(a->out);
  auto* base = static_cast<const float*>(a->base);
  auto* update = static_cast<const float*>(a->update);
  for (int64_t task = begin; task < end; ++task) {
    const int64_t r0 = task / g.colGroups * g.rowsEach, c0 = task % g.colGroups * g.colsEach;
    const int64_t r1 = r0 + g.rowsEach < a->outRows ? r0 + g.rowsEach : a->outRows;
    const int64_t n = c0 + g.colsEach < a->rowSize ? g.colsEach : a->rowSize - c0;
    for (int64_t r = r0; r < r1 && base != out; ++r) {
      float* to = out + r * a->rowSize + c0;
      base ? copyRow4(to, base + r * a->rowSize + c0, n) : clearRow(to, n);
    }
    for (int64_t r = 0; r < a->count; ++r) {
      const int64_t row = a->index[r];
      if (row >= r0 && row < r1) {
        addRow(out + row * a->rowSize + c0, update + r * a->rowSize + c0, n);
      } else if (task == 0 && (row < 0 || row >= a->outRows)) {
        lowerFault(a->fault, r);
      }
    }
  }
}

void planScatterAdd(const ScatterAddArgs* a, CallPlan* plan) {
  if (a->storage == kStoreF64) return reference::planScatterAdd(a, plan);
  plan->count = 0;
  plan->workspace = 0;
  if (a->outRows * a->rowSize == 0 && a->count == 0) return;
  const ScatterGrid g = scatterGridOf(a);
  plan->calls[plan->count++] = {runScatterAdd, a, g.rowGroups * g.colGroups, 0};
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
