// The same work by OpenBLAS and oneDNN, one thread. Empty where a library is not installed when this is
// configured; none of them is needed to build anything else.
#pragma once

#include "../bench.h"

namespace slalom::bench {

// c [m, n] = a · b, row-major; transposed operands lie as [k, m] and [n, k].
struct ProductSpec {
  int64_t m, n, k;
  bool transposeA, transposeB;
  const float *a, *b;
  float* c;
};

enum class Function { exp, tanh, relu, silu };

#ifdef SLALOM_BENCH_OPENBLAS
/** OpenBLAS takes a processor that it does not know for a Prescott of 2004: starts the program again with the
    kernels named that it can run, where that is so. */
void nameKernelsOfOpenblas(char** words);
const char* openblasName();
Run openblasProduct(const ProductSpec& s);
Run openblasAxpy(int64_t count, float a, const float* x, float* y);  // y += a x
// Of numbers that are not negative.
Run openblasSum(int64_t count, const float* x, float* out);
#else
inline void nameKernelsOfOpenblas(char**) {}
inline const char* openblasName() { return "not installed (libopenblas-dev)"; }
inline Run openblasProduct(const ProductSpec&) { return {}; }
inline Run openblasAxpy(int64_t, float, const float*, float*) { return {}; }
inline Run openblasSum(int64_t, const float*, float*) { return {}; }
#endif

#ifdef SLALOM_BENCH_ONEDNN
const char* onednnName();
Run onednnProduct(const ProductSpec& s);
Run onednnPointwise(Function function, int64_t count, const float* x, float* y);
Run onednnBiasRelu(int64_t rows, int64_t columns, const float* x, const float* bias, float* y);
Run onednnReduce(bool maximum, bool overRows, int64_t rows, int64_t columns, const float* x, float* out);
Run onednnSoftmax(bool logarithm, int64_t rows, int64_t columns, const float* x, float* y);
#else
inline const char* onednnName() { return "not installed (libdnnl-dev, version 2)"; }
inline Run onednnProduct(const ProductSpec&) { return {}; }
inline Run onednnPointwise(Function, int64_t, const float*, float*) { return {}; }
inline Run onednnBiasRelu(int64_t, int64_t, const float*, const float*, float*) { return {}; }
inline Run onednnReduce(bool, bool, int64_t, int64_t, const float*, float*) { return {}; }
inline Run onednnSoftmax(bool, int64_t, int64_t, const float*, float*) { return {}; }
#endif

}  // namespace slalom::bench
