// Softmax, log-softmax and softmax cross-entropy, a row at a time, in double.
#include <math.h>

#include "reference.h"

namespace slalom {
namespace reference {
namespace {

struct RowSum {
  double top, sum;  // the greatest element (NaN if one is NaN); sum of exp(x - top)
};

template <typename T>
RowSum sumRow(const T* x, int64_t cols) {
  RowSum row{-HUGE_VAL, 0};
  for (int64_t i = 0; i < cols; i++) {
    const double v = static_cast<double>(x[i]);
    if (row.top == row.top && !(v <= row.top)) row.top = v;
  }
  for (int64_t i = 0; i < cols; i++) row.sum += exp(static_cast<double>(x[i]) - row.top);
  return row;
}

template <typename T>
void softmaxRow(const T* x, T* y, int64_t cols, SoftmaxKind kind) {
  const RowSum row = sumRow(x, cols);
  const double logSum = log(row.sum);
  for (int64_t i = 0; i < cols; i++) {
    const double shifted = static_cast<double>(x[i]) - row.top;
    y[i] = static_cast<T>(kind == kSoftmax ? exp(shifted) / row.sum : shifted - logSum);
  }
}

template <typename T>
void runSoftmax(const void* opaque, int64_t begin, int64_t end, void*) {
  const SoftmaxArgs& args = *static_cast<const SoftmaxArgs*>(opaque);
  for (int64_t r = begin; r < end; r++) {
    softmaxRow(static_cast<const T*>(args.x) + r * args.cols, static_cast<T*>(args.y) + r * args.cols, args.cols,
               args.kind);
  }
}

template <typename T>
void runCrossEntropy(const void* opaque, int64_t begin, int64_t end, void*) {
  const CrossEntropyArgs& args = *static_cast<const CrossEntropyArgs*>(opaque);
  for (int64_t r = begin; r < end; r++) {
    const T* x = static_cast<const T*>(args.x) + r * args.cols;
    const int64_t label = args.labels[r];
    const bool known = label != args.ignoreIndex && label >= 0 && label < args.cols;
    T loss = 0;
    if (known) {
      const RowSum row = sumRow(x, args.cols);
      loss = static_cast<T>(log(row.sum) - (static_cast<double>(x[label]) - row.top));
    } else if (label != args.ignoreIndex) {
      lowerFault(args.fault, r);
    }
    static_cast<T*>(args.loss)[r] = loss;
    if (args.probs) softmaxRow(x, static_cast<T*>(args.probs) + r * args.cols, args.cols, kSoftmax);
  }
}

}  // namespace

void planSoftmax(const SoftmaxArgs* args, CallPlan* plan) {
  plan->count = 0;
  plan->workspace = 0;
  if (args->rows * args->cols == 0) return;
  plan->calls[plan->count++] = {args->storage == kStoreF64 ? runSoftmax<double> : runSoftmax<float>, args, args->rows,
                                0};
}

void planCrossEntropy(const CrossEntropyArgs* args, CallPlan* plan) {
  plan->count = 0;
  plan->workspace = 0;
  if (args->rows == 0) return;
  const KernelFn fn = args->storage == kStoreF64 ? runCrossEntropy<double> : runCrossEntropy<float>;
  plan->calls[plan->count++] = {fn, args, args->rows, 0};
}

}  // namespace reference
}  // namespace slalom
