// Tile programs that are compiled ahead: the update rules, whose every value stays in a register from
// load to store. The interpreter writes each of their ten to fifteen intermediate results to the nearest
// cache and reads it again; these read and write what must be in memory and nothing else.
// docs/decisions/0006-straight-programs.md.
#pragma once

#include <type_traits>
#include <utility>

#include "pointwise.inl"
#include "tile.inl"

namespace slalom {
namespace VARIANT {
namespace {

constexpr int64_t kFarElements = 1 << 20;  // of an array: the caches do not hold it, and asking for it pays
constexpr int64_t kElementsAhead = 512;

// ---- the language: registers are numbered as in TileProgram, inputs first --------------------------

template <typename Op, int D, int A>
struct Unary {
  static bool matches(const TileStep& s) { return s.fn == unaryLoop<Op> && s.dst == D && s.a == A; }
  template <int kTurn>
  static SLALOM_INLINE void run(F* r) {
    r[D] = kIsRoot ? squareRootInTurn<kTurn>(r[A]) : Op::apply(r[A]);
  }
  static constexpr int kTop = D;
  static constexpr bool kIsRoot = std::is_same<Op, SqrtF>::value;
};
template <typename Op, int D, int A, int B>
struct Binary {
  static bool matches(const TileStep& s) { return s.fn == binaryLoop<Op> && s.dst == D && s.a == A && s.b == B; }
  template <int kTurn>
  static SLALOM_INLINE void run(F* r) {
    r[D] = Op::apply(r[A], r[B]);
  }
  static constexpr int kTop = D;
  static constexpr bool kIsRoot = false;
};

template <int D, int A>
using Sqrt = Unary<SqrtF, D, A>;
template <int D, int A, int B>
using Add = Binary<AddF, D, A, B>;
template <int D, int A, int B>
using Sub = Binary<SubF, D, A, B>;
template <int D, int A, int B>
using Mul = Binary<MulF, D, A, B>;
template <int D, int A, int B>
using Div = Binary<DivF, D, A, B>;
template <int D, int A, int B>
using Max = Binary<MaxF, D, A, B>;

// Rows of a product on their way to its epilogue: elements [begin, begin + length), and so on `step` apart.
struct ProductRows {
  const float* product;
  int64_t pitch;  // of the product, wherever it lies
  int64_t begin, length, count, step;
};
using RowsFn = void (*)(const TileProgram& p, const ProductRows& rows);

// What an input is: V lies in memory as it is needed, S is one element for all, R a row that repeats.
enum Kind : uint8_t { V, S, R };
template <Kind... K>
struct Inputs {};
template <int... Out>
struct Outputs {};

template <typename In, typename Out, typename... Steps>
struct Straight;

template <Kind... K, int... Out, typename... Steps>
struct Straight<Inputs<K...>, Outputs<Out...>, Steps...> {
  static constexpr int kInputs = sizeof...(K), kOutputs = sizeof...(Out), kSteps = sizeof...(Steps);
  static constexpr int kValues = [] {
    int top = 0;
    ((top = Steps::kTop > top ? Steps::kTop : top), ...);
    return top + 1;
  }();
  static constexpr Kind kKinds[] = {K...};
  static constexpr int kResults[] = {Out...};
  // The row that repeats, or -1.
  static constexpr int kRow = [] {
    int row = -1;
    for (int j = 0; j < kInputs; ++j) row = kKinds[j] == R ? j : row;
    return row;
  }();

  // Whether p is this program, over memory that it can be run on.
  static bool matches(const TileProgram& p) {
    if (p.inputCount != kInputs || p.outputCount != kOutputs || p.stepCount != kSteps) return false;
    const TileStep* step = tileSteps(&p);
    if (!(Steps::matches(*step++) && ...)) return false;
    for (int j = 0; j < kInputs; ++j) {
      const TileInput& input = tileInputs(&p)[j];
      if (kKinds[j] == R ? input.period < W || !sameBits(input.storage)
                         : input.source != (kKinds[j] == V ? Source::direct : Source::fixed)) {
        return false;
      }
    }
    for (int o = 0; o < kOutputs; ++o) {
      const TileOutput& out = tileOutputs(&p)[o];
      if (out.reg != kResults[o] || !sameBits(out.storage) || !out.dense) return false;
    }
    return true;
  }

  static constexpr int kTurns = (Steps::kIsRoot || ...) ? kRootTurns : 1;

