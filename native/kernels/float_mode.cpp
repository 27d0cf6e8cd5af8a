// Rounding and denormal modes of the calling thread, and the atomics that kernels need.
#include "reference.h"

#include <cstring>

#if defined(_MSC_VER)
#include <intrin.h>
#endif
#if defined(__x86_64__) || defined(_M_X64)
#include <xmmintrin.h>
#endif

namespace slalom {

namespace {

#if defined(__x86_64__) || defined(_M_X64)

// MXCSR: every exception masked, round to nearest even, FTZ (bit 15) and DAZ (bit 6).
constexpr uint64_t kComputing = 0x1f80 | 0x8000 | 0x40;

uint64_t readMode() { return _mm_getcsr(); }
void writeMode(uint64_t mode) { _mm_setcsr(static_cast<unsigned>(mode)); }

#elif defined(__aarch64__) || defined(_M_ARM64)

// FPCR: round to nearest even, FZ (bit 24), NaNs keep their payload.
constexpr uint64_t kComputing = 1u << 24;

#if defined(_MSC_VER) && !defined(__clang__)
uint64_t readMode() { return static_cast<uint64_t>(_ReadStatusReg(ARM64_FPCR)); }
void writeMode(uint64_t mode) { _WriteStatusReg(ARM64_FPCR, static_cast<int64_t>(mode)); }
#else
uint64_t readMode() {
  uint64_t mode;
  __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
  return mode;
}
void writeMode(uint64_t mode) { __asm__ volatile("msr fpcr, %0" : : "r"(mode) : "memory"); }
#endif

#endif

}  // namespace

FloatMode::FloatMode() : saved_(readMode()) { writeMode(kComputing); }
FloatMode::~FloatMode() { writeMode(saved_); }

// Of numbers without a sign the integers have the same order, NaN last.
static int32_t magnitudeBits(float value) {
  int32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits & INT32_MAX;
}

#if defined(_MSC_VER) && !defined(__clang__)
void raiseMagnitude(float* most, float value) {
  const long bits = magnitudeBits(value);
  volatile long* const at = reinterpret_cast<volatile long*>(most);
  long seen = *at;
  while (bits > seen) {
    const long found = _InterlockedCompareExchange(at, bits, seen);
    if (found == seen) return;
    seen = found;
  }
}

void lowerFault(int64_t* fault, int64_t position) {
  int64_t seen = *static_cast<volatile int64_t*>(fault);
  while (position < seen) {
    const int64_t found = _InterlockedCompareExchange64(fault, position, seen);
    if (found == seen) return;
    seen = found;
  }
}
#else
void raiseMagnitude(float* most, float value) {
  const int32_t bits = magnitudeBits(value);
  int32_t* const at = reinterpret_cast<int32_t*>(most);
  int32_t seen = __atomic_load_n(at, __ATOMIC_RELAXED);
  while (bits > seen && !__atomic_compare_exchange_n(at, &seen, bits, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
  }
}

void lowerFault(int64_t* fault, int64_t position) {
  int64_t seen = __atomic_load_n(fault, __ATOMIC_RELAXED);
  while (position < seen &&
         !__atomic_compare_exchange_n(fault, &seen, position, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
  }
}
#endif

}  // namespace slalom
