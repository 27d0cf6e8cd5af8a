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
  int64_t offset;  // in the arena or in Program::constants
  int32_t index;   // of the argument or state block
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
  int32_t label;  // index into Program::labels
};

// Bytes copied before or after an iteration of a loop: buffer[offset + iteration * stride].
struct LoopCopy {
  BufferRef from, to;
  int64_t fromStride, toStride;  // bytes per iteration
  int64_t bytes;
};

struct Program;

struct LoopSpec {
  std::shared_ptr<const Program> body;
  int64_t count;
  bool reverse;                    // iterations run from count - 1 down to 0
  std::vector<LoopCopy> before;    // into the body's argument buffers: `to` is a buffer of the body
  std::vector<LoopCopy> after;     // out of the body's outputs: `from` is a buffer of the body
  std::vector<LoopCopy> setup;     // once, before the first iteration
  std::vector<LoopCopy> finish;    // once, after the last
};

// Either a call or a loop.
struct Step {
  CallStep call;
  int32_t loop = -1;  // index into Program::loops, -1 = a call
};

// For errors and profiles: what a step computes.
struct Label {
  std::string op;
  std::string path;
  std::string type;  // of its first result, "f32[128, 10]"
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
    int32_t input;   // index into Program::inputs
    int64_t offset;  // bytes from the block's start
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
  std::vector<uint8_t> blob;       // argument structs of all calls
  std::vector<Relocation> relocations;
  std::vector<uint8_t> constants;  // 64-byte aligned pieces
  std::vector<Buffer> buffers;
  std::vector<Step> steps;         // [0, commitBegin) compute, [commitBegin, end) write state
  size_t commitBegin = 0;
  // Writes of unguarded commits run even when the guard refuses; they are steps of their own.
  std::vector<Step> unguarded;
  std::vector<LoopSpec> loops;
  std::vector<Label> labels;
  std::vector<ProgramInput> inputs;
  std::vector<StateBlock> stateBlocks;
  std::vector<ProgramOutput> outputs;
  std::vector<BufferRef> guards;   // bool bytes; all must be 1 for the guarded commits
  std::vector<FaultSlot> faults;
  int64_t arenaBytes = 0;
  int64_t zeroedBytes = 0;         // total of `zeroed` buffers; Buffer::offset is inside that block
  size_t scratchBytes = 0;         // per thread
  double flops = 0;                // multiply-adds count two; from matmuls, for chunk lengths
  std::string text;                // the printed plan, Graph by Graph: shapes, bytes, layer paths
};

}  // namespace slalom
