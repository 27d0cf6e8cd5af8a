// An op is one OpDef value: everything that anybody may ask about it.
#pragma once

#include <cstddef>
#include <optional>

#include "../ir/graph.h"
#include "../kernels/table.h"

namespace slalom {

class Builder;
class Bind;

// An attribute as the TypeScript side must give it; also the source of ops.gen.ts.
struct AttrSpec {
  enum Kind { flag, integer, number, integers, text, bytes } kind;
  std::string_view name;
  bool required = true;
};

// The attributes of an op, in an array that lives as long as the process.
struct AttrList {
  const AttrSpec* first = nullptr;
  size_t count = 0;

  constexpr AttrList() = default;
  template <size_t N>
  constexpr AttrList(const AttrSpec (&specs)[N]) : first(specs), count(N) {}

  constexpr const AttrSpec* begin() const { return first; }
  constexpr const AttrSpec* end() const { return first + count; }
  constexpr size_t size() const { return count; }
};

// Where a value's elements lie, in elements from the start of a buffer.
struct Layout {
  int64_t offset = 0;
  Shape shape;
  std::vector<int64_t> strides;

  static Layout dense(const Shape& shape) { return {0, shape, shape.strides()}; }
  bool isDense() const;  // row-major without gaps (dimensions of size 1 have any stride)
};

// Result types from input types. Throws Error; Builder::emit adds op, types and path to it.
struct InferContext {
  const std::vector<Type>& inputs;
  const Attrs& attrs;
  const std::vector<std::shared_ptr<const Graph>>& regions;
};

// Gradients of sum_i sum(ys[i] * seeds[i]) with respect to each x, as new nodes. A seed may be
// kNoValue (nothing flows into that y); so is the gradient of an x that nothing flows to.
// The gradient pass hands itself to the ops whose regions must be differentiated.
using GradientFn = std::vector<ValueId> (*)(Builder&, const std::vector<ValueId>& ys, const std::vector<ValueId>& seeds,
                                            const std::vector<ValueId>& xs);

// The chain rule of one node: gradients of its inputs as new nodes.
struct VjpContext {
  Builder& b;
  const Node node;                        // a copy: the graph grows meanwhile
  const std::vector<ValueId> cotangents;  // one per result; kNoValue where nothing flows
  const std::vector<bool> needed;         // one per input
  GradientFn gradient = nullptr;
  ValueId input(int i) const { return node.inputs[static_cast<size_t>(i)]; }
  ValueId result(int i = 0) const { return node.result(i); }
  ValueId cotangent(int i = 0) const { return cotangents[static_cast<size_t>(i)]; }
};

// A node about to be rebuilt: not of the builder's graph itself, its inputs already are.
struct RewriteContext {
  Builder& b;
  const Node& node;
};

struct OpDef : OpInfo {
  int minInputs = 1;
  int maxInputs = 1;  // -1 = any number
  AttrList attrs;
  std::string_view doc;

  // For pointwise ops: the instruction of a tile program (kPointwiseCount = none: `cast`, whose
  // instruction depends on its attribute, and `fused`; ask pointwiseCode).
  PointwiseCode code = kPointwiseCount;

  std::vector<Type> (*infer)(const InferContext&) = nullptr;

  // One gradient per input, kNoValue for none. Null: no gradient flows (see kNoGradient).
  std::vector<ValueId> (*vjp)(VjpContext&) = nullptr;

  // Replacement values for the node's results, or empty to keep it.
  std::vector<ValueId> (*simplify)(RewriteContext&) = nullptr;

  // The same results in simpler ops; used before differentiating a composite that has no vjp,
  // where no kernel binds, and for ops with regions that are inlined.
  std::vector<ValueId> (*decompose)(RewriteContext&) = nullptr;

  // For kView: the layout of the result over the input's buffer; empty if a copy is needed.
  std::optional<Layout> (*view)(const Node&, const Type& result, const Layout& input) = nullptr;

  // For kPacks: offset in elements of every input inside the result.
  std::vector<int64_t> (*pieceOffsets)(const Graph&, const Node&) = nullptr;

  // Whether input i may be read through this layout; null = only dense ones.
  bool (*acceptsLayout)(const Graph&, const Node&, int i, const Layout&) = nullptr;

  // Workspace bytes between the node's calls, before addresses are known; null = none.
  size_t (*workspace)(const Bind&) = nullptr;

  // Multiply-adds of the node, counted two; null = too few to count.
  double (*flops)(const Graph&, const Node&) = nullptr;

  // The op with a second result: the greatest magnitude of the first, NaN if an element is. Null: none.
  const OpDef* measured = nullptr;

  // Arithmetic on one element of input 0, for profiles, where neither traits nor `flops` tell.
  double perElement = 0;

  // Elements of input i that kernels read, for profiles; null = all.
  int64_t (*reads)(const Graph&, const Node&, int i) = nullptr;

  // Appends the node's kernel calls. Null for views, sources and ops that are always decomposed.
  void (*bind)(Bind&) = nullptr;
};

// Regions by trait:
// kPointwise | kRegion   regions[0]: arguments = inputs, results = its outputs (fused).
// kReduction             regions[0], if any: arguments = inputs, output 0 = the value to reduce.
// kEpilogue              regions[0], if any: arguments = result 0 without it, then the inputs
//                        from index minInputs on; results = its outputs.
// Regions of these three hold pointwise nodes only, all of one shape; constants come in as inputs.

inline const OpDef& definition(const Node& node) { return static_cast<const OpDef&>(*node.op); }

// The instruction of a pointwise node; kPointwiseCount for a region.
PointwiseCode pointwiseCode(const Node& node);

// ---- registry.cpp -------------------------------------------------------------------------
const std::vector<const OpDef*>& allOps();   // in a fixed order; the index is the op's number
const OpDef* findOp(std::string_view name);  // null if unknown

}  // namespace slalom
