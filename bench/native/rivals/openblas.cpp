#include <cblas.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "rivals.h"

namespace slalom::bench {

void nameKernelsOfOpenblas(char** words) {
#ifdef __x86_64__
  if (std::getenv("OPENBLAS_CORETYPE") || openblas_get_corename() != std::string("Prescott")) return;
  if (!__builtin_cpu_supports("avx2")) return;
  setenv("OPENBLAS_CORETYPE", __builtin_cpu_supports("avx512f") ? "SkylakeX" : "Haswell", 1);
  execv("/proc/self/exe", words);
#else
  (void)words;
#endif
}

const char* openblasName() {
  openblas_set_num_threads(1);
  static const std::string name = std::string(openblas_get_config()) + ", core " + openblas_get_corename();
  return name.c_str();
}

Run openblasProduct(const ProductSpec& s) {
  const auto m = static_cast<blasint>(s.m), n = static_cast<blasint>(s.n), k = static_cast<blasint>(s.k);
  // One row or column is the matrix-vector call, as a caller who knows would choose.
  if (m == 1 && !s.transposeA) {
    return repeat([=] {
      if (s.transposeB)
        cblas_sgemv(CblasRowMajor, CblasNoTrans, n, k, 1, s.b, k, s.a, 1, 0, s.c, 1);
      else
        cblas_sgemv(CblasRowMajor, CblasTrans, k, n, 1, s.b, n, s.a, 1, 0, s.c, 1);
    });
  }
  if (n == 1 && !s.transposeA)
    return repeat([=] { cblas_sgemv(CblasRowMajor, CblasNoTrans, m, k, 1, s.a, k, s.b, 1, 0, s.c, 1); });
  return repeat([=] {
    cblas_sgemm(CblasRowMajor, s.transposeA ? CblasTrans : CblasNoTrans, s.transposeB ? CblasTrans : CblasNoTrans, m, n,
                k, 1, s.a, s.transposeA ? m : k, s.b, s.transposeB ? k : n, 0, s.c, n);
  });
}

Run openblasAxpy(int64_t count, float a, const float* x, float* y) {
  return repeat([=] { cblas_saxpy(static_cast<blasint>(count), a, x, 1, y, 1); });
}

// cblas_ssum of 0.3.21 gives other sums on SkylakeX cores, from 32 numbers on; of magnitudes it is right.
Run openblasSum(int64_t count, const float* x, float* out) {
  return repeat([=] { *out = cblas_sasum(static_cast<blasint>(count), x, 1); });
}

}  // namespace slalom::bench
