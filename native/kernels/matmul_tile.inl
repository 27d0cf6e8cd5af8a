// The register tile: the only place that multiplies.
//
// c[R × V vectors] = (carry ? c : 0) + a · b, one ascending fma chain per element. a is broadcast
// from any strides, b is read in vectors along a row. The last vector may be partial.
#pragma once

#include "vec.h"

namespace slalom {
namespace VARIANT {
namespace {

// Arrays of the same shape, of which the same part is wanted.
struct Arrays {
  static constexpr int kMostOthers = 3;
  const char* first;             // null: none
  int64_t row;                   // bytes from row to row
  int others;                    // beside the first
  ptrdiff_t apart[kMostOthers];  // how far from it each of them lies
};

// Memory that is wanted later.
struct Wanted {
  // Runs of so many cache lines, the next run `jump` bytes behind the end of one.
  const char* runs;
  int64_t lines, jump;
  const char* sliver;  // of a, line by line
  const char* tile;    // what a register tile covers, in rows of so many bytes
  int64_t row;
};

struct TileShape {
  int64_t k;
  int64_t aRow, aStep;  // strides of a: to the next row, to the next k
  int64_t bStep;        // stride of b to the next k
  int64_t cRow;
  int tail;                        // lanes of the last vector that exist
  const float* next = nullptr;     // what tiles that ask for b come to behind its last row
  float* packed = nullptr;         // where a tile that packs leaves its panel of b
  const Wanted* wanted = nullptr;  // what a tile that looks ahead asks for
  const Arrays* arrays = nullptr;  // or, of each of these,
  int64_t offset = 0;              // the tile that begins so many bytes behind its start
};

// What a tile does beside multiplying: asks for the rows of b that it comes to, which the processor does not see
// coming where they lie far apart, and packs them as well.
enum class Beside { nothing, asks, packs };
constexpr int64_t kStepsAhead = 24;  // of k, that it asks ahead
constexpr int kAheadSteps = 8;       // of k, from line to line

using TileFn = void (*)(const TileShape& shape, const float* a, const float* b, float* c);

// The most vectors of a register tile, and the most rows of one of v vectors: as many accumulators
// as there are registers beside the vectors of b and one broadcast.
constexpr int kTileVectors = W == 16 || kRegisters == 16 ? 2 : 4;
constexpr int tileRows(int64_t v) {
  if (kRegisters == 16) return v == 1 ? 12 : 6;
  if (W == 16) return v == 1 ? 16 : 14;
  return v < 4 ? 8 : 6;
}
constexpr int64_t kPanel = int64_t{kTileVectors} * W;  // columns of a full register tile
constexpr int kPanelRows = tileRows(kTileVectors);
constexpr int kFewerRows = kPanelRows < 8 ? kPanelRows : 8;  // of a tile, where more rows of a would not stay in L1

// GCC 12 keeps accumulator arrays in memory unless every loop over them is unrolled.
template <int R, int V, bool kPartial>
SLALOM_INLINE void loadTile(const TileShape& shape, const float* c, F (&acc)[R][V]) {
  SLALOM_UNROLL
  for (int r = 0; r < R; r++) {
    SLALOM_UNROLL
    for (int v = 0; v < V; v++) {
      const float* from = c + r * shape.cRow + v * W;
      acc[r][v] = kPartial && v == V - 1 ? loadPart(from, shape.tail) : load(from);
    }
  }
}

template <int R, int V>
SLALOM_INLINE void clearTile(F (&acc)[R][V]) {
  SLALOM_UNROLL
  for (int r = 0; r < R; r++) {
    SLALOM_UNROLL
    for (int v = 0; v < V; v++) acc[r][v] = zero();
  }
}

template <int R, int V, bool kPartial>
SLALOM_INLINE void storeTile(const TileShape& shape, float* c, const F (&acc)[R][V]) {
  SLALOM_UNROLL
  for (int r = 0; r < R; r++) {
    SLALOM_UNROLL
    for (int v = 0; v < V; v++) {
      float* to = c + r * shape.cRow + v * W;
      if (kPartial && v == V - 1) {
        storePart(to, acc[r][v], shape.tail);
      } else {
        store(to, acc[r][v]);
      }
    }
  }
}

// Rows of a in groups with a pointer each: as offsets from one pointer they take more registers than there are.
constexpr int kGroupRows = 4;
template <int R>
using RowGroups = const float * [(R + kGroupRows - 1) / kGroupRows];

// The compiler forgets where it comes from, and keeps it.
SLALOM_INLINE const float* kept(const float* p) {
#if defined(__GNUC__)
  asm("" : "+r"(p));
#endif
  return p;
}

// One row of b times what the rows of a have for it.
template <int R, int V>
SLALOM_INLINE void multiplyRow(const F (&row)[V], const RowGroups<R>& a, int64_t aRow, F (&acc)[R][V]) {
  SLALOM_UNROLL
  for (int r = 0; r < R; r++) {
    const F x = splat(a[r / kGroupRows][r % kGroupRows * aRow]);
    SLALOM_UNROLL
    for (int v = 0; v < V; v++) acc[r][v] = fma(x, row[v], acc[r][v]);
  }
}

// Operands of a register tile, on their way through k.
template <int R>
struct TileOperands {
  RowGroups<R> a;
  const float* b;
  float* packed;
  ptrdiff_t ahead;  // from b to the row that is asked for
};

// The next step of k. kMasked: the last vector of b ends where memory may.
template <int R, int V, bool kMasked, Beside kBeside>
SLALOM_INLINE void stepTile(const TileShape& shape, TileOperands<R>& x, F (&acc)[R][V]) {
  F row[V];
  SLALOM_UNROLL
  for (int v = 0; v < V; v++) {
    row[v] = kMasked && v == V - 1 ? loadPart(x.b + v * W, shape.tail) : load(x.b + v * W);
    if (kBeside != Beside::nothing) prefetch(x.b + x.ahead + v * W);
    if (kBeside == Beside::packs) store(x.packed + v * W, row[v]);
  }
  multiplyRow<R>(row, x.a, shape.aRow, acc);
  SLALOM_UNROLL
  for (int r = 0; r < R; r += kGroupRows) x.a[r / kGroupRows] += shape.aStep;
  x.b += shape.bStep;
  if (kBeside == Beside::packs) x.packed += V * W;
}

// A step of k of whole vectors, of an a with a pointer for each group of rows.
template <int R, int V>
SLALOM_INLINE void stepRows(const RowGroups<R>& a, int64_t aRow, const float* b, F (&acc)[R][V]) {
  F row[V];
  SLALOM_UNROLL
  for (int v = 0; v < V; v++) row[v] = load(b + v * W);
  multiplyRow<R>(row, a, aRow, acc);
}

// Of a sliver of a.
template <int R, int V>
SLALOM_INLINE void stepSliver(const float* a, const float* b, F (&acc)[R][V]) {
  RowGroups<R> rows;
  SLALOM_UNROLL
  for (int r = 0; r < R; r += kGroupRows) rows[r / kGroupRows] = a + r;
  stepRows<R>(rows, 1, b, acc);
}

// Steps of k in pairs, where b is packed and a lies in slivers or along its rows: loops of one step or of four are
// slower. Returns how many are left.
template <int R, int V>
SLALOM_INLINE int64_t multiplyPairs(const TileShape& shape, TileOperands<R>& x, F (&acc)[R][V]) {
  int64_t p = shape.k;
  if (shape.bStep != V * W) return p;
  if (shape.aRow == 1 && shape.aStep == R) {
    const float* a = x.a[0];
    for (; p >= 2; p -= 2, a += 2 * R, x.b += 2 * V * W) {
      stepSliver<R>(a, x.b, acc);
      stepSliver<R>(a + R, x.b + V * W, acc);
    }
    SLALOM_UNROLL
    for (int r = 0; r < R; r += kGroupRows) x.a[r / kGroupRows] = a + r;
  } else if (shape.aStep == 1) {
    for (; p >= 2; p -= 2, x.b += 2 * V * W) {
      RowGroups<R> second;
      SLALOM_UNROLL
      for (int r = 0; r < R; r += kGroupRows) second[r / kGroupRows] = x.a[r / kGroupRows] + 1;
      stepRows<R>(x.a, shape.aRow, x.b, acc);
      stepRows<R>(second, shape.aRow, x.b + V * W, acc);
      SLALOM_UNROLL
      for (int r = 0; r < R; r += kGroupRows) x.a[r / kGroupRows] += 2;
    }
  }
  return p;
}

template <int R, int V, bool kPartial, bool kCarry, Beside kBeside = Beside::nothing>
void registerTile(const TileShape& given, const float* a, const float* b, float* c) {
  const TileShape shape = given;
  TileOperands<R> x;
  SLALOM_UNROLL
  for (int r = 0; r < R; r += kGroupRows) x.a[r / kGroupRows] = kept(a + r * shape.aRow);
  x.b = b;
  x.packed = shape.packed;
  x.ahead = kStepsAhead * shape.bStep;
  F acc[R][V];
  if (kCarry) {
    loadTile<R, V, kPartial>(shape, c, acc);
  } else {
    clearTile(acc);
  }
  int64_t p = shape.k;
  if (V == kTileVectors && !kPartial && kBeside == Beside::nothing) p = multiplyPairs<R>(shape, x, acc);
  if (kPartial) {
    // Whole vectors are faster, and what lies beyond the columns is the next row: nobody keeps those lanes.
    const float* const end = b + (p - 1) * shape.bStep + (V - 1) * W + shape.tail;
    for (; x.b + V * W <= end; p--) stepTile<R, V, false, kBeside>(shape, x, acc);
  }
  if (kBeside != Beside::nothing) {
    for (; p > kStepsAhead; p--) stepTile<R, V, kPartial, kBeside>(shape, x, acc);
    x.ahead = shape.next - x.b;
  }
  for (; p > 0; p--) stepTile<R, V, kPartial, kBeside>(shape, x, acc);
  storeTile<R, V, kPartial>(shape, c, acc);
}

// The whole tile, on rows that pack a panel of b as they read it.
template <int R, bool kCarry>
constexpr TileFn kPackingTile = registerTile<R, kTileVectors, false, kCarry, Beside::packs>;

// Null: there is none for so many rows.
inline TileFn packingTile(bool carry, int64_t rows) {
  if (rows == kPanelRows) return carry ? kPackingTile<kPanelRows, true> : kPackingTile<kPanelRows, false>;
  if (rows == kFewerRows) return carry ? kPackingTile<kFewerRows, true> : kPackingTile<kFewerRows, false>;
  return nullptr;
}

constexpr int64_t kTileLines = (kPanel + 15) / 16;  // of a row of a register tile

// Where it lies, line by line: without a branch, which would cost as much as it gains.
struct RowLines {
  const char* at;
  int64_t row, step;

