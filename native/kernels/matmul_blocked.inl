// Products that are cut into cache blocks and into tiles for threads.
#pragma once

#include "matmul_ahead.inl"
#include "matmul_finish.inl"
#include "matmul_pack_a.inl"

namespace slalom {
namespace VARIANT {
namespace {

// Whether rows of register tiles go from the product to the epilogue through scratch, and never to c.
inline bool passesThrough(const MatmulArgs& args, const Cut& cut) {
  return args.transient && cut.parts == 1 && args.k <= cut.depth;
}

// Scratch of one thread, in byte offsets: the packed block of b, the one that is packed while it is at work, slivers of
// a for it, the sum of a segment, a row of register tiles that passes through, the epilogue's.
struct BlockedScratch {
  size_t next, slivers, sum, strip, finish, bytes;
};

// Of a block of b: a shallow one may hold more.
inline int64_t mostColumns(const MatmulArgs& args) {
  return args.k <= kShortSums && arraysAfter(args) > 1 ? kWideColumns : kMostColumns;
}

inline BlockedScratch scratchOf(const MatmulArgs& args, const Cut& cut) {
  const int64_t all = roundUp(args.n, kPanel), columns = all < mostColumns(args) ? all : mostColumns(args);
  const size_t b = cut.packB ? alignedFloats(cut.depth * columns) : 0;
  const size_t next = packsAhead(args, cut) ? b : 0;
  const size_t sum = sumsSegments(args, cut) ? alignedFloats(cut.sumRows() * columns) : 0;
  const size_t strip = passesThrough(args, cut) ? alignedFloats(kPanelRows * columns) : 0;
  const int64_t mostRows = ownRows(args, cut, args.m) + 2 * kPanelRows;
  const size_t slivers = cut.ownA ? alignedFloats(mostRows * pitchOf(cut) + kSlack) : 0;
  const size_t firstSum = b + next + slivers, end = firstSum + sum + strip;
  return {b, b + next, firstSum, firstSum + sum, end, end + finishScratch(args)};
}

// The blocks of b of one thread, and its slivers of a.
struct Blocks {
  float* present;
  float* next;
  float* slivers;
  bool ready;  // the present one is packed
};

inline Blocks blocksIn(char* scratch, const BlockedScratch& at) {
  const auto floats = [&](size_t offset) { return reinterpret_cast<float*>(scratch + offset); };
  return {floats(0), floats(at.next), floats(at.slivers), false};
}

// The operands of an epilogue that lie as c does, rows of so many elements.
inline Arrays operandsOf(const TileProgram& p, int64_t row) {
  Arrays arrays = {};
  arrays.row = row * 4;
  for (int k = 1; k < p.inputCount && arrays.others < Arrays::kMostOthers; k++) {
    const TileInput& input = tileInputs(&p)[k];
    if (input.source != Source::direct) continue;
    const auto* at = static_cast<const char*>(input.data);
    if (arrays.first == nullptr) {
      arrays.first = at;
    } else {
      arrays.apart[arrays.others++] = at - arrays.first;
    }
  }
  return arrays;
}

// What follows the elements that the last block of b finishes, while the nearest cache has them. Null: nothing, or it
// is not the last block.
struct Finish {
  Epilogue* epilogue;  // of rows of register tiles
  Greatest* greatest;  // of each tile
  bool through;        // rows of register tiles end with it
  Arrays operands;     // its operands that lie as c does, where they are asked for
  int64_t batch, i0, j0;
};

// A block of a where it lies, and where the slivers of some of its rows go.
struct Unpacked {
  const float* at;
  float* slivers;
  int64_t present;  // rows of the operand from the first one of the block to its last
};

// One block of k in a tile of rows: c (+)= a · b.
struct BlockOperands {
  const float* a;  // slivers of some rows, or where it lies
  int64_t first;   // of those rows
  Unpacked own;    // what this thread packs
  const float* b;  // where it lies
  float* packedB;
  float* c;
  int64_t depth, rows, columns;
  int64_t pitch;  // of a's slivers
  int64_t cRow;
  int64_t cDown;   // from row to row of different register tiles: 0 where they pass through the same memory
  bool carry;      // c holds the sum of the blocks before
  int64_t packsB;  // where the register tiles begin that pack b; those above read it where it lies
  Ahead ahead;
  Finish finish;
  bool far;  // the nearer caches do not hold what the block goes over

