// Philox4x32-10 (Salmon and others, 2011), W blocks side by side, and what is made of its words.
#pragma once

#include "args.h"
#include "math.inl"
#include "reference.h"
#include "vec_words.h"

namespace slalom {
namespace VARIANT {
namespace {

constexpr int64_t kDrawsAtOnce = 4 * W;  // of one group of blocks
constexpr int64_t kDrawsPerTask = 32768;

struct Words {
  I w[4];
};

// Blocks first, first + 1, ... first + W - 1; first is a multiple of W, so only the low word counts.
SLALOM_INLINE Words philox(uint64_t key, uint64_t first, uint32_t step) {
  static const int32_t lanes[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  const auto word = [](uint64_t x) { return splatI(static_cast<int32_t>(static_cast<uint32_t>(x))); };
  const I m0 = word(0xd2511f53), m1 = word(0xcd9e8d57);
  const I bump0 = word(0x9e3779b9), bump1 = word(0xbb67ae85);
  I k0 = word(key), k1 = word(key >> 32);
  Words c = {{addI(word(first), loadI(lanes)), word(first >> 32), word(step), splatI(0)}};
  for (int round = 0; round < 10; ++round) {
    const WordProduct p0 = multiplyWords(c.w[0], m0), p1 = multiplyWords(c.w[2], m1);
    c = {{bitXor(bitXor(p1.high, c.w[1]), k0), p1.low, bitXor(bitXor(p0.high, c.w[3]), k1), p0.low}};
    k0 = addI(k0, bump0);
    k1 = addI(k1, bump1);
  }
  return c;
}

// Scale and bounds of the wanted distribution, once a call.
struct Draws {
  F low, scale, high, below;
  bool clamped;
};

inline float floatBelow(float x) {
  union {
    float f;
    int32_t i;
  } bits = {x};
  bits.i += x > 0.0f ? -1 : 1;
  if (x == 0.0f) bits.i = INT32_MIN + 0x00800000;  // denormals do not count
  return bits.f;
}

SLALOM_INLINE Draws drawsOf(const RandomArgs* a) {
  const auto low = static_cast<float>(a->low), high = static_cast<float>(a->high);
  const float scale = a->kind == kRandomNormal ? high : static_cast<float>(a->high - a->low);
  return {splat(low), splat(scale), splat(high), splat(floatBelow(high)), low < high};
}

SLALOM_INLINE F uniform(const Draws& d, I word) {
  const F x = fma(d.scale, mul(toFloat(shiftRight<8>(word)), splat(5.96046448e-8f)), d.low);  // 2^-24
  // Rounding may have reached the end, which is excluded.
  return d.clamped ? select(greaterEqual(x, d.high), d.below, x) : x;
}

// Box and Muller: sqrt(-2 ln u) (cos, sin)(2 pi v), u = (word + 1/2) 2^-32, v of the upper 24 bits.
struct Pair {
  F first, second;
};

SLALOM_INLINE Pair normals(const Draws& d, I word0, I word1) {
  const F upper = toFloat(shiftRight<16>(word0)), lower = toFloat(bitAnd(word0, splatI(0xffff)));
  const F u = mul(fma(upper, splat(65536.0f), add(lower, splat(0.5f))), splat(2.32830644e-10f));  // 2^-32
  const F radius = squareRoot(mul(splat(-2.0f), logF(u)));
  // Quarter turns: 22 bits of fraction, rounded to the nearest whole one.
  const I turn = shiftRight<8>(word1);
  const I whole = shiftRight<22>(addI(turn, splatI(1 << 21)));
  const F rest = mul(toFloat(subI(turn, shiftLeft<22>(whole))), splat(3.74507039e-7f));  // pi / 2 * 2^-22
  const Quarter angle = {rest, whole};
  return {fma(mul(radius, sineOfQuarter(angle, 1)), d.scale, d.low),
          fma(mul(radius, sineOfQuarter(angle, 0)), d.scale, d.low)};
}

template <RandomKind kind>
SLALOM_INLINE void drawGroup(const Draws& d, const Words& c, float* out) {
  if (kind == kRandomUniform) {
    storeInTurn(out, uniform(d, c.w[0]), uniform(d, c.w[1]), uniform(d, c.w[2]), uniform(d, c.w[3]));
  } else {
    const Pair p = normals(d, c.w[0], c.w[1]), q = normals(d, c.w[2], c.w[3]);
    storeInTurn(out, p.first, p.second, q.first, q.second);
  }
}

template <RandomKind kind>
void runRandom(const void* args, int64_t begin, int64_t end, void*) {
  auto* a = static_cast<const RandomArgs*>(args);
  const uint32_t step = a->step ? static_cast<uint32_t>(*a->step) : 0;
  const Draws draws = drawsOf(a);
  auto* out = static_cast<float*>(a->out);
  const int64_t last = end * kDrawsPerTask < a->count ? end * kDrawsPerTask : a->count;
  int64_t at = begin * kDrawsPerTask;
  for (; at + kDrawsAtOnce <= last; at += kDrawsAtOnce) {
    drawGroup<kind>(draws, philox(a->key, static_cast<uint64_t>(at) / 4, step), out + at);
  }
  if (at < last) {
    float rest[kDrawsAtOnce];
    drawGroup<kind>(draws, philox(a->key, static_cast<uint64_t>(at) / 4, step), rest);
    for (int64_t i = at; i < last; ++i) out[i] = rest[i - at];
  }
}

void planRandom(const RandomArgs* a, CallPlan* plan) {
  if (a->storage == kStoreF64) return reference::planRandom(a, plan);
  plan->count = 0;
  plan->workspace = 0;
  if (a->count == 0) return;
  const KernelFn run = a->kind == kRandomNormal ? runRandom<kRandomNormal> : runRandom<kRandomUniform>;
  plan->calls[plan->count++] = {run, a, (a->count + kDrawsPerTask - 1) / kDrawsPerTask, 0};
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
