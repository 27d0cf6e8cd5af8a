// The intermediate representation: typed nodes in topological order.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "attrs.h"
#include "shape.h"

namespace slalom {

// What passes may ask of an op without knowing which one it is. OpDef (ops/op.h) extends it.
enum Trait : uint32_t {
  kPointwise = 1u << 0,   // every element from the elements at the same coordinate
  kView = 1u << 1,        // same elements under another layout: OpDef::view
  kReduction = 1u << 2,   // takes a fused prologue on input 0
  kEpilogue = 1u << 3,    // takes a fused epilogue on result 0
  kSource = 1u << 4,      // has no inputs and is not computed by a kernel (input, constant)
  kRandom = 1u << 5,      // draws: its value depends on key and step
  kRegion = 1u << 6,      // carries sub-graphs
  kInternal = 1u << 7,    // made by passes only; no TypeScript may emit it
  kPacks = 1u << 8,       // lays its inputs one after the other: OpDef::pieceOffsets
  kNoGradient = 1u << 9,  // results are constant for the chain rule
  kLoop = 1u << 10,       // runs its region `length` times: see ops/scan.cpp for inputs and attributes
  kFaults = 1u << 11,     // may find bad data (Bind::fault), so it runs before the commits
};

struct OpInfo {
  std::string_view name;
  uint32_t traits = 0;
  bool has(Trait t) const { return (traits & t) != 0; }
};

using ValueId = int32_t;
constexpr ValueId kNoValue = -1;

struct Graph;

struct Node {
  const OpInfo* op = nullptr;
  std::vector<ValueId> inputs;
  Attrs attrs;
  ValueId firstResult = kNoValue;  // results are firstResult .. firstResult + resultCount - 1
  int32_t resultCount = 0;
  int32_t scope = 0;  // index into Graph::scopes
  std::vector<std::shared_ptr<const Graph>> regions;

  ValueId result(int i = 0) const { return firstResult + i; }
};

struct Value {
  Type type;
  int32_t node;  // the node that makes it
};

enum class InputKind : uint8_t {
  argument,  // given at each run (or a region's argument)
  state,     // lives in a variable, read and committed in place
};

struct Input {
  ValueId value;
  InputKind kind;
  std::string name;
};

// The new version of a state input, of a pack of state inputs, or of a part of one, written at the end of a run.
struct Commit {
  ValueId target;
  ValueId value;
  bool guarded;       // false: written even when the guard refuses the step (step number, RNG position)
  int64_t part = -1;  // the element of the target where a part begins, a piece's first of a pack; -1: all of it

  int64_t begin() const { return part < 0 ? 0 : part; }
};

struct Graph {
  std::vector<Node> nodes;
  std::vector<Value> values;
  std::vector<Input> inputs;
  std::vector<ValueId> outputs;
  std::vector<Commit> commits;
  std::vector<ValueId> guards;             // bool scalars; all must hold before guarded commits
  std::vector<std::string> scopes = {""};  // layer paths

  const Node& producer(ValueId v) const { return nodes[static_cast<size_t>(values[static_cast<size_t>(v)].node)]; }
  const Type& type(ValueId v) const { return values[static_cast<size_t>(v)].type; }
  const std::string& path(const Node& n) const { return scopes[static_cast<size_t>(n.scope)]; }

  // Appends a node with given result types and returns its first result.
  ValueId append(const OpInfo* op, std::vector<ValueId> inputs, Attrs attrs, const std::vector<Type>& types,
                 int32_t scope, std::vector<std::shared_ptr<const Graph>> regions = {});
  int32_t scopeOf(std::string_view path);  // index of a path, added if new
};

// How many times each value is used: by nodes, outputs, commits (target and value) and guards.
std::vector<int32_t> useCounts(const Graph& g);

}  // namespace slalom
