// Shapes that have a path of their own, below and beyond its limits, by every variant against the reference.
#include "kernels_matmul.h"
#include "suites.h"

namespace slalom::test {

namespace {

constexpr int64_t kItems = 3;

// A batch whose items share what is not said to be their own.
void agreeBatched(MatmulArgs args, bool ownA, bool ownB) {
  const int64_t sizeA = args.m * args.k, sizeB = args.k * args.n;
  args.batchRank = 1;
  args.batchDims[0] = kItems;
  args.aBatch[0] = ownA ? sizeA : 0;
  args.bBatch[0] = ownB ? sizeB : 0;
  const Memory<float> a = randoms<float>(kItems * sizeA, 7), b = randoms<float>(kItems * sizeB, 8);
  agree(args, a.get(), b.get(), kItems * args.m * args.n);
}

// Rows of a that lie in the same sets of the nearest cache: fewer at a time, or packed.
void conflictingRows() {
  for (int64_t m : {12, 15, 16, 17, 29, 45, 130}) {
    for (int64_t n : {5, 32, 70, 256, 290}) {
      for (bool b : {false, true}) agree(m, n, 1024, false, b);
    }
  }
  agree(130, 200, 8192, false, false);
}

// The same under few columns, and of a b whose columns lie along k beside few rows.
void conflictingColumns() {
  for (int64_t few : {1, 2, 4, 9}) {
    for (int64_t many : {5, 16, 33, 70, 150}) {
      for (int64_t k : {512, 1024, 8192}) {
        agree(few, many, k, false, true);
        agree(many, few, k, false, false);
      }
    }
  }
}

// Under many rows: the transposed operands are multiplied.
void fewColumns() {
  for (int64_t m : {64, 65, 100, 257, 3000}) {
    for (int64_t n : {2, 5, 6, 7, 10, 12, 13, 14, 15, 16, 17}) {
      for (int64_t k : {1, 4, 31, 32, 97, 400}) {
        for (int layout = 0; layout < 4; ++layout) agree(m, n, k, (layout & 1) != 0, (layout & 2) != 0);
      }
    }
  }
}

// A few whole vectors of columns and some more, of a b whose rows or columns lie beside each other: rows are lanes
// there.
void raggedColumns() {
  for (int64_t m : {8, 16, 17, 33, 100, 300}) {
    for (int64_t n : {9, 12, 17, 20, 26, 28, 50, 100, 200, 202}) {
      for (int64_t k : {8, 31, 64, 300}) {
        for (int layout = 0; layout < 4; ++layout) agree(m, n, k, (layout & 1) != 0, (layout & 2) != 0);
      }
    }
    agree(m, 20, 1024, false, false);
    agree(m, 20, 4096, false, true);
    agree(m, 20, 4097, true, false);
    agreeBatched(product(m, 20, 1000, false, true), false, true);
  }
}

// Times a b whose rows lie beside each other: wide register tiles, or whole rows; or whose columns lie along k: the
// transposed operands are multiplied, b as it comes.
void fewRows() {
  for (bool transposed : {false, true}) {
    for (int64_t m = 2; m <= 11; ++m) {
      for (int64_t n : {32, 63, 64, 70, 130, 700}) {
        for (int64_t k : {2, 16, 33, 100, 4096, 4097}) agree(m, n, k, (m & 1) != 0, transposed);
      }
      agreeBatched(product(m, 100, 70, false, transposed), false, true);
    }
  }
}

// No more than a register tile has columns, times columns of b along k.
void someRows() {
  for (int64_t m : {5, 8, 12, 16, 17, 24, 31, 32}) {
    for (int64_t n : {64, 65, 100, 300, 700}) {
      for (int64_t k : {64, 97, 1024, 4096}) agree(m, n, k, m == 12 || m == 31, true);
    }
    agreeBatched(product(m, 100, 200, false, true), true, true);
  }
}

// Rows of c one after the other, for all numbers of steps that have a loop of their own, and one more.
void fewSteps() {
  for (int64_t k = 1; k <= 9; ++k) {
    for (int64_t n : {17, 32, 70, 300, 1030}) {
      for (int64_t m : {36, 2100}) {
        agree(m, n, k, false, false);
        agree(m, n, k, true, false);
      }
    }
    agreeBatched(product(1000, 33, k, true, false), true, false);
  }
}

// A row times rows of every length, below and beyond what registers hold sums of, of a b that L1 does not hold; also in
// more than one segment of k.
void streams() {
  for (int64_t n = 1; n <= 530; ++n) agree(1, n, 6144 / n + 1, false, false);
  for (int64_t k : {1, 4097, 8200}) {
    for (int64_t n : {1, 16, 17, 96, 100, 109, 110, 448, 449, 500, 512, 513}) agree(1, n, k, false, false);
  }
}

// A row, and a few, times columns along k of every number, in whole vectors beside each other, single ones and parts;
// steps of k that fill blocks, and some more. A single row of a b that L1 does not hold.
void columnsAlong() {
  for (int64_t n = 1; n <= 70; ++n) {
    const int64_t k = 6144 / n + 1 + n % 5;
    agree(1, n, k, false, true);
    agree(n, 1, k, false, false);
    for (int64_t few : {2, 3, 4, 10}) {
      agree(few, n, 16 + n % 17, (n & 1) != 0, true);
      agree(n, few, 80 + n % 17, false, (n & 1) != 0);
    }
  }
  agree(1, 70, 8200, false, true);
}

// Of a matrix that L1 holds: one column or a few under rows of either layout, a row times columns along k.
void smallVectors() {
  for (int64_t many = 1; many <= 70; ++many) {
    for (int64_t k : {1, 3, 8, 16, 33, 64, 100}) {
      agree(1, many, k, false, true);
      agree(many, 1, k, false, false);
      agree(many, 1, k, true, false);
      for (int64_t few : {2, 3, 5}) agree(many, few, k, false, (many & 1) != 0);
    }
  }
}

}  // namespace

Tests matmulShapeTests() {
  return {{"matmul: rows in the same sets", conflictingRows},
          {"matmul: columns in the same sets", conflictingColumns},
          {"matmul: few columns", fewColumns},
          {"matmul: ragged columns", raggedColumns},
          {"matmul: few rows", fewRows},
          {"matmul: some rows", someRows},
          {"matmul: columns along k of every number", columnsAlong},
          {"matmul: small vectors", smallVectors},
          {"matmul: few steps", fewSteps},
          {"matmul: a row times rows of every length", streams}};
}

}  // namespace slalom::test