  float* sumsOf(int64_t row) const { return c + row * cDown; }
};

constexpr int64_t kPackedBefore = -1;

// The second row of register tiles packs a b that the first one has waited for: both take less than a row that waits
// and packs, and one that does neither. Where a block goes over few rows, or its tiles ask for operands of an epilogue,
// the first one does both.
inline int64_t packingRow(const MatmulArgs& args, const Cut& cut, const BlockOperands& x) {
  const bool waits = cut.packB && args.bCol == 1 && x.rows >= 3 * kPanelRows && x.finish.operands.first == nullptr;
  return waits ? nextRows(x.rows, cut.tileRows) : 0;
}

// Where a tile of c lies in arrays like it, in bytes.
inline int64_t offsetOf(const MatmulArgs& args, const BlockOperands& x, int64_t i, int64_t j) {
  const int64_t row = x.finish.batch * args.m + x.finish.i0 + i;
  return (row * args.n + x.finish.j0 + j) * 4;
}

// A whole register tile of packed operands, on the sliver of a that starts at `a`, beside which there is something to
// ask for: operands of the epilogue, or the next tile of c; where the nearer caches do not hold what the block goes
// over, its share of the next sliver, and a piece of the next b.
inline void multiplyAhead(const MatmulArgs& args, const BlockOperands& x, int64_t i, int64_t j, TileShape& shape,
                          const float* a, const float* b, float* c) {
  const Arrays& operands = x.finish.operands;
  const int64_t share = x.depth / kAheadSteps;
  Wanted wanted;
  const bool piece = wantPiece(args, x.ahead, wanted);
  if (operands.first != nullptr && !piece) {
    shape.arrays = &operands;
    shape.offset = offsetOf(args, x, i, j);
    return besideTileOf(x.depth, operands.others + 1)(shape, a, b, c);
  }
  const float* sliver = a + kPanelRows * x.pitch + j / kPanel * share * 16;
  wanted.sliver = reinterpret_cast<const char*>(sliver);
  if (!piece) {
    wanted.runs = wanted.sliver;
    wanted.lines = share;
    wanted.jump = 0;
  }
  if (operands.first != nullptr) {
    wanted.tile = operands.first + offsetOf(args, x, i, j);
    wanted.row = operands.row;
  } else {
    const bool beside = j + 2 * kPanel <= x.columns;
    wanted.tile = reinterpret_cast<const char*>(x.sumsOf(beside ? i : i + kPanelRows) + (beside ? j + kPanel : 0));
    wanted.row = x.cRow * 4;
  }
  shape.wanted = &wanted;
  (x.carry ? aheadTile<true> : aheadTile<false>)(shape, a, b, c);
}

// Rows [i, i + take) of a block, the panel of b from column j on.
inline void multiplyPanel(const MatmulArgs& args, const Cut& cut, const BlockOperands& x, int64_t i, int64_t take,
                          int64_t j) {
  const int64_t width = x.columns - j < kPanel ? x.columns - j : kPanel;
  const int64_t vectors = ceilDiv(width, W);
  TileShape shape = {x.depth, args.aRow, args.aCol, args.bRow, x.cRow, static_cast<int>(width - (vectors - 1) * W)};
  if (cut.packA) {
    shape.aRow = 1;
    shape.aStep = take;
  }
  const float* a = x.a + (i - x.first) * (cut.packA ? x.pitch : args.aRow);
  const float* b = x.b + j * args.bCol;
  float* c = x.sumsOf(i) + j;
  shape.next = j + kPanel < x.columns ? b + kPanel : x.b + x.depth * args.bRow;
  if (cut.packB && i >= x.packsB) {
    float* packed = x.packedB + j * x.depth;
    if (i == x.packsB) {
      const TileFn packs = packingTile(x.carry, take);
      if (packs && width == kPanel && args.bCol == 1) {
        shape.packed = packed;
        return packs(shape, a, b, c);
      }
      packPanel(b, args.bRow, args.bCol, x.depth, width, packed);
    }
    b = packed;
    shape.bStep = vectors * W;
    const bool asks = x.far || x.finish.operands.first != nullptr;
    if (asks && cut.packA && width == kPanel && take == kPanelRows) return multiplyAhead(args, x, i, j, shape, a, b, c);
  }
  if ((cut.askB || x.packsB > 0) && i == 0 && width == kPanel) return kTiles.asking[x.carry][take - 1](shape, a, b, c);
  kTiles.fn[vectors - 1][shape.tail < W][x.carry][take - 1](shape, a, b, c);
}

// Panels of b, which stay in L2, stream past a sliver of a, which stays in L1.
inline void multiplyBlock(const MatmulArgs& args, const Cut& cut, BlockOperands& x) {
  int64_t packed = cut.ownA ? 0 : x.rows;
  for (int64_t i = 0, take; i < x.rows; i += take) {
    take = nextRows(x.rows - i, cut.tileRows);
    if (i == packed) {
      packed += ownRows(args, cut, x.rows - i);
      packTileOfA(args, x.own.at + i * args.aRow, x.depth, packed - i, x.own.present - i, x.pitch, x.own.slivers);
      x.first = i;
    }
    for (int64_t j = 0; j < x.columns; j += kPanel) {
      multiplyPanel(args, cut, x, i, take, j);
      if (x.finish.greatest) {
        const int64_t width = x.columns - j < kPanel ? x.columns - j : kPanel;
        measureRows(*x.finish.greatest, x.sumsOf(i) + j, x.cRow, take, width);
      }
      if (pending(x.ahead)) packPiece(args, x.ahead);
    }
    if (!x.finish.epilogue) continue;
    const int64_t row = x.finish.i0 + i;
    const Window w = {row, row + take, x.finish.j0, x.finish.j0 + x.columns};
    x.finish.epilogue->run(args, rangesOf(args, x.finish.batch, w), x.sumsOf(i), x.cRow);
  }
}

// Columns [j0, j1) of b from row p on.
struct Place {
  int64_t p, j0, j1;
  bool own;  // of this thread; else its next tiles may be there
};

// The first block there.
inline BlockOfB blockAt(const MatmulArgs& args, const Cut& cut, const float* b, const Place& place) {
  if (!packsAhead(args, cut) || place.j0 >= place.j1) return {};
  const int64_t segment = roundUp(place.p + 1, kSegment), below = (args.k < segment ? args.k : segment) - place.p;
  return {b + place.p * args.bRow + place.j0 * args.bCol, below < cut.depth ? below : cut.depth, place.j1 - place.j0};
}

// One segment of k into c (its own rows and columns only). `after`: what this thread multiplies next.
// `finish`: what follows all of it.
inline void multiplySegment(const MatmulArgs& args, const Cut& cut, int64_t batch, const Window& w, int64_t begin,
                            int64_t end, float* c, int64_t cRow, Blocks& blocks, const Place& after,
                            const Finish& finish) {
  const Operands operands = operandsOf(args, batch);
  BlockOperands x = {};
  x.c = c;
  x.pitch = pitchOf(cut);
  x.rows = w.i1 - w.i0;
  x.columns = w.j1 - w.j0;
  x.cRow = cRow;
  x.cDown = finish.through ? 0 : cRow;
  x.far = packsAhead(args, cut) || (!finish.through && x.rows * x.columns > kFarSums);
  const int64_t tiles = ceilDiv(x.rows, kPanelRows) * ceilDiv(x.columns, kPanel);
  for (int64_t p = begin; p < end; p += cut.depth) {
    x.depth = end - p < cut.depth ? end - p : cut.depth;
    x.carry = p > begin;
    x.b = operands.b + p * args.bRow + w.j0 * args.bCol;
    x.packedB = blocks.present;
    if (p + x.depth == end) x.finish = finish;
    x.packsB = blocks.ready ? kPackedBefore : packingRow(args, cut, x);
    const Place next = p + x.depth < end ? Place{p + x.depth, w.j0, w.j1, true} : after;
    x.ahead = aheadOf(args, blockAt(args, cut, operands.b, next), tiles, next.own ? blocks.next : nullptr);
    x.a = operands.a + w.i0 * args.aRow + p * args.aCol;
    x.own = {x.a, blocks.slivers, args.m - w.i0};
    if (cut.packA) x.a = cut.ownA ? blocks.slivers : packedRow(args, cut, batch, p, w.i0);
    multiplyBlock(args, cut, x);
    while (pending(x.ahead)) packPiece(args, x.ahead);
    blocks.ready = x.ahead.to != nullptr;
    if (blocks.ready) std::swap(blocks.present, blocks.next);
  }
}

inline void addRows(float* to, int64_t toRow, const float* from, int64_t fromRow, int64_t rows, int64_t columns) {
  for (int64_t i = 0; i < rows; i++) {
    float* t = to + i * toRow;
    const float* f = from + i * fromRow;
    int64_t j = 0;
    for (; j + W <= columns; j += W) store(t + j, add(load(t + j), load(f + j)));
    if (j < columns) {
      const int left = static_cast<int>(columns - j);
      storePart(t + j, add(loadPart(t + j, left), loadPart(f + j, left)), left);
    }
  }
}

// All of k, segment sums added ascending, and the epilogue.
inline void multiplyWindow(const MatmulArgs& args, const Cut& cut, int64_t batch, const Window& w, char* scratch,
                           Blocks& blocks, const Place& after) {
  const BlockedScratch at = scratchOf(args, cut);
  const bool through = passesThrough(args, cut);
  float* c = through ? reinterpret_cast<float*>(scratch + at.strip) : operandsOf(args, batch).c + w.i0 * args.n + w.j0;
  if (args.k <= kSegment) {
    Epilogue epilogue;
    Greatest greatest;
    const Arrays operands = through ? operandsOf(epilogueOf(args), args.n) : Arrays{};
    Finish finish = {nullptr, args.measured ? &greatest : nullptr, through, operands, batch, w.i0, w.j0};
    if (args.epilogue != 0) {
      epilogue.begin(epilogueOf(args), scratch + at.finish);
      finish.epilogue = &epilogue;
    }
    multiplySegment(args, cut, batch, w, 0, args.k, c, through ? w.j1 - w.j0 : args.n, blocks, after, finish);
    if (args.measured) reportGreatest(args, greatest);
    return;
  }
  float* sum = reinterpret_cast<float*>(scratch + at.sum);
  const int64_t sumRow = roundUp(w.j1 - w.j0, kPanel);
  for (int64_t p = 0; p < args.k; p += kSegment) {
    const int64_t end = args.k - p < kSegment ? args.k : p + kSegment;
    const Place next = end < args.k ? Place{end, w.j0, w.j1, true} : after;
    if (p == 0) {
      multiplySegment(args, cut, batch, w, p, end, c, args.n, blocks, next, {});
    } else {
      multiplySegment(args, cut, batch, w, p, end, sum, sumRow, blocks, next, {});
      addRows(c, args.n, sum, sumRow, w.i1 - w.i0, w.j1 - w.j0);
    }
  }
  finishWindow(args, batch, w, scratch + at.finish);
}

// Tile = (batch, band of rows, columns, rows of the band), the last fastest: threads that take tiles in this order
// have all columns of their rows, as in the calls before and after.
struct TilesAt {
  int64_t batch;
  Window window;
  int64_t count;
};

// As many of the tiles [t, end) as form a rectangle: whole bands, whole columns of a band, or a part of one; and no
// more than there is scratch for.
inline TilesAt tilesAt(const MatmulArgs& args, const Cut& cut, int64_t t, int64_t end) {
  const int64_t each = cut.tiles(), inBatch = t % each;
  const int64_t fullBand = cut.bandTiles * cut.columns.tiles, inBand = inBatch % fullBand;
  const int64_t top = inBatch / fullBand * cut.bandTiles;
  const int64_t height = cut.rows.tiles - top < cut.bandTiles ? cut.rows.tiles - top : cut.bandTiles;
  const int64_t row = top + inBand % height, column = inBand / height;
  const int64_t given = end - t < each - inBatch ? end - t : each - inBatch;
  const int64_t below = top + height - row, beside = cut.columns.tiles - column;
  int64_t rows = given < below ? given : below, columns = 1;
  if (sumsSegments(args, cut) && cut.sumRows() < args.m) {
    const int64_t most = cut.sumRows() / cut.rows.most();
    if (rows > most) rows = most;
  } else if (inBand == 0 && given >= height * cut.columns.tiles) {
    columns = cut.columns.tiles;
    rows = given == each - inBatch ? cut.rows.tiles - row : given / fullBand * cut.bandTiles;
  } else if (row == top && given >= height) {
    columns = given / height < beside ? given / height : beside;
  }
  const Window window = {cut.rows.begin(row), cut.rows.begin(row + rows), cut.columns.begin(column),
                         cut.columns.begin(column + columns)};
  return {t / each, window, rows * columns};
}

// Of the packed blocks of b for so many columns, about as wide as each other.
inline int64_t blockColumns(const MatmulArgs& args, int64_t columns) {
  return roundUp(ceilDiv(columns, ceilDiv(columns, mostColumns(args))), kPanel);
}

// Calls multiply(window, what this thread multiplies next) for the windows of a rectangle of tiles.
template <typename Multiply>
inline void overColumns(const MatmulArgs& args, const Window& all, const Multiply& multiply) {
  const int64_t last = all.j1, most = blockColumns(args, last - all.j0);
  Window w = all;
  for (; w.j0 < last; w.j0 = w.j1) {
    w.j1 = last - w.j0 < most ? last : w.j0 + most;
    const int64_t beyond = w.j1 < last ? last : args.n;
    multiply(w, Place{0, w.j1, beyond - w.j1 < most ? beyond : w.j1 + most, w.j1 < last});
  }
}

// What one thread gets of tiles below and beside each other shares the packed b and the reading of a.
void runBlocked(const void* opaque, int64_t begin, int64_t end, void* opaqueScratch) {
  const MatmulArgs& args = *static_cast<const MatmulArgs*>(opaque);
  const Cut cut = cutOf(args);
  char* scratch = static_cast<char*>(opaqueScratch);
  for (int64_t t = begin; t < end;) {
    const TilesAt tiles = tilesAt(args, cut, t, end);
    Blocks blocks = blocksIn(scratch, scratchOf(args, cut));
    overColumns(args, tiles.window, [&](const Window& w, const Place& after) {
      multiplyWindow(args, cut, tiles.batch, w, scratch, blocks, after);
    });
    t += tiles.count;
  }
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
