// NEON of aarch64: four lanes. Included by vec.h.
#pragma once

namespace slalom {
namespace VARIANT {
namespace {

constexpr const char* kVariantName = "neon";
constexpr int W = 4;
constexpr int kRegisters = 32;
constexpr bool kHasFma = true;
using F = float32x4_t;
using I = int32x4_t;
struct M {
  uint32x4_t v;
};

SLALOM_INLINE F load(const float* p) { return vld1q_f32(p); }
SLALOM_INLINE void store(float* p, F a) { vst1q_f32(p, a); }
// This instruction set promises no stores past the caches.
SLALOM_INLINE void storePastCaches(float* p, F a) { store(p, a); }
SLALOM_INLINE void afterStoresPastCaches() {}
SLALOM_INLINE I loadI(const int32_t* p) { return vld1q_s32(p); }
SLALOM_INLINE void storeI(int32_t* p, I a) { vst1q_s32(p, a); }
// The first n < W lanes; the others are zero on loading and untouched on storing.
SLALOM_INLINE F loadPart(const float* p, int64_t n) {
  F a = vdupq_n_f32(0.0f);
  if (n > 0) a = vsetq_lane_f32(p[0], a, 0);
  if (n > 1) a = vsetq_lane_f32(p[1], a, 1);
  if (n > 2) a = vsetq_lane_f32(p[2], a, 2);
  return a;
}
SLALOM_INLINE void storePart(float* p, F a, int64_t n) {
  if (n > 0) p[0] = vgetq_lane_f32(a, 0);
  if (n > 1) p[1] = vgetq_lane_f32(a, 1);
  if (n > 2) p[2] = vgetq_lane_f32(a, 2);
}

SLALOM_INLINE F splat(float x) { return vdupq_n_f32(x); }
SLALOM_INLINE I splatI(int32_t x) { return vdupq_n_s32(x); }
SLALOM_INLINE F zero() { return vdupq_n_f32(0.0f); }
SLALOM_INLINE F asF(I a) { return vreinterpretq_f32_s32(a); }
SLALOM_INLINE I asI(F a) { return vreinterpretq_s32_f32(a); }

SLALOM_INLINE F add(F a, F b) { return vaddq_f32(a, b); }
SLALOM_INLINE F sub(F a, F b) { return vsubq_f32(a, b); }
SLALOM_INLINE F mul(F a, F b) { return vmulq_f32(a, b); }
SLALOM_INLINE F div(F a, F b) { return vdivq_f32(a, b); }
SLALOM_INLINE F fma(F a, F b, F c) { return vfmaq_f32(c, a, b); }
SLALOM_INLINE F squareRoot(F a) { return vsqrtq_f32(a); }
SLALOM_INLINE F roundEven(F a) { return vrndnq_f32(a); }
SLALOM_INLINE F floorF(F a) { return vrndmq_f32(a); }

SLALOM_INLINE I addI(I a, I b) { return vaddq_s32(a, b); }
SLALOM_INLINE I subI(I a, I b) { return vsubq_s32(a, b); }
SLALOM_INLINE I mulI(I a, I b) { return vmulq_s32(a, b); }
SLALOM_INLINE I bitAnd(I a, I b) { return vandq_s32(a, b); }
SLALOM_INLINE I bitOr(I a, I b) { return vorrq_s32(a, b); }
SLALOM_INLINE I bitXor(I a, I b) { return veorq_s32(a, b); }
template <int N>
SLALOM_INLINE I shiftLeft(I a) {
  return vshlq_n_s32(a, N);
}
template <int N>
SLALOM_INLINE I shiftRight(I a) {
  return vreinterpretq_s32_u32(vshrq_n_u32(vreinterpretq_u32_s32(a), N));
}
template <int N>
SLALOM_INLINE I shiftRightSigned(I a) {
  return vshrq_n_s32(a, N);
}

SLALOM_INLINE F toFloat(I a) { return vcvtq_f32_s32(a); }
SLALOM_INLINE I truncate(F a) { return vcvtq_s32_f32(a); }  // in range only

SLALOM_INLINE M less(F a, F b) { return {vcltq_f32(a, b)}; }
SLALOM_INLINE M lessEqual(F a, F b) { return {vcleq_f32(a, b)}; }
SLALOM_INLINE M greater(F a, F b) { return {vcgtq_f32(a, b)}; }
SLALOM_INLINE M greaterEqual(F a, F b) { return {vcgeq_f32(a, b)}; }
SLALOM_INLINE M equal(F a, F b) { return {vceqq_f32(a, b)}; }
SLALOM_INLINE M notEqual(F a, F b) { return {vmvnq_u32(vceqq_f32(a, b))}; }
// a > b ? a : b and a < b ? a : b, with denormals as zeros: a select would pass them on.
SLALOM_INLINE F withoutDenormals(F a) {
  const uint32x4_t sign = vandq_u32(vreinterpretq_u32_f32(a), vdupq_n_u32(0x80000000u));
  return vbslq_f32(vceqq_f32(a, vdupq_n_f32(0)), vreinterpretq_f32_u32(sign), a);
}
SLALOM_INLINE F greaterOrSecond(F a, F b) { return withoutDenormals(vbslq_f32(vcgtq_f32(a, b), a, b)); }
SLALOM_INLINE F lessOrSecond(F a, F b) { return withoutDenormals(vbslq_f32(vcltq_f32(a, b), a, b)); }
SLALOM_INLINE M greaterI(I a, I b) { return {vcgtq_s32(a, b)}; }
SLALOM_INLINE M equalI(I a, I b) { return {vceqq_s32(a, b)}; }
SLALOM_INLINE F select(M m, F a, F b) { return vbslq_f32(m.v, a, b); }
SLALOM_INLINE I selectI(M m, I a, I b) { return vbslq_s32(m.v, a, b); }
SLALOM_INLINE I maskBits(M m) { return vreinterpretq_s32_u32(m.v); }  // all bits or none
SLALOM_INLINE M asMask(I a) { return {vreinterpretq_u32_s32(a)}; }    // of lanes that are all bits or none
SLALOM_INLINE bool anyLane(M m) { return vmaxvq_u32(m.v) != 0; }

// x[i][j] becomes x[j][i].
SLALOM_INLINE void transpose(F (&x)[W]) {
  const float32x4x2_t a = vtrnq_f32(x[0], x[1]), b = vtrnq_f32(x[2], x[3]);
  x[0] = vcombine_f32(vget_low_f32(a.val[0]), vget_low_f32(b.val[0]));
  x[1] = vcombine_f32(vget_low_f32(a.val[1]), vget_low_f32(b.val[1]));
  x[2] = vcombine_f32(vget_high_f32(a.val[0]), vget_high_f32(b.val[0]));
  x[3] = vcombine_f32(vget_high_f32(a.val[1]), vget_high_f32(b.val[1]));
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
