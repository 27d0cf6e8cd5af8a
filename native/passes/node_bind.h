// Bind for one node at a time: operands from a memory plan, calls into a program.
#pragma once

#include "passes.h"

namespace slalom {

// The argument structs of a program while it grows; pieces do not move until they are joined.
class ArgumentBlob {
 public:
  void* allocate(size_t bytes);
  size_t offsetOf(const void* pointer) const;  // of a byte inside an allocated piece
  void link(const void* field, BufferRef target);
  void finish(Program& program) const;

 private:
  struct Piece {
    std::unique_ptr<uint64_t[]> words;
    size_t bytes, offset;
  };
  std::vector<Piece> pieces_;
  std::vector<Relocation> relocations_;
  size_t size_ = 0;
};

// Reads operands only: what OpDef::workspace is given.
class PlanBind : public Bind {
 public:
  PlanBind(const Graph& g, const MemoryPlan& plan, const std::vector<int32_t>& uses, const KernelTable& kernels)
      : g_(g), plan_(plan), uses_(uses), kernels_(kernels) {}

  void setNode(int32_t index) { index_ = index; }
  Operand operand(ValueId v) const;

  const Graph& graph() const override { return g_; }
  const Node& node() const override { return g_.nodes[static_cast<size_t>(index_)]; }
  const KernelTable& kernels() const override { return kernels_; }
  Operand input(int i) const override { return operand(node().inputs[static_cast<size_t>(i)]); }
  Operand result(int i = 0) const override { return operand(node().result(i)); }
  bool used(int result) const override { return uses_[static_cast<size_t>(node().result(result))] > 0; }
  BufferRef workspace() const override { return {}; }
  BufferRef fault() const override { return {}; }
  void* allocate(size_t bytes) override;
  void link(const void* field, BufferRef target) override;
  void calls(const CallPlan& plan) override;

 protected:
  const Graph& g_;
  const MemoryPlan& plan_;
  const std::vector<int32_t>& uses_;
  const KernelTable& kernels_;
  int32_t index_ = 0;
};

// Adds steps to a program.
class ProgramBind : public PlanBind {
 public:
  ProgramBind(const Graph& g, const MemoryPlan& plan, const std::vector<int32_t>& uses, const KernelTable& kernels,
              Program& program)
      : PlanBind(g, plan, uses, kernels), program_(program) {}

  // The list that calls go to, the label that they carry, and whether threads share them.
  void target(std::vector<Step>* steps, int32_t label, bool shared = true) {
    steps_ = steps;
    label_ = label;
    shared_ = shared;
  }
  int32_t label() const { return label_; }
  void finish();

  BufferRef workspace() const override { return plan_.workspaces[static_cast<size_t>(index_)]; }
  BufferRef fault() const override;
  void* allocate(size_t bytes) override { return blob_.allocate(bytes); }
  void link(const void* field, BufferRef at) override { blob_.link(field, at); }
  void calls(const CallPlan& plan) override;

 private:
  Program& program_;
  ArgumentBlob blob_;
  std::vector<Step>* steps_ = nullptr;
  int32_t label_ = 0;
  bool shared_ = true;
  mutable int64_t faultBytes_ = 0;
};

}  // namespace slalom
