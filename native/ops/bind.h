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

  // A result may lie over an input only in ops with kPointwise, and only where both have one
  // dense layout and element size. Other kernels write before they have read everything.
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

// Copies elements between two layouts of one shape; dtypes may differ in storage only (u8 → i32).
// For views that need a copy of their own, pieces of concat and pack, and commits.
void bindCopy(Bind& bind, const Operand& from, const Operand& to);

inline Storage storageOf(DType dtype) { return static_cast<Storage>(dtype); }

}  // namespace slalom
