// All kernels of one instruction set: compiled once per variant with -DVARIANT=name and its flags.
// No header with templates of the standard library: a shared inline function compiled with these
// flags could become the copy that older processors call.
#if defined(__GNUC__) && !defined(__clang__)
// Said of the undefined operands in GCC's own avx512fintrin.h, and of arrays filled as far as used.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif

#include "args.h"
#include "gather.inl"
#include "matmul.inl"
#include "peak.inl"
#include "pointwise_call.inl"
#include "random.inl"
#include "reduce.inl"
#include "reference.h"
#include "softmax.inl"
#include "sort.inl"

namespace slalom {
namespace VARIANT {
namespace {

// f64 runs on the reference kernels everywhere; most plans say so themselves.
void planMatmulAny(const MatmulArgs* a, CallPlan* plan) {
  a->storage == kStoreF64 ? reference::planMatmul(a, plan) : planMatmul(a, plan);
}

void setFloat(KernelTable& t) {
  const auto set = [&](PointwiseCode code, PointwiseFn fn) { t.pointwise[code][kLaneF32] = fn; };
  set(kNeg, unaryLoop<NegF>);
  set(kAbs, unaryLoop<AbsF>);
  set(kSign, unaryLoop<SignF>);
  set(kRelu, unaryLoop<ReluF>);
  set(kExp, unaryLoop<ExpF>);
  set(kExpm1, unaryLoop<Expm1F>);
  set(kLog, unaryLoop<LogF>);
  set(kLog1p, unaryLoop<Log1pF>);
  set(kSqrt, unaryLoop<SqrtF>);
  set(kRsqrt, unaryLoop<RsqrtF>);
  set(kTanh, unaryLoop<TanhF>);
  set(kSigmoid, unaryLoop<SigmoidF>);
  set(kErf, unaryLoop<ErfF>);
  set(kSin, unaryLoop<SinF>);
  set(kCos, unaryLoop<CosF>);
  set(kFloor, unaryLoop<FloorF>);
  set(kRound, unaryLoop<RoundF>);
  set(kReciprocal, unaryLoop<ReciprocalF>);
  set(kIsFinite, unaryLoop<IsFiniteF>);
  set(kAdd, binaryLoop<AddF>);
  set(kSub, binaryLoop<SubF>);
  set(kMul, binaryLoop<MulF>);
  set(kDiv, binaryLoop<DivF>);
  set(kMax, binaryLoop<MaxF>);
  set(kMin, binaryLoop<MinF>);
  set(kPow, powLoop);
  set(kReluGradient, binaryLoop<ReluGradientF>);
  set(kEqual, binaryLoop<EqualF>);
  set(kNotEqual, binaryLoop<NotEqualF>);
  set(kLess, binaryLoop<LessF>);
  set(kLessEqual, binaryLoop<LessEqualF>);
  set(kGreater, binaryLoop<GreaterF>);
  set(kGreaterEqual, binaryLoop<GreaterEqualF>);
  set(kWhere, whereLoop);
  set(kCastF32, unaryLoop<Same>);
  set(kCastI32, unaryLoop<FloatToI>);
  set(kCastBool, unaryLoop<FloatToMask>);
  set(kCastU8, unaryLoop<FloatToU8>);
}

void setWhole(KernelTable& t) {
  const auto set = [&](PointwiseCode code, PointwiseFn fn) { t.pointwise[code][kLaneI32] = fn; };
  set(kNeg, unaryLoop<NegI>);
  set(kAbs, unaryLoop<AbsI>);
  set(kSign, unaryLoop<SignI>);
  set(kRelu, unaryLoop<ReluI>);
  set(kFloor, unaryLoop<Same>);
  set(kRound, unaryLoop<Same>);
  set(kIsFinite, unaryLoop<AllTrue>);
  set(kAdd, binaryLoop<AddI>);
  set(kSub, binaryLoop<SubI>);
  set(kMul, binaryLoop<MulI>);
  set(kDiv, divideWholeLoop);
  set(kMax, binaryLoop<MaxI>);
  set(kMin, binaryLoop<MinI>);
  set(kEqual, binaryLoop<EqualI>);
  set(kNotEqual, binaryLoop<NotEqualI>);
  set(kLess, binaryLoop<LessI>);
  set(kLessEqual, binaryLoop<LessEqualI>);
  set(kGreater, binaryLoop<GreaterI>);
  set(kGreaterEqual, binaryLoop<GreaterEqualI>);
  set(kWhere, whereLoop);
  set(kCastF32, unaryLoop<IToFloat>);
  set(kCastI32, unaryLoop<Same>);
  set(kCastBool, unaryLoop<IToMask>);
  set(kCastU8, unaryLoop<IToU8>);
}

void setMask(KernelTable& t) {
  const auto set = [&](PointwiseCode code, PointwiseFn fn) { t.pointwise[code][kLaneMask] = fn; };
  set(kLogicalNot, unaryLoop<NotM>);
  set(kLogicalAnd, binaryLoop<AndM>);
  set(kLogicalOr, binaryLoop<OrM>);
  set(kMax, binaryLoop<OrM>);
  set(kMin, binaryLoop<AndM>);
  set(kEqual, binaryLoop<EqualI>);
  set(kNotEqual, binaryLoop<NotEqualI>);
  set(kLess, binaryLoop<LessM>);
  set(kLessEqual, binaryLoop<LessEqualM>);
  set(kGreater, binaryLoop<GreaterM>);
  set(kGreaterEqual, binaryLoop<GreaterEqualM>);
  set(kIsFinite, unaryLoop<AllTrue>);
  set(kWhere, whereLoop);
  set(kCastF32, unaryLoop<MaskToFloat>);
  set(kCastI32, unaryLoop<MaskToI>);
  set(kCastBool, unaryLoop<Same>);
  set(kCastU8, unaryLoop<MaskToI>);
}

KernelTable makeTable() {
  KernelTable t{};
  t.name = kVariantName;
  reference::fillWide(t);
  setFloat(t);
  setWhole(t);
  setMask(t);
#ifdef SLALOM_AMX
  t.matrixUnit = matrixUnitAllowed;
#endif
  t.straight = kStraight.all;
  t.multiplyAdds = multiplyAdds;
  t.multiplyAddFlops = 2.0 * kChains * W * kRounds;
  t.planPointwise = planPointwise;
  t.planMatmul = planMatmulAny;
  t.planReduce = planReduce;
  t.planSoftmax = planSoftmax;
  t.planCrossEntropy = planCrossEntropy;
  t.planGather = planGather;
  t.planScatterAdd = planScatterAdd;
  t.planSort = planSort;
  t.planRandom = planRandom;
  return t;
}

}  // namespace

const KernelTable* table() {
  static const KernelTable filled = makeTable();
  return &filled;
}

}  // namespace VARIANT
}  // namespace slalom
