// Philox4x32-10 (Salmon et al. 2011): a block of four words from a key and a counter.
#pragma once

#include "softmax.inl"

namespace slalom {
namespace VARIANT {
namespace {

struct Block {
  uint32_t word[4];
};

inline Block philox(uint64_t key, uint64_t counterLow, uint64_t counterHigh) {
  uint32_t c[4] = {static_cast<uint32_t>(counterLow), static_cast<uint32_t>(counterLow >> 32),
                   static_cast<uint32_t>(counterHigh), static_cast<uint32_t>(counterHigh >> 32)};
  uint32_t k0 = static_cast<uint32_t>(key), k1 = static_cast<uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const uint64_t a = static_cast<uint64_t>(0xd2511f53u) * c[0];
    const uint64_t b = static_cast<uint64_t>(0xcd9e8d57u) * c[2];
    const uint32_t next0 = static_cast<uint32_t>(b >> 32) ^ c[1] ^ k0;
    const uint32_t next2 = static_cast<uint32_t>(a >> 32) ^ c[3] ^ k1;
    c[1] = static_cast<uint32_t>(b);
    c[3] = static_cast<uint32_t>(a);
    c[0] = next0;
    c[2] = next2;
    k0 += 0x9e3779b9u;
    k1 += 0xbb67ae85u;
  }
  return {{c[0], c[1], c[2], c[3]}};
}

constexpr int64_t kDrawsPerTask = 16384;
constexpr int64_t kDrawsAtOnce = 256;

SLALOM_INLINE F unitInterval(const float* words) {
  const I bits = asI(load(words));
  return mul(toFloat(shiftRight<8>(bits)), splat(5.96046448e-8f));  // 2^-24
}

// `n` uniforms in [0, 1) from element `first` on (a multiple of 4); u has room for n + 3.
SLALOM_INLINE void fillUniform(uint64_t key, uint64_t step, int64_t first, int64_t n, float* u) {
  union {
    uint32_t words[kDrawsAtOnce];
    float asFloats[kDrawsAtOnce];
  } raw;
  for (int64_t i = 0; i < n; i += 4) {
    const Block block = philox(key, static_cast<uint64_t>((first + i) / 4), step);
    for (int w = 0; w < 4; ++w) raw.words[i + w] = block.word[w];
  }
  for (int64_t i = (n + 3) & ~int64_t{3}; i < kDrawsAtOnce; ++i) raw.words[i] = 0;
  for (int64_t i = 0; i < n; i += W) store(u + i, unitInterval(raw.asFloats + i));
}

// Pairs (u0, u1) of a block become sqrt(-2 ln(1 - u0)) (cos, sin)(2 pi u1).
SLALOM_INLINE void boxMuller(float* u, int64_t n) {
  float a[kDrawsAtOnce / 2], b[kDrawsAtOnce / 2];
  const int64_t pairs = (n + 1) / 2;
  for (int64_t i = 0; i < kDrawsAtOnce / 2; ++i) {
    a[i] = i < pairs ? u[2 * i] : 0.0f;
    b[i] = i < pairs ? u[2 * i + 1] : 0.0f;
  }
  for (int64_t i = 0; i < pairs; i += W) {
    const F radius = squareRoot(mul(splat(-2.0f), logF(sub(splat(1.0f), load(a + i)))));
    const F angle = mul(load(b + i), splat(6.28318531f));
    store(a + i, mul(radius, cosF(angle)));
    store(b + i, mul(radius, sinF(angle)));
  }
  for (int64_t i = 0; i < pairs; ++i) {
    u[2 * i] = a[i];
    u[2 * i + 1] = b[i];
  }
}

// The draws of [first, first + n), n <= kDrawsAtOnce, first a multiple of 4.
SLALOM_INLINE void drawRange(const RandomArgs* a, int64_t first, int64_t n, float* u) {
  const uint64_t step = a->step ? static_cast<uint32_t>(*a->step) : 0;
  fillUniform(a->key, step, first, (n + 3) & ~int64_t{3}, u);
  const bool normal = a->kind == kRandomNormal;
  if (normal) boxMuller(u, (n + 3) & ~int64_t{3});
  const F low = splat(static_cast<float>(a->low));
  const F scale = splat(static_cast<float>(normal ? a->high : a->high - a->low));
  const F top = splat(static_cast<float>(a->high));
  for (int64_t i = 0; i < n; i += W) {
    F x = add(low, mul(load(u + i), scale));
    // Rounding may reach the excluded upper end.
    if (!normal) x = select(greaterEqual(x, top), low, x);
    store(u + i, x);
  }
}

void runRandom(const void* args, int64_t begin, int64_t end, void*) {
  auto* a = static_cast<const RandomArgs*>(args);
  const int64_t last = end * kDrawsPerTask < a->count ? end * kDrawsPerTask : a->count;
  float u[kDrawsAtOnce + 16];
  for (int64_t at = begin * kDrawsPerTask; at < last; at += kDrawsAtOnce) {
    const int64_t n = last - at < kDrawsAtOnce ? last - at : kDrawsAtOnce;
    drawRange(a, at, n, u);
    if (a->storage == kStoreF64) {
      for (int64_t i = 0; i < n; ++i) static_cast<double*>(a->out)[at + i] = static_cast<double>(u[i]);
    } else {
      for (int64_t i = 0; i < n; ++i) static_cast<float*>(a->out)[at + i] = u[i];
    }
  }
}

void planRandom(const RandomArgs* a, CallPlan* plan) {
  *plan = {};
  if (a->count == 0) return;
  plan->count = 1;
  plan->calls[0] = {runRandom, a, (a->count + kDrawsPerTask - 1) / kDrawsPerTask, 0};
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
