// Products of bfloat16 on a matrix unit (Intel AMX): registers of their own hold tiles of 16 rows of 64 bytes.
// TDPBF16PS adds to a tile of 16 × 16 floats the product of 16 × 32 numbers of a and 32 × 16 of b. A row of a's tile
// holds 32 steps of k, a row of b's two steps of k for each of 16 columns.
#pragma once

#include "matmul_plan.inl"

#if defined(__linux__) && defined(__x86_64__) && defined(__AVX512F__)
#if defined(__clang__) ? __clang_major__ >= 12 : __GNUC__ >= 11
#define SLALOM_AMX __attribute__((target("amx-tile,amx-bf16,avx512bf16")))
#endif
#endif

#ifdef SLALOM_AMX

namespace slalom {
namespace VARIANT {
namespace {

constexpr int64_t atMost(int64_t x, int64_t most) { return x < most ? x : most; }

constexpr int64_t kTileSide = 16;   // rows of a tile, columns of a tile of floats
constexpr int64_t kTileDepth = 32;  // steps of k of a tile
constexpr int64_t kTileBytes = 1024;
constexpr int64_t kTilesPanel = 2 * kTileSide;  // rows or columns of two tiles, which are computed together

struct alignas(64) TileConfig {
  uint8_t palette, start, reserved[14];
  uint16_t columnBytes[16];
  uint8_t rows[16];
};
constexpr TileConfig kWholeTiles = {1, 0, {}, {64, 64, 64, 64, 64, 64, 64, 64}, {16, 16, 16, 16, 16, 16, 16, 16}};

// Before the first and after the last tile of a call. What is not released would be saved whenever a thread sleeps.
SLALOM_AMX void beginTiles() { _tile_loadconfig(&kWholeTiles); }
SLALOM_AMX void endTiles() { _tile_release(); }

// Packed operands of one step of k: tiles of what bfloat16 holds of the numbers, then tiles of what is left of them.
// One or two tiles each.
constexpr int64_t partsOf(MatmulPrecision precision) { return precision == MatmulPrecision::high ? 2 : 1; }

// The sums are tiles 0 to 3, those of a 4 and 5, those of b 6 and 7. Each tile is loaded when the products of the one
// that it takes the place of are on their way, and the first sums are added to first.
template <int kDown, int kBeside>
SLALOM_AMX SLALOM_INLINE void loadBoth(const char* a, const char* b) {
  _tile_loadd(4, a, 64);
  _tile_loadd(6, b, 64);
  _tile_dpbf16ps(0, 4, 6);
  if (kBeside == 2) {
    _tile_loadd(7, b + kTileBytes, 64);
    _tile_dpbf16ps(1, 4, 7);
  }
  if (kDown == 2) {
    _tile_loadd(5, a + kTileBytes, 64);
    _tile_dpbf16ps(2, 5, 6);
    if (kBeside == 2) _tile_dpbf16ps(3, 5, 7);
  }
}

// With the tiles of b that are there.
template <int kDown, int kBeside>
SLALOM_AMX SLALOM_INLINE void loadA(const char* a) {
  _tile_loadd(4, a, 64);
  _tile_dpbf16ps(0, 4, 6);
  if (kBeside == 2) _tile_dpbf16ps(1, 4, 7);
  if (kDown == 2) {
    _tile_loadd(5, a + kTileBytes, 64);
    _tile_dpbf16ps(2, 5, 6);
    if (kBeside == 2) _tile_dpbf16ps(3, 5, 7);
  }
}

// With the tiles of a that are there.
template <int kDown, int kBeside>
SLALOM_AMX SLALOM_INLINE void loadB(const char* b) {
  _tile_loadd(6, b, 64);
  _tile_dpbf16ps(0, 4, 6);
  if (kDown == 2) _tile_dpbf16ps(2, 5, 6);
  if (kBeside == 2) {
    _tile_loadd(7, b + kTileBytes, 64);
    _tile_dpbf16ps(1, 4, 7);
    if (kDown == 2) _tile_dpbf16ps(3, 5, 7);
  }
}

template <int kDown, int kBeside>
SLALOM_AMX SLALOM_INLINE void loadSums(const float* c, int64_t cRow) {
  _tile_loadd(0, c, cRow * 4);
  if (kBeside == 2) _tile_loadd(1, c + kTileSide, cRow * 4);
  if (kDown == 2) _tile_loadd(2, c + kTileSide * cRow, cRow * 4);
  if (kDown == 2 && kBeside == 2) _tile_loadd(3, c + kTileSide * cRow + kTileSide, cRow * 4);
}

template <int kDown, int kBeside>
SLALOM_AMX SLALOM_INLINE void storeSums(float* c, int64_t cRow) {
  _tile_stored(0, c, cRow * 4);
  if (kBeside == 2) _tile_stored(1, c + kTileSide, cRow * 4);
  if (kDown == 2) _tile_stored(2, c + kTileSide * cRow, cRow * 4);
  if (kDown == 2 && kBeside == 2) _tile_stored(3, c + kTileSide * cRow + kTileSide, cRow * 4);
}

// c (+)= a · b, whole tiles, over steps of packed operands.
template <MatmulPrecision kPrecision, int kDown, int kBeside>
SLALOM_AMX void multiplyTiles(const char* a, const char* b, int64_t steps, bool carry, float* c, int64_t cRow) {
  __asm__ volatile("" ::: "memory");  // GCC's loads of tiles do not say that they read memory
  if (carry) {
    loadSums<kDown, kBeside>(c, cRow);
  } else {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
  }
  constexpr int64_t kA = kDown * kTileBytes, kB = kBeside * kTileBytes, kParts = partsOf(kPrecision);
  for (int64_t p = 0; p < steps; p++, a += kParts * kA, b += kParts * kB) {
    if (kParts == 1) {
      loadBoth<kDown, kBeside>(a, b);
    } else {
      loadBoth<kDown, kBeside>(a + kA, b);
      loadA<kDown, kBeside>(a);
      loadB<kDown, kBeside>(b + kB);
    }
  }
  storeSums<kDown, kBeside>(c, cRow);
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom

#endif
