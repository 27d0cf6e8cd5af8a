// What an op's bind() sees: where its operands lie, and how to add kernel calls to a program.
// The lowering pass implements it.
#pragma once

#include "../ir/buffer.h"
#include "../kernels/args.h"
#include "op.h"

namespace slalom {

// An operand as a kernel reads or writes it.
struct Operand {
  DType dtype;
  Layout layout;      // strides in elements; layout.offset counts from the buffer's start
  BufferRef address;  // of the first element (layout.offset already included)
};

class Bind {
 public:
  virtual ~Bind() = default;

  virtual const Graph& graph() const = 0;
  virtual const Node& node() const = 0;
  virtual const KernelTable& kernels() const = 0;

  virtual Operand input(int i) const = 0;
  virtual Operand result(int i = 0) const = 0;  // dense
  virtual bool used(int result) const = 0;      // false: nobody reads it, a kernel may skip it
  virtual BufferRef workspace() const = 0;      // OpDef::workspace bytes
  virtual BufferRef fault() const = 0;          // an int64 of this node; non-INT64_MAX after a run = data error

  // Zeroed, 16-byte aligned bytes of the program's argument blob; stable until the program is done.
  virtual void* allocate(size_t bytes) = 0;
  // Makes the pointer field at `field` (inside allocated bytes) point into a buffer at run time.
  virtual void link(const void* field, BufferRef target) = 0;
  // Adds the calls of a plan, in order. Call::args must be allocated bytes.
  virtual void calls(const CallPlan& plan) = 0;

  template <typename T>
  T* args(size_t extraBytes = 0) {
    return static_cast<T*>(allocate(sizeof(T) + extraBytes));
  }
};

// Builds the tile program of a pointwise region into bytes that follow `owner` at `offset`.
// Inputs and outputs are given by operand; dimensions are collapsed. Used by pointwise and fused
// ops, matmul epilogues and reduction prologues. See ops/tile_program.cpp.
struct TileSource {
  const Graph* region;            // null: the identity (a copy), or `single` below
  std::vector<Operand> inputs;    // one per region input
  std::vector<Operand> outputs;   // one per region output; empty for prologues
  Shape space;                    // iteration space
  int firstLinked = 0;            // inputs before this one get no address (a product in registers)
};

}  // namespace slalom
