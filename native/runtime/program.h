// A compiled graph, ready to run: kernel calls over buffers, nothing symbolic left.
// Immutable; an Instance (executor.h) binds it to memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "../ir/buffer.h"
#include "../ir/graph.h"
#include "../kernels/table.h"

namespace slalom {

enum class BufferKind : uint8_t {
  arena,     // shared temporary memory at a planned offset
  zeroed,    // private to one value, zero when the instance is made, never reused (packs)
  argument,  // given at each run
  state,     // a variable's memory, or a contiguous block of variables
  constant,  // read-only data of the program
};

struct Buffer {
  BufferKind kind;
  int64_t bytes;
  int64_t offset;  // in the arena, in the zeroed block or in Program::constants
  int32_t index;   // of the argument in Program::inputs, or of the state block
  // Arena buffers hold nothing before step `firstStep` and after step `lastStep`; steps.size()
  // means until the outputs are read. With red zones the bytes between them belong to nobody.
  int32_t firstStep = 0, lastStep = INT32_MAX;
};

// The pointer at byte `at` of the argument blob becomes address(target).
struct Relocation {
  uint32_t at;
  BufferRef target;
};

struct CallStep {
  KernelFn run;
  uint32_t args;  // byte offset in the blob
  int64_t tiles;
  int64_t group;  // of tiles, see Call
  int32_t label;  // index into Program::labels
  bool shared;    // by threads; else all tiles go to the caller
};

// A place in the memory of the program that holds the loop, or in that of its body:
// address(at) + iteration * stride.
struct LoopPlace {
  BufferRef at;
  bool body = false;
  int64_t stride = 0;  // bytes
};

struct LoopCopy {
  LoopPlace from, to;
  int64_t bytes;
};

// The body's argument buffer lies in the outer program: outer address + iteration * stride.
struct LoopBinding {
  int32_t buffer;
  BufferRef outer;
  int64_t stride;  // bytes; 0 = the same memory in every iteration
};

struct Program;

// The body has no memory, states, guards or commits of its own. For t in iteration order: bind,
// `before`, the body's steps, `after`. `setup` runs once before all, also where count is 0.
struct LoopSpec {
  std::shared_ptr<const Program> body;
  int64_t count;
  bool reverse;                       // iterations run from count - 1 down to 0
  BufferRef arena, zeroed;            // outer memory that serves the body; invalid if it needs none
  std::vector<LoopBinding> bindings;  // one for every argument of the body
  std::vector<LoopCopy> setup, before, after;
};

// Either a call or a loop.
struct Step {
  CallStep call;
  int32_t loop = -1;  // index into Program::loops, -1 = a call
};

// An estimate of what the calls of a node do at each execution: every operand is read once, every
// result written once, an arithmetic operation of an element counts one and a multiply-add two.
struct Work {
  double flops = 0, bytesRead = 0, bytesWritten = 0;
};

// For errors and profiles: what a step computes. The calls of one node follow one another and
// share a label; its results are complete after the last of them.
struct Label {
  struct Result {
    BufferRef address;  // dense
    DType dtype;
    int64_t count;  // elements
  };
  std::string op;  // "matmul + add + maximum" where fused
  std::string path;
  std::string type;  // of its first result, "f32[128, 10]"
  std::vector<Result> results;
  Work work;
};

struct ProgramInput {
  InputKind kind;
  std::string name;
  Type type;
  int32_t buffer;  // of an argument; a state input lies in its block
};

// Variables that must lie one after the other: state inputs (by position in Program::inputs
// order) with byte offsets.
struct StateBlock {
  struct Member {
    int32_t variable;  // how many state inputs come before it
    int64_t offset;    // bytes from the block's start
  };
  std::vector<Member> members;
  int64_t bytes;
  int32_t buffer;
};

struct ProgramOutput {
  BufferRef address;  // dense
  Type type;
};

struct FaultSlot {
  BufferRef address;  // int64, INT64_MAX = fine
  int32_t label;
};

struct Program {
  std::vector<uint8_t> blob;  // argument structs of all calls
  std::vector<Relocation> relocations;
  std::vector<uint8_t> constants;  // 64-byte aligned pieces
  std::vector<Buffer> buffers;
  std::vector<Step> steps;  // [0, commitBegin) compute, [commitBegin, end) write state
  size_t commitBegin = 0;
  // Writes of unguarded commits: run after `steps`, also when the guard refuses.
  std::vector<Step> unguarded;
  std::vector<LoopSpec> loops;
  std::vector<Label> labels;
  std::vector<ProgramInput> inputs;
  std::vector<StateBlock> stateBlocks;
  std::vector<ProgramOutput> outputs;
  std::vector<BufferRef> guards;  // bool bytes; all must be 1 for the guarded commits
  std::vector<FaultSlot> faults;
  int64_t arenaBytes = 0;
  int64_t zeroedBytes = 0;  // total of `zeroed` buffers; Buffer::offset is inside that block
  size_t scratchBytes = 0;  // per thread
  double flops = 0;         // multiply-adds count two; from matmuls, for chunk lengths
  std::string text;         // the printed plan, Graph by Graph: shapes, bytes, layer paths
};

}  // namespace slalom
