// The matrix product's parts: its rules (matmul.cpp) and its kernel arguments (matmul_bind.cpp).
#pragma once

#include "../kernels/args.h"
#include "rules.h"

namespace slalom {

// Rows and columns of the last two axes as the product sees them.
struct MatrixSides {
  int64_t rows, cols;
};
MatrixSides sidesOf(const Shape& shape, bool transposed);
Shape batchOf(const Shape& shape);  // without the last two axes

// Of the operands, where they are f32. Throws for a name that is none.
MatmulPrecision precisionOf(const Attrs& attrs);

bool matmulAcceptsLayout(const Graph& g, const Node& node, int i, const Layout& layout);
size_t matmulWorkspace(const Bind& bind);
void bindMatmul(Bind& bind);

}  // namespace slalom