  SLALOM_INLINE void next() {
    at += step;
    if (kTileLines > 1) step = row - step;
  }
};

SLALOM_INLINE RowLines rowLines(const char* at, int64_t row) {
  static_assert(kTileLines <= 2, "steps take turns");
  return {at, row, kTileLines > 1 ? 64 : row};
}

template <bool kCarry, int kSteps, typename Ask>
SLALOM_INLINE void askingTile(const TileShape& shape, const float* a, const float* b, float* c, Ask ask) {
  F acc[kPanelRows][kTileVectors];
  if (kCarry) {
    loadTile<kPanelRows, kTileVectors, false>(shape, c, acc);
  } else {
    clearTile(acc);
  }
  int64_t p = shape.k;
  for (; p >= kSteps; p -= kSteps) {
    ask();
    SLALOM_UNROLL
    for (int s = 0; s < kSteps; s++, a += kPanelRows, b += kPanel) stepSliver<kPanelRows>(a, b, acc);
  }
  for (; p > 0; p--, a += kPanelRows, b += kPanel) stepSliver<kPanelRows>(a, b, acc);
  storeTile<kPanelRows, kTileVectors, false>(shape, c, acc);
}

// The whole tile on packed operands, asking for what is wanted.
template <bool kCarry>
void aheadTile(const TileShape& shape, const float* a, const float* b, float* c) {
  const int64_t lines = shape.wanted->lines, jump = shape.wanted->jump;
  const char *runs = shape.wanted->runs, *sliver = shape.wanted->sliver;
  RowLines rows = rowLines(shape.wanted->tile, shape.wanted->row);
  int64_t left = lines;
  askingTile<kCarry, kAheadSteps>(shape, a, b, c, [&] {
    prefetchFar(runs);
    prefetchFar(sliver);
    prefetchFar(rows.at);
    runs += 64;
    sliver += 64;
    rows.next();
    if (--left == 0) {
      runs += jump;
      left = lines;
    }
  });
}

// The same, asking for tiles of arrays.
template <int kSteps>
void besideTile(const TileShape& shape, const float* a, const float* b, float* c) {
  const Arrays& arrays = *shape.arrays;
  RowLines rows = rowLines(arrays.first + shape.offset, arrays.row);
  askingTile<false, kSteps>(shape, a, b, c, [&] {
    prefetchFar(rows.at);
    for (int i = 0; i < arrays.others; i++) prefetchFar(rows.at + arrays.apart[i]);
    rows.next();
  });
}

// One that asks for every line of so many arrays, if so many steps allow it without asking for much more than a line in
// each.
inline TileFn besideTileOf(int64_t depth, int arrays) {
  const int64_t steps = depth / (kTileLines * kPanelRows);
  if (steps >= 8) return besideTile<8>;
  if (steps >= 4 || arrays > 2) return besideTile<4>;
  return steps >= 2 || arrays > 1 ? besideTile<2> : besideTile<1>;
}

struct TileTable {
  TileFn fn[kTileVectors][2][2][tileRows(1)];  // [vectors - 1][partial][carry][rows - 1]
  TileFn asking[2][kPanelRows];                // those of whole panels; [carry][rows - 1]
};

template <int V, int R>
constexpr void fillTiles(TileTable& table) {
  table.fn[V - 1][0][0][R - 1] = registerTile<R, V, false, false>;
  table.fn[V - 1][0][1][R - 1] = registerTile<R, V, false, true>;
  table.fn[V - 1][1][0][R - 1] = registerTile<R, V, true, false>;
  table.fn[V - 1][1][1][R - 1] = registerTile<R, V, true, true>;
  if constexpr (V == kTileVectors) {
    table.asking[0][R - 1] = registerTile<R, V, false, false, Beside::asks>;
    table.asking[1][R - 1] = registerTile<R, V, false, true, Beside::asks>;
  }
  if constexpr (R > 1) {
    fillTiles<V, R - 1>(table);
  } else if constexpr (V > 1) {
    fillTiles<V - 1, tileRows(V - 1)>(table);
  }
}

constexpr TileTable makeTiles() {
  TileTable table = {};
  fillTiles<kTileVectors, kPanelRows>(table);
  return table;
}

constexpr TileTable kTiles = makeTiles();

// How many of the `left` rows the next register tile takes: all it can, but never leaving a
// thin rest behind.
inline int64_t nextRows(int64_t left, int64_t most) {
  return left >= 2 * most ? most : left > most ? (left + 1) / 2 : left;
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
