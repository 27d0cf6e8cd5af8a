// The choice of a kernel table: what this CPU and its operating system can run, best first.
#include <stdlib.h>
#include <string.h>

#include "reference.h"

#if defined(__linux__) && defined(__x86_64__)
#include <sys/syscall.h>
#include <unistd.h>
#endif
#if defined(__x86_64__) || defined(_M_X64)
#define SLALOM_X86
#if defined(_MSC_VER)
#include <immintrin.h>
#include <intrin.h>
#else
#include <cpuid.h>
#endif
#endif

namespace slalom {

namespace baseline {
const KernelTable* table();
}
#ifdef SLALOM_HAS_AVX2
namespace avx2 {
const KernelTable* table();
}
#endif
#ifdef SLALOM_HAS_AVX512
namespace avx512 {
const KernelTable* table();
}
#endif
#ifdef SLALOM_HAS_NEON
namespace neon {
const KernelTable* table();
}
#endif

namespace {

struct Features {
  bool avx2 = false;    // with FMA and F16C
  bool avx512 = false;  // F, BW, DQ and VL, on top of avx2
};

#ifdef SLALOM_X86
struct Registers {
  uint32_t a, b, c, d;
};

Registers cpuid(uint32_t leaf, uint32_t part) {
#if defined(_MSC_VER)
  int r[4];
  __cpuidex(r, static_cast<int>(leaf), static_cast<int>(part));
  return {static_cast<uint32_t>(r[0]), static_cast<uint32_t>(r[1]), static_cast<uint32_t>(r[2]),
          static_cast<uint32_t>(r[3])};
#else
  Registers r{};
  __cpuid_count(leaf, part, r.a, r.b, r.c, r.d);
  return r;
#endif
}

// Which register files the operating system saves.
uint64_t savedState() {
#if defined(_MSC_VER)
  return _xgetbv(0);
#else
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return static_cast<uint64_t>(high) << 32 | low;
#endif
}

bool has(uint32_t word, int bit) { return (word >> bit & 1) != 0; }

Features detect() {
  Features f;
  if (cpuid(0, 0).a < 7) return f;
  const Registers one = cpuid(1, 0), seven = cpuid(7, 0);
  const bool osxsave = has(one.c, 27), avx = has(one.c, 28), fma = has(one.c, 12), f16c = has(one.c, 29);
  if (!osxsave || !avx) return f;
  const uint64_t saved = savedState();
  f.avx2 = (saved & 0x6) == 0x6 && fma && f16c && has(seven.b, 5);
  const bool f512 = has(seven.b, 16) && has(seven.b, 17) && has(seven.b, 30) && has(seven.b, 31);
  f.avx512 = f.avx2 && (saved & 0xe6) == 0xe6 && f512;
  return f;
}
#else
Features detect() { return {}; }
#endif

#if defined(__linux__) && defined(__x86_64__)
// Linux saves the tiles of threads that asked for it: arch_prctl(ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA).
bool askForTiles() {
  const Registers one = cpuid(1, 0);
  if (cpuid(0, 0).a < 7 || !has(one.c, 27)) return false;
  const uint32_t most = cpuid(7, 0).a, seven = cpuid(7, 0).d;
  const bool tiles = has(seven, 24) && has(seven, 22) && most >= 1 && has(cpuid(7, 1).a, 5);
  constexpr uint64_t kSaved = uint64_t{3} << 17;
  return tiles && (savedState() & kSaved) == kSaved && syscall(SYS_arch_prctl, 0x1023, 18) == 0;
}
#else
bool askForTiles() { return false; }
#endif

constexpr int kMostTables = 5;

struct Available {
  const KernelTable* tables[kMostTables];
  const char* names[kMostTables + 1];
  int count = 0;

  Available() {
    const Features features = detect();
    (void)features;
#ifdef SLALOM_HAS_AVX512
    if (features.avx512) add(avx512::table());
#endif
#ifdef SLALOM_HAS_AVX2
    if (features.avx2) add(avx2::table());
#endif
#ifdef SLALOM_HAS_NEON
    add(neon::table());
#endif
    add(baseline::table());
    add(reference::table());
    names[count] = nullptr;
  }

  void add(const KernelTable* table) {
    tables[count] = table;
    names[count++] = table->name;
  }
};

const Available& available() {
  static const Available all;
  return all;
}

const KernelTable* select() {
  const char* wanted = getenv("SLALOM_ISA");
  return wanted && *wanted ? kernelsNamed(wanted) : available().tables[0];
}

}  // namespace

bool matrixUnitAllowed() {
  static const bool allowed = askForTiles();
  return allowed;
}

const KernelTable* selectedKernels() {
  static const KernelTable* const selected = select();
  return selected;
}

const KernelTable* kernelsNamed(const char* name) {
  const Available& all = available();
  for (int i = 0; i < all.count; ++i) {
    if (strcmp(all.names[i], name) == 0) return all.tables[i];
  }
  return nullptr;
}

const char* const* availableKernels() { return available().names; }

}  // namespace slalom
