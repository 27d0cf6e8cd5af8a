// The seam between the graph and the arithmetic: plain structs and function pointers.
//
// A variant (baseline, avx2, avx512, neon, reference) fills one KernelTable. Ops fill the
// argument structs of args.h and ask the table for calls; the executor runs the calls.
// Nothing here knows a graph, a shape class or an op.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace slalom {

// Runs tiles [begin, end) of a call. What a tile computes depends on its index alone, never on
// the thread that runs it or on how tiles are grouped. `scratch` is private to the running
// thread, 64-byte aligned and at least Call::scratch bytes.
using KernelFn = void (*)(const void* args, int64_t begin, int64_t end, void* scratch);

// One parallel step. Calls of one program run one after the other; tiles of one call in any order.
struct Call {
  KernelFn run;
  const void* args;
  int64_t tiles;      // 1 = too small to be worth a second thread; a program may keep more of them on one
  size_t scratch;     // bytes per thread
  int64_t group = 1;  // tiles in a row that one thread had better take together
};

constexpr int kMaxCalls = 4;

// What a kernel family wants done for given arguments: the calls in order, and the bytes of
// workspace that live from the first to the last of them. Depends on sizes only, so it may be
// asked before any pointer in the arguments is known.
struct CallPlan {
  Call calls[kMaxCalls];
  int count;
  size_t workspace;
  bool product;  // planMatmul: whether a transient c needs memory
};

// How a value lies in memory. The order is that of DType in ir/dtype.h.
enum Storage : uint8_t { kStoreF32, kStoreF64, kStoreI32, kStoreBool, kStoreU8, kStorageCount };

// How a value is held inside a tile program. A narrow program has 4-byte lanes only (f32, i32
// and masks: 0 or all bits set). A wide program has 8-byte lanes only, every one of them a
// double (i32 exactly, bool as 0 or 1); it runs on the reference kernels on every machine.
enum Lane : uint8_t { kLaneF32, kLaneI32, kLaneMask, kLaneF64, kLaneCount };

// The pointwise vocabulary of tile programs. An op with the trait `pointwise` names one of these.
enum PointwiseCode : uint8_t {
  kNeg,
  kAbs,
  kSign,
  kRelu,
  kExp,
  kExpm1,
  kLog,
  kLog1p,
  kSqrt,
  kRsqrt,
  kTanh,
  kSigmoid,
  kErf,
  kSin,
  kCos,
  kFloor,
  kRound,
  kReciprocal,
  kIsFinite,
  kLogicalNot,
  kAdd,
  kSub,
  kMul,
  kDiv,
  kMax,
  kMin,
  kPow,
  kReluGradient,  // b where a, which kRelu gave, is above 0 or NaN; else 0
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kLogicalAnd,
  kLogicalOr,
  kWhere,  // a ? b : c
  kCastF32,
  kCastI32,
  kCastBool,
  kCastU8,
  kCastF64,  // to that type; u8 values live in i32 lanes
  kPointwiseCount
};

// dst[i] = f(a[i], b[i], c[i]) for i < n. Unused sources are null. Sources and dst may be the
// same buffer, else they do not overlap. Nothing outside [0, n) is read or written.
using PointwiseFn = void (*)(void* dst, const void* a, const void* b, const void* c, int64_t n);

struct MatmulArgs;
struct ReduceArgs;
struct SoftmaxArgs;
struct CrossEntropyArgs;
struct GatherArgs;
struct ScatterAddArgs;
struct SortArgs;
struct RandomArgs;
struct PointwiseArgs;

struct KernelTable {
  const char* name;

  // Indexed by the lane of the *sources* (the lane of b for kWhere). Null where undefined.
  PointwiseFn pointwise[kPointwiseCount][kLaneCount];

  // Whether products of reduced precision run on a matrix unit here. Null: never.
  bool (*matrixUnit)();

  // What planPointwise gives to programs that are compiled ahead (straight.inl, straight_layers.inl); null-terminated.
  const KernelFn* straight;

  // Multiply-adds of f32 that stay in registers, for measuring what this machine can do at most: each
  // tile has multiplyAddFlops operations. `args` is MultiplyAddArgs; scratch takes kPeakScratch bytes.
  KernelFn multiplyAdds;
  double multiplyAddFlops;

  // Each fills `plan` from sizes alone. The element type is a field of the arguments.
  void (*planPointwise)(const PointwiseArgs*, CallPlan* plan);
  void (*planMatmul)(const MatmulArgs*, CallPlan* plan);
  void (*planReduce)(const ReduceArgs*, CallPlan* plan);
  void (*planSoftmax)(const SoftmaxArgs*, CallPlan* plan);
  void (*planCrossEntropy)(const CrossEntropyArgs*, CallPlan* plan);
  void (*planGather)(const GatherArgs*, CallPlan* plan);
  void (*planScatterAdd)(const ScatterAddArgs*, CallPlan* plan);
  void (*planSort)(const SortArgs*, CallPlan* plan);
  void (*planRandom)(const RandomArgs*, CallPlan* plan);
};

// The table chosen once for this process: the best the CPU has, or the one that SLALOM_ISA
// names. Null if SLALOM_ISA names one that is unknown or that this CPU cannot run.
const KernelTable* selectedKernels();

// The table of that name, or null if it is unknown or this CPU cannot run it.
const KernelTable* kernelsNamed(const char* name);

// Names of all tables that this CPU can run, best first, "reference" last; null-terminated.
const char* const* availableKernels();

// Whether this process may use the processor's matrix unit for bfloat16 (Intel AMX). The first call asks the operating
// system for it.
bool matrixUnitAllowed();

// FTZ/DAZ and round-to-nearest on the calling thread for the lifetime of the object.
// Every thread that computes holds one; the previous modes come back at the end.
class FloatMode {
 public:
  FloatMode();
  ~FloatMode();
  FloatMode(const FloatMode&) = delete;
  FloatMode& operator=(const FloatMode&) = delete;

 private:
  uint64_t saved_;
};

}  // namespace slalom