  // The vector at i, one of kTurns beside each other.
  template <bool kFar, int kTurn>
  static SLALOM_INLINE void vector(const float* const* in, const F* fixed, float* const* out, int64_t i) {
    if (kFar) {
      SLALOM_UNROLL for (int j = 0; j < kInputs; ++j) {
        if (kKinds[j] != S) prefetch(in[j] + i + kElementsAhead);
      }
    }
    F r[kValues];
    SLALOM_UNROLL for (int j = 0; j < kInputs; ++j) r[j] = kKinds[j] == S ? fixed[j] : load(in[j] + i);
    (Steps::template run<kTurn>(r), ...);
    SLALOM_UNROLL for (int o = 0; o < kOutputs; ++o) store(out[o] + i, r[kResults[o]]);
  }
  template <bool kFar, int... Turn>
  static SLALOM_INLINE void vectors(const float* const* in, const F* fixed, float* const* out, int64_t i,
                                    std::integer_sequence<int, Turn...>) {
    (vector<kFar, Turn>(in, fixed, out, i + Turn * W), ...);
  }

  // Whole vectors of [i, last). Far ones are asked for: processors look no farther ahead than the end of a small page.
  template <bool kFar>
  static SLALOM_INLINE void whole(const float* const* in, const F* fixed, float* const* out, int64_t& i, int64_t last) {
    // What comes from memory waits for nothing else.
    constexpr int kAtOnce = kFar ? 1 : kTurns;
    for (; kAtOnce > 1 && i + kAtOnce * W <= last; i += kAtOnce * W) {
      vectors<kFar>(in, fixed, out, i, std::make_integer_sequence<int, kAtOnce>());
    }
    for (; i + W <= last; i += W) vector<kFar, 1>(in, fixed, out, i);
  }

  // Less than a vector from i on.
  static SLALOM_INLINE void part(const float* const* in, const F* fixed, float* const* out, int64_t i, int64_t n) {
    F r[kValues];
    SLALOM_UNROLL for (int j = 0; j < kInputs; ++j) r[j] = kKinds[j] == S ? fixed[j] : loadPart(in[j] + i, n);
    (Steps::template run<1>(r), ...);
    SLALOM_UNROLL for (int o = 0; o < kOutputs; ++o) storePart(out[o] + i, r[kResults[o]], n);
  }

  static SLALOM_INLINE void readNumbers(const TileProgram& p, F* fixed) {
    SLALOM_UNROLL for (int j = 0; j < kInputs; ++j) {
      const TileInput& input = tileInputs(&p)[j];
      if (kKinds[j] == S) fixed[j] = splat(bitsAsFloat(loadOne(input.data, input.storage)));
    }
  }

  // Elements [at, at + left), in runs that end where the row that repeats does. `product`: their input 0, or null.
  template <bool kFar>
  static SLALOM_INLINE void over(const TileProgram& p, const F* fixed, int64_t at, int64_t left, const float* product) {
    const int64_t period = kRow < 0 ? 0 : tileInputs(&p)[kRow].period;
    for (int64_t inRow = kRow < 0 ? 0 : at % period, n; left > 0; at += n, left -= n, inRow = 0) {
      n = kRow < 0 || left < period - inRow ? left : period - inRow;
      const float* in[kInputs];
      float* out[kOutputs];
      SLALOM_UNROLL for (int j = 0; j < kInputs; ++j) {
        if (kKinds[j] != S) in[j] = static_cast<const float*>(tileInputs(&p)[j].data) + (kKinds[j] == V ? at : inRow);
      }
      SLALOM_UNROLL for (int o = 0; o < kOutputs; ++o) out[o] = static_cast<float*>(tileOutputs(&p)[o].data) + at;
      if (product) {
        in[0] = product;
        product += n;
      }
      int64_t i = 0;
      whole<kFar>(in, fixed, out, i, n);
      if (i < n) part(in, fixed, out, i, n - i);
    }
  }

  static void run(const void* args, int64_t begin, int64_t end, void*) {
    const TileProgram& p = static_cast<const PointwiseArgs*>(args)->program;
    const int64_t each = elementsPerTask(p), first = begin * each;
    const int64_t last = end * each < p.count ? end * each : p.count;
    F fixed[kInputs];
    readNumbers(p, fixed);
    if (p.count < kFarElements) return over<false>(p, fixed, first, last - first, nullptr);
    over<true>(p, fixed, first, last - first, nullptr);
  }

