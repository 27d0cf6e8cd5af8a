#include "families.h"
#include "matmul.h"
#include "tile_program.h"

#include <algorithm>

namespace slalom {

namespace {

size_t roundUp(size_t bytes, size_t to) { return (bytes + to - 1) / to * to; }

// One call's arguments: the struct, then its epilogue.
struct MatmulCall {
  MatmulArgs head{};
  TilePlan epilogue;
  bool fused = false;
  int direct = -1;  // the result that the product itself is computed in; -1 = none
  BufferRef a, b;

  static size_t epilogueAt() { return roundUp(sizeof(MatmulArgs), 8); }
  size_t bytes() const { return epilogueAt() + (fused ? epilogue.bytes() : 0); }

  MatmulArgs* write(void* at, Bind* bind) const {
    auto* args = static_cast<MatmulArgs*>(at);
    *args = head;
    if (!fused) return args;
    args->epilogue = static_cast<int32_t>(epilogueAt());
    epilogue.write(static_cast<char*>(at) + epilogueAt(), bind);
    return args;
  }
};

int64_t strideOf(const Layout& layout, int fromEnd) {
  return layout.strides[static_cast<size_t>(layout.shape.rank() - fromEnd)];
}

// Strides of an operand over the common batch shape; 0 where it broadcasts.
std::vector<int64_t> batchStrides(const Layout& layout, const Shape& batch) {
  std::vector<int64_t> strides(static_cast<size_t>(batch.rank()), 0);
  const int own = layout.shape.rank() - 2;
  for (int i = 0; i < own; ++i) {
    if (layout.shape[i] != 1)
      strides[static_cast<size_t>(batch.rank() - own + i)] = layout.strides[static_cast<size_t>(i)];
  }
  return strides;
}

// Innermost batch axes along which b stays and a goes on row after row are rows of one product.
void joinRows(MatmulArgs& args, std::vector<int64_t>& dims, std::vector<std::vector<int64_t>>& strides) {
  while (!dims.empty() && strides[1].back() == 0 && (args.m == 1 || strides[0].back() == args.m * args.aRow)) {
    if (args.m == 1) args.aRow = strides[0].back();
    args.m *= dims.back();
    dims.pop_back();
    for (std::vector<int64_t>& s : strides) s.pop_back();
  }
}

void setOperands(MatmulArgs& args, const Bind& bind, const Operand& a, const Operand& b) {
  const Attrs& attrs = bind.node().attrs;
  const bool ta = attrs.flag("transposeA"), tb = attrs.flag("transposeB");
  const MatrixSides sa = sidesOf(a.layout.shape, ta), sb = sidesOf(b.layout.shape, tb);
  args.m = sa.rows;
  args.k = sa.cols;
  args.n = sb.cols;
  args.aRow = strideOf(a.layout, ta ? 1 : 2);
  args.aCol = strideOf(a.layout, ta ? 2 : 1);
  args.bRow = strideOf(b.layout, tb ? 1 : 2);
  args.bCol = strideOf(b.layout, tb ? 2 : 1);
  args.storage = storageOf(a.dtype);
  args.precision = precisionOf(attrs);
  const Shape batch = broadcastShapes(batchOf(a.layout.shape), batchOf(b.layout.shape));
  std::vector<int64_t> dims = batch.dims();
  std::vector<std::vector<int64_t>> strides = {batchStrides(a.layout, batch), batchStrides(b.layout, batch)};
  collapse(dims, strides);
  joinRows(args, dims, strides);
  args.batchRank = static_cast<int32_t>(dims.size());
  std::copy(dims.begin(), dims.end(), args.batchDims);
  std::copy(strides[0].begin(), strides[0].end(), args.aBatch);
  std::copy(strides[1].begin(), strides[1].end(), args.bBatch);
}

// `product`: what register 0 of the epilogue is. Kernels hand it over with every range of elements.
void setEpilogue(MatmulCall& call, const Bind& bind, const Operand& product) {
  const Node& node = bind.node();
  TileSource source;
  source.region = node.regions[0].get();
  source.space = product.layout.shape;
  source.inputs.push_back(product);
  for (int i = 2; i < static_cast<int>(node.inputs.size()); ++i) source.inputs.push_back(bind.input(i));
  for (int i = 0; i < node.resultCount; ++i) source.outputs.push_back(bind.result(i));
  call.epilogue = planTile(source, bind.kernels());
  call.epilogue.head.follows = true;
  call.fused = true;
}

// Whether a result is made in the memory of an operand of the epilogue, which wants its old contents.
bool holdsOperand(const Bind& bind, int result) {
  const BufferRef at = bind.result(result).address;
  for (int i = 2; at.valid() && i < static_cast<int>(bind.node().inputs.size()); ++i) {
    if (bind.input(i).address == at) return true;
  }
  return false;
}

MatmulCall callOf(const Bind& bind) {
  const Node& node = bind.node();
  const Operand a = bind.input(0), b = bind.input(1);
  MatmulCall call;
  setOperands(call.head, bind, a, b);
  call.head.measured = node.op == &ops::measuredMatmul;
  call.a = a.address;
  call.b = b.address;
  if (node.regions.empty()) {
    call.direct = 0;
    return call;
  }
  for (int i = 0; i < node.resultCount && call.direct < 0; ++i) {
    if (bind.graph().type(node.result(i)).dtype == a.dtype && !holdsOperand(bind, i)) call.direct = i;
  }
  call.head.transient = call.direct < 0;
  setEpilogue(call, bind, {a.dtype, Layout::dense(bind.graph().type(node.result()).shape), {}});
  return call;
}

// Of a product that no result is, where the kernel wants memory for it.
size_t productBytes(const Bind& bind, const CallPlan& plan) {
  if (!plan.product) return 0;
  const Type product{bind.input(0).dtype, bind.graph().type(bind.node().result()).shape};
  return roundUp(static_cast<size_t>(product.bytes()), 64);
}

bool isEmpty(const Bind& bind) { return bind.graph().type(bind.node().result()).shape.size() == 0; }

}  // namespace

MatrixSides sidesOf(const Shape& shape, bool transposed) {
  const int64_t rows = shape[shape.rank() - 2], cols = shape[shape.rank() - 1];
  return transposed ? MatrixSides{cols, rows} : MatrixSides{rows, cols};
}

Shape batchOf(const Shape& shape) { return Shape(std::vector<int64_t>(shape.dims().begin(), shape.dims().end() - 2)); }

// Packing wants one of the two matrix axes contiguous; the epilogue's operands lie anyhow.
bool matmulAcceptsLayout(const Graph&, const Node&, int i, const Layout& layout) {
  if (i >= 2) return true;
  const int64_t rows = layout.shape[layout.shape.rank() - 2], cols = layout.shape[layout.shape.rank() - 1];
  const int64_t row = strideOf(layout, 2), col = strideOf(layout, 1);
  return (col == 1 && (row >= cols || rows == 1)) || (row == 1 && (col >= rows || cols == 1));
}

size_t matmulWorkspace(const Bind& bind) {
  if (isEmpty(bind)) return 0;
  const MatmulCall call = callOf(bind);
  std::vector<uint64_t> words(call.bytes() / 8 + 1);
  CallPlan plan{};
  bind.kernels().planMatmul(call.write(words.data(), nullptr), &plan);
  return productBytes(bind, plan) + plan.workspace;
}

void bindMatmul(Bind& bind) {
  if (isEmpty(bind)) return;
  const MatmulCall call = callOf(bind);
  MatmulArgs* args = call.write(bind.allocate(call.bytes()), &bind);
  CallPlan plan{};
  bind.kernels().planMatmul(args, &plan);
  bind.link(&args->a, call.a);
  bind.link(&args->b, call.b);
  if (args->measured) bind.link(&args->greatest, bind.result(1).address);
  if (call.direct >= 0) bind.link(&args->c, bind.result(call.direct).address);
  if (plan.product) bind.link(&args->c, bind.workspace());
  if (plan.workspace > 0) {
    BufferRef rest = bind.workspace();
    rest.offset += static_cast<int64_t>(productBytes(bind, plan));
    bind.link(&args->workspace, rest);
  }
  bind.calls(plan);
}

}  // namespace slalom
