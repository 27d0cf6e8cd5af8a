// Every kind of kernel of a variant on one thread, beside OpenBLAS and oneDNN where they are installed:
// time, rate, share of the peak measured between the samples (its median, and the 90th percentile, which is
// what the kernel does while nobody else runs), and how many times as fast it is as each of them.
//
//   npm run bench:kernels -- [variant [part of a name]]
#include <algorithm>
#include <cstdio>
#include <string>

#include "peak.h"
#include "rivals/rivals.h"
#include "suites/suites.h"

int main(int count, char** words) {
  using namespace slalom;
  bench::nameKernelsOfOpenblas(words);
  const KernelTable* table = count > 1 ? kernelsNamed(words[1]) : selectedKernels();
  if (!table) {
    std::fprintf(stderr, "usage: bench_kernels [variant that this CPU runs] [part of a name]\n");
    return 1;
  }
  const FloatMode mode;
  double peak = 0;
  for (int i = 0; i < 20; ++i) peak = std::max(peak, bench::peak(2, table->name == std::string("avx512")));
  std::printf("%s kernels, one thread; the peak is %.1f GFLOP/s at %.2f GHz\n", table->name, peak,
              bench::clockOfCore());
  std::printf("OpenBLAS: %s\noneDNN: %s\n\n", bench::openblasName(), bench::onednnName());
  const bench::Bench all(*table, count > 2 ? words[2] : "");
  bench::bareMemory(all);
  bench::products(all);
  bench::layers(all);
  bench::pointwise(all);
  bench::reductions(all);
  bench::softmaxes(all);
  bench::updateRules(all);
}