  // The same as the epilogue of a product, which is input 0.
  static void runRows(const TileProgram& p, const ProductRows& rows) {
    F fixed[kInputs];
    readNumbers(p, fixed);
    for (int64_t row = 0; row < rows.count; ++row) {
      over<false>(p, fixed, rows.begin + row * rows.step, rows.length, rows.product + row * rows.pitch);
    }
  }
};

// ---- the programs: as src/optim states the rules and assignRegisters numbers them --------------------

// parameter - lr * gradient
using Sgd = Straight<Inputs<V, S, V>, Outputs<3>, Mul<3, 0, 1>, Sub<3, 2, 3>>;

// Velocity, momentum, gradient, lr, parameter.
using Momentum = Straight<Inputs<V, S, V, S, V>, Outputs<5, 6>, Mul<5, 0, 1>, Add<5, 5, 2>, Mul<6, 5, 3>, Sub<6, 4, 6>>;
using Nesterov = Straight<Inputs<V, S, V, S, V>, Outputs<5, 6>, Mul<5, 0, 1>, Add<5, 5, 2>, Mul<6, 5, 1>, Add<6, 2, 6>,
                          Mul<6, 6, 3>, Sub<6, 4, 6>>;
using MomentumDecay = Straight<Inputs<V, S, V, V, S, S>, Outputs<6, 7>, Mul<6, 0, 1>, Add<6, 2, 6>, Mul<7, 3, 4>,
                               Add<6, 7, 6>, Mul<7, 6, 5>, Sub<7, 0, 7>>;

// Square average, gradient, parameter and numbers.
using RmsProp = Straight<Inputs<V, V, S, S, S, S, V>, Outputs<7, 8>, Mul<7, 0, 0>, Mul<8, 1, 2>, Mul<7, 7, 3>,
                         Add<7, 8, 7>, Sqrt<8, 7>, Add<8, 8, 4>, Div<8, 0, 8>, Mul<8, 8, 5>, Sub<8, 6, 8>>;

// Both averages of Adam, the root, the step.
using Adam = Straight<Inputs<V, S, V, S, V, S, S, S, S, V>, Outputs<10, 11, 12>, Mul<10, 0, 1>, Mul<11, 2, 3>,
                      Add<10, 10, 11>, Mul<11, 2, 2>, Mul<12, 4, 5>, Mul<11, 11, 6>, Add<11, 12, 11>, Sqrt<12, 11>,
                      Add<12, 12, 7>, Div<12, 10, 12>, Mul<12, 12, 8>, Sub<12, 9, 12>>;
using AdamDecay =
    Straight<Inputs<V, S, V, V, S, S, V, S, S, S, S>, Outputs<12, 11, 13>, Mul<11, 0, 1>, Add<11, 2, 11>, Mul<12, 3, 4>,
             Mul<13, 11, 5>, Add<12, 12, 13>, Mul<11, 11, 11>, Mul<13, 6, 7>, Mul<11, 11, 8>, Add<11, 13, 11>,
             Sqrt<13, 11>, Add<13, 13, 9>, Div<13, 12, 13>, Mul<13, 13, 10>, Sub<13, 0, 13>>;
using AdamClipped =
    Straight<Inputs<V, S, V, S, S, V, S, S, S, S, V>, Outputs<12, 11, 13>, Mul<11, 0, 1>, Mul<12, 2, 3>, Mul<13, 11, 4>,
             Add<12, 12, 13>, Mul<11, 11, 11>, Mul<13, 5, 6>, Mul<11, 11, 7>, Add<11, 13, 11>, Sqrt<13, 11>,
             Add<13, 13, 8>, Div<13, 12, 13>, Mul<13, 13, 9>, Sub<13, 10, 13>>;
using Amsgrad = Straight<Inputs<V, S, V, S, V, S, S, V, S, S, V>, Outputs<11, 12, 13, 14>, Mul<11, 0, 1>, Mul<12, 2, 3>,
                         Add<11, 11, 12>, Mul<12, 2, 2>, Mul<13, 4, 5>, Mul<12, 12, 6>, Add<12, 13, 12>, Max<13, 7, 12>,
                         Sqrt<14, 13>, Add<14, 14, 8>, Div<14, 11, 14>, Mul<14, 14, 9>, Sub<14, 10, 14>>;
using AdamW = Straight<Inputs<V, S, V, S, V, S, V, S, S, S, S>, Outputs<12, 13, 11>, Mul<11, 0, 1>, Mul<12, 2, 3>,
                       Mul<13, 4, 5>, Add<12, 12, 13>, Mul<13, 4, 4>, Mul<14, 6, 7>, Mul<13, 13, 8>, Add<13, 14, 13>,
                       Sqrt<14, 13>, Add<14, 14, 9>, Div<14, 12, 14>, Mul<14, 14, 10>, Sub<11, 11, 14>>;
using AdamWClipped =
    Straight<Inputs<V, S, V, S, V, S, S, V, S, S, S, S>, Outputs<14, 12, 13>, Mul<12, 0, 1>, Mul<13, 2, 3>,
             Mul<14, 4, 5>, Mul<15, 12, 6>, Add<14, 14, 15>, Mul<12, 12, 12>, Mul<15, 7, 8>, Mul<12, 12, 9>,
             Add<12, 15, 12>, Sqrt<15, 12>, Add<15, 15, 10>, Div<15, 14, 15>, Mul<15, 15, 11>, Sub<13, 13, 15>>;

// A step with its registers numbered otherwise.
template <typename Numbers, typename Step>
struct Move;
template <typename Numbers, typename Op, int D, int A>
struct Move<Numbers, Unary<Op, D, A>> {
  using Step = Unary<Op, Numbers::of(D), Numbers::of(A)>;
};
template <typename Numbers, typename Op, int D, int A, int B>
struct Move<Numbers, Binary<Op, D, A, B>> {
  using Step = Binary<Op, Numbers::of(D), Numbers::of(A), Numbers::of(B)>;
};

// A rule, and after it average + (parameter - average) * share: what src/optim/averaging.ts adds to the
// step. Average and share are two more inputs, so that all other registers move up by two.
template <typename Program>
struct WithAverage;

template <Kind... K, int... R, typename... Steps>
struct WithAverage<Straight<Inputs<K...>, Outputs<R...>, Steps...>> {
  static constexpr int kInputs = sizeof...(K);
  struct Numbers {
    static constexpr int of(int r) { return r < kInputs ? r : r + 2; }
  };
  // The last step of every rule is the new parameter.
  static constexpr int kParameter = [] {
    int last = 0;
    ((last = Steps::kTop), ...);
    return Numbers::of(last);
  }();
  // The first register that holds no result.
  static constexpr int kFree = [] {
    int free = kInputs;
    while (((R == free) || ...)) ++free;
    return Numbers::of(free);
  }();
  static constexpr int kAverage = kInputs, kShare = kInputs + 1;

