// The matrix product as its contract says it (args.h), for f32 and f64: the oracle.
#include <math.h>

#include "args.h"
#include "reference.h"

namespace slalom {
namespace reference {
namespace {

constexpr int64_t kSegment = 4096;
constexpr int64_t kTileWork = 64 * 1024;  // multiplications of a tile, about

inline float fusedMultiplyAdd(float a, float b, float c) { return fmaf(a, b, c); }
inline double fusedMultiplyAdd(double a, double b, double c) { return fma(a, b, c); }

// One element: chains of kSegment, their sums added in order.
template <typename T>
T dot(const T* a, int64_t aStep, const T* b, int64_t bStep, int64_t k) {
  T total = 0;
  for (int64_t begin = 0; begin < k; begin += kSegment) {
    const int64_t end = begin + kSegment < k ? begin + kSegment : k;
    T sum = 0;
    for (int64_t p = begin; p < end; p++) sum = fusedMultiplyAdd(a[p * aStep], b[p * bStep], sum);
    total = begin == 0 ? sum : total + sum;
  }
  return total;
}

int64_t batchCount(const MatmulArgs& args) {
  int64_t count = 1;
  for (int d = 0; d < args.batchRank; d++) count *= args.batchDims[d];
  return count;
}

const TileProgram& epilogueOf(const MatmulArgs& args) {
  return *reinterpret_cast<const TileProgram*>(reinterpret_cast<const char*>(&args) + args.epilogue);
}

int64_t rowsPerTile(const MatmulArgs& args) {
  const int64_t rows = kTileWork / (args.n * args.k + 1);
  return rows < 1 ? 1 : rows;
}

template <typename T>
void measure(const T* c, int64_t count, void* greatest) {
  for (int64_t i = 0; i < count; i++) raiseMagnitude(static_cast<float*>(greatest), static_cast<float>(c[i]));
}

void runClearGreatest(const void* args, int64_t, int64_t, void*) {
  *static_cast<float*>(static_cast<const MatmulArgs*>(args)->greatest) = 0;
}

// Rows of c, counted through all batch items.
template <typename T>
void run(const void* opaque, int64_t begin, int64_t end, void* scratch) {
  const MatmulArgs& args = *static_cast<const MatmulArgs*>(opaque);
  const int64_t rows = rowsPerTile(args), total = batchCount(args) * args.m;
  const int64_t last = end * rows < total ? end * rows : total;
  for (int64_t row = begin * rows; row < last; row++) {
    const T* a = static_cast<const T*>(args.a) + row % args.m * args.aRow;
    const T* b = static_cast<const T*>(args.b);
    int64_t rest = row / args.m;
    for (int d = args.batchRank - 1; d >= 0; d--) {
      a += rest % args.batchDims[d] * args.aBatch[d];
      b += rest % args.batchDims[d] * args.bBatch[d];
      rest /= args.batchDims[d];
    }
    T* c = static_cast<T*>(args.c) + row * args.n;
    for (int64_t j = 0; j < args.n; j++) c[j] = dot(a, args.aCol, b + j * args.bCol, args.bRow, args.k);
  }
  const int64_t first = begin * rows * args.n;
  if (args.measured) measure(static_cast<const T*>(args.c) + first, last * args.n - first, args.greatest);
  if (args.epilogue == 0) return;
  runTileRange(epilogueOf(args), first, last * args.n, static_cast<const T*>(args.c) + first, scratch);
}

}  // namespace

void planMatmul(const MatmulArgs* args, CallPlan* plan) {
  plan->count = 0;
  plan->workspace = 0;
  plan->product = args->transient;
  const int64_t rows = batchCount(*args) * args->m;
  if (rows * args->n == 0) return;
  if (args->measured) plan->calls[plan->count++] = {runClearGreatest, args, 1, 0};
  const int64_t each = rowsPerTile(*args);
  const KernelFn fn = args->storage == kStoreF64 ? run<double> : run<float>;
  const size_t scratch = args->epilogue == 0 ? 0 : tileScratchBytes(epilogueOf(*args));
  plan->calls[plan->count++] = {fn, args, (rows + each - 1) / each, scratch};
}

}  // namespace reference
}  // namespace slalom
