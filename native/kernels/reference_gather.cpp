// Rows by index, read or added to.
#include "reference.h"

namespace slalom {
namespace reference {
namespace {

double readElement(const void* data, Storage storage, int64_t i) {
  switch (storage) {
    case kStoreF32:
      return static_cast<double>(static_cast<const float*>(data)[i]);
    case kStoreF64:
      return static_cast<const double*>(data)[i];
    case kStoreI32:
      return static_cast<double>(static_cast<const int32_t*>(data)[i]);
    case kStoreBool:
      return static_cast<const uint8_t*>(data)[i] ? 1.0 : 0.0;
    default:
      return static_cast<double>(static_cast<const uint8_t*>(data)[i]);
  }
}

// Toward zero within [low, high]; NaN gives 0.
double whole(double x, double low, double high) {
  return x != x ? 0.0 : x <= low ? low : x >= high ? high : static_cast<double>(static_cast<int64_t>(x));
}

void writeElement(void* data, Storage storage, int64_t i, double x) {
  switch (storage) {
    case kStoreF32:
      static_cast<float*>(data)[i] = static_cast<float>(x);
      break;
    case kStoreF64:
      static_cast<double*>(data)[i] = x;
      break;
    case kStoreI32:
      static_cast<int32_t*>(data)[i] = static_cast<int32_t>(whole(x, INT32_MIN, INT32_MAX));
      break;
    case kStoreBool:
      static_cast<uint8_t*>(data)[i] = x != 0.0;
      break;
    default:
      static_cast<uint8_t*>(data)[i] = static_cast<uint8_t>(whole(x, 0, 255));
  }
}

void runGather(const void* opaque, int64_t begin, int64_t end, void*) {
  const GatherArgs& args = *static_cast<const GatherArgs*>(opaque);
  for (int64_t r = begin; r < end; r++) {
    const int64_t row = args.index[r];
    const bool known = row >= 0 && row < args.sourceRows;
    if (!known) lowerFault(args.fault, r);
    for (int64_t i = 0; i < args.rowSize; i++) {
      const double x = known ? readElement(args.source, args.from, row * args.rowSize + i) : 0.0;
      writeElement(args.out, args.to, r * args.rowSize + i, x);
    }
  }
}

template <typename T>
void runScatterAdd(const void* opaque, int64_t, int64_t, void*) {
  const ScatterAddArgs& args = *static_cast<const ScatterAddArgs*>(opaque);
  T* out = static_cast<T*>(args.out);
  const T* base = static_cast<const T*>(args.base);
  const T* update = static_cast<const T*>(args.update);
  for (int64_t i = 0; i < args.outRows * args.rowSize; i++) out[i] = base ? base[i] : T(0);
  for (int64_t r = 0; r < args.count; r++) {
    const int64_t row = args.index[r];
    if (row < 0 || row >= args.outRows) {
      lowerFault(args.fault, r);
      continue;
    }
    for (int64_t i = 0; i < args.rowSize; i++) out[row * args.rowSize + i] += update[r * args.rowSize + i];
  }
}

}  // namespace

void planGather(const GatherArgs* args, CallPlan* plan) {
  plan->count = 0;
  plan->workspace = 0;
  if (args->count == 0) return;
  plan->calls[plan->count++] = {runGather, args, args->count, 0};
}

void planScatterAdd(const ScatterAddArgs* args, CallPlan* plan) {
  plan->count = 0;
  plan->workspace = 0;
  if (args->outRows * args->rowSize == 0 && args->count == 0) return;
  plan->calls[plan->count++] = {args->storage == kStoreF64 ? runScatterAdd<double> : runScatterAdd<float>, args, 1, 0};
}

}  // namespace reference
}  // namespace slalom
