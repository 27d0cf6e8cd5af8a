// Runs a graph node by node through OpDef::bind, each value in a buffer of its own: what the lowering
// does, without a plan.
#pragma once

#include <memory>

#include "ops/bind.h"
#include "ops_evaluate.h"

namespace slalom::test {

// 64-byte aligned bytes that never move.
class Block {
 public:
  explicit Block(size_t bytes) : bytes_(bytes + 64, 0xee) {}
  char* data() { return reinterpret_cast<char*>((reinterpret_cast<uintptr_t>(bytes_.data()) + 63) / 64 * 64); }

 private:
  std::vector<uint8_t> bytes_;
};

class Machine : public Bind {
 public:
  Machine(const Graph& g, const KernelTable& kernels) : graph_(g), kernels_(kernels), places_(g.values.size()) {}

  std::vector<Tensor> run(const std::vector<Tensor>& inputs);
  int64_t lowestFault() const { return lowestFault_; }  // INT64_MAX: none

  const Graph& graph() const override { return graph_; }
  const Node& node() const override { return *node_; }
  const KernelTable& kernels() const override { return kernels_; }
  Operand input(int i) const override { return operands_[static_cast<size_t>(i)]; }
  Operand result(int i) const override { return operandOf(node_->result(i)); }
  bool used(int) const override { return true; }
  BufferRef workspace() const override { return workspace_; }
  BufferRef fault() const override { return {faultBlock_, 0}; }
  void* allocate(size_t bytes) override;
  void link(const void* field, BufferRef target) override;
  void calls(const CallPlan& plan) override;

 private:
  struct Place {
    int32_t block;
    Layout layout;
  };

  Place& place(ValueId v) { return places_[static_cast<size_t>(v)]; }
  const Place& place(ValueId v) const { return places_[static_cast<size_t>(v)]; }
  char* data(ValueId v) { return blocks_[static_cast<size_t>(place(v).block)]->data(); }

  int32_t newBlock(size_t bytes);
  Operand operandOf(ValueId v) const;
  void makeResult(ValueId v);
  Operand dense(const Operand& from);
  Place viewed(const Node& node);
  void bindNode(const OpDef& op);
  void fill(ValueId v, const std::vector<double>& values);
  Tensor tensor(ValueId v);

  const Graph& graph_;
  const KernelTable& kernels_;
  std::vector<Place> places_;
  std::vector<std::unique_ptr<Block>> blocks_;
  std::vector<Operand> operands_;
  const Node* node_ = nullptr;
  BufferRef workspace_;
  int32_t faultBlock_ = -1;
  int64_t lowestFault_ = INT64_MAX;
};

}  // namespace slalom::test