  using Program =
      Straight<Inputs<K..., V, S>, Outputs<Numbers::of(R)..., kFree>, typename Move<Numbers, Steps>::Step...,
               Sub<kFree, kParameter, kAverage>, Mul<kFree, kFree, kShare>, Add<kFree, kAverage, kFree>>;
};

// A rule whose gradient, input G, is a product: input 0, and those before it move up by one.
template <typename Program, int G>
struct Following;

template <Kind... K, int... R, typename... Steps, int G>
struct Following<Straight<Inputs<K...>, Outputs<R...>, Steps...>, G> {
  static constexpr Kind kKinds[] = {K...};
  struct Numbers {
    static constexpr int of(int r) { return r == G ? 0 : r < G ? r + 1 : r; }
  };
  template <int... I>
  static Inputs<V, (I < G ? kKinds[I] : kKinds[I + 1])...> others(std::integer_sequence<int, I...>);

  using Program = Straight<decltype(others(std::make_integer_sequence<int, sizeof...(K) - 1>())),
                           Outputs<Numbers::of(R)...>, typename Move<Numbers, Steps>::Step...>;
};

// A rule, and which of its inputs is the gradient.
template <typename Program, int G>
struct Rule;

template <typename... Rules>
struct StraightRules;

template <typename... Programs, int... G>
struct StraightRules<Rule<Programs, G>...> {
  static constexpr KernelFn kAll[] = {Programs::run..., WithAverage<Programs>::Program::run...};

  // The straight code of a program, or null.
  static KernelFn find(const TileProgram& p) {
    KernelFn found = nullptr;
    ((found = Programs::matches(p) ? Programs::run : found), ...);
    ((found = WithAverage<Programs>::Program::matches(p) ? WithAverage<Programs>::Program::run : found), ...);
    return found;
  }

  // The same of an epilogue.
  static RowsFn findFollowing(const TileProgram& p) {
    RowsFn found = nullptr;
    const auto look = [&](auto rule) {
      if (decltype(rule)::Program::matches(p)) found = decltype(rule)::Program::runRows;
    };
    (look(Following<Programs, G>()), ...);
    (look(Following<typename WithAverage<Programs>::Program, G>()), ...);
    return found;
  }
};

using StraightPrograms = StraightRules<Rule<Sgd, 0>, Rule<Momentum, 2>, Rule<Nesterov, 2>, Rule<MomentumDecay, 2>,
                                       Rule<RmsProp, 0>, Rule<Adam, 2>, Rule<AdamDecay, 2>, Rule<AdamClipped, 0>,
                                       Rule<Amsgrad, 2>, Rule<AdamW, 4>, Rule<AdamWClipped, 2>>;

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
