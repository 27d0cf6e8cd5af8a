// Philox4x32-10 (Salmon and others, "Parallel random numbers: as easy as 1, 2, 3", 2011), and
// what is made of its words.
#include <math.h>

#include "reference.h"

namespace slalom {
namespace reference {
namespace {

constexpr int64_t kBlocksPerTask = 4096;

struct Words {
  uint32_t w[4];
};

Words philox(uint64_t key, uint64_t block, uint32_t step) {
  Words c{{static_cast<uint32_t>(block), static_cast<uint32_t>(block >> 32), step, 0}};
  uint32_t k0 = static_cast<uint32_t>(key), k1 = static_cast<uint32_t>(key >> 32);
  for (int round = 0; round < 10; round++) {
    const uint64_t p0 = uint64_t{0xd2511f53} * c.w[0], p1 = uint64_t{0xcd9e8d57} * c.w[2];
    c = {{static_cast<uint32_t>(p1 >> 32) ^ c.w[1] ^ k0, static_cast<uint32_t>(p1),
          static_cast<uint32_t>(p0 >> 32) ^ c.w[3] ^ k1, static_cast<uint32_t>(p0)}};
    k0 += 0x9e3779b9;
    k1 += 0xbb67ae85;
  }
  return c;
}

float fusedMultiplyAdd(float a, float b, float c) { return fmaf(a, b, c); }
double fusedMultiplyAdd(double a, double b, double c) { return fma(a, b, c); }
// The next number below that is not a denormal.
float below(float x) { return x == 0 ? -0x1p-126f : nextafterf(x, -HUGE_VALF); }
double below(double x) { return x == 0 ? -0x1p-1022 : nextafter(x, -HUGE_VAL); }

template <typename T>
void uniform(const RandomArgs& args, const Words& words, T* out) {
  const T low = static_cast<T>(args.low), high = static_cast<T>(args.high), span = static_cast<T>(args.high - args.low);
  for (int i = 0; i < 4; i++) {
    const T x = fusedMultiplyAdd(span, static_cast<T>(words.w[i] >> 8) * T(0x1p-24), low);
    out[i] = low < high && x >= high ? below(high) : x;  // rounding may have reached the end
  }
}

template <typename T>
void normal(const RandomArgs& args, const Words& words, T* out) {
  constexpr double twoPi = 6.283185307179586477;
  for (int i = 0; i < 4; i += 2) {
    const T u = static_cast<T>((words.w[i] + 0.5) * 0x1p-32);
    const double radius = sqrt(-2 * log(static_cast<double>(u)));
    const double angle = twoPi * (words.w[i + 1] >> 8) * 0x1p-24;
    out[i] = static_cast<T>(args.low + args.high * radius * cos(angle));
    out[i + 1] = static_cast<T>(args.low + args.high * radius * sin(angle));
  }
}

template <typename T>
void run(const void* opaque, int64_t begin, int64_t end, void*) {
  const RandomArgs& args = *static_cast<const RandomArgs*>(opaque);
  const uint32_t step = args.step ? static_cast<uint32_t>(*args.step) : 0;
  for (int64_t block = begin * kBlocksPerTask; block < end * kBlocksPerTask && block * 4 < args.count; block++) {
    const Words words = philox(args.key, static_cast<uint64_t>(block), step);
    T four[4];
    (args.kind == kRandomNormal ? normal<T> : uniform<T>)(args, words, four);
    for (int64_t i = 0; i < 4 && block * 4 + i < args.count; i++) static_cast<T*>(args.out)[block * 4 + i] = four[i];
  }
}

}  // namespace

void planRandom(const RandomArgs* args, CallPlan* plan) {
  plan->count = 0;
  plan->workspace = 0;
  if (args->count == 0) return;
  const int64_t tasks = (args->count + 4 * kBlocksPerTask - 1) / (4 * kBlocksPerTask);
  plan->calls[plan->count++] = {args->storage == kStoreF64 ? run<double> : run<float>, args, tasks, 0};
}

}  // namespace reference
}  // namespace slalom
