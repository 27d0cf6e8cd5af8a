#include <algorithm>
#include <cmath>

#include "ops_evaluate.h"

namespace slalom::test {

double applyCode(PointwiseCode code, double a, double b, double c) {
  switch (code) {
    case kNeg:
      return -a;
    case kAbs:
      return std::fabs(a);
    case kSign:
      return a > 0 ? 1 : a < 0 ? -1 : a;
    case kRelu:
      return a <= 0 ? 0 : a;
    case kExp:
      return std::exp(a);
    case kExpm1:
      return std::expm1(a);
    case kLog:
      return std::log(a);
    case kLog1p:
      return std::log1p(a);
    case kSqrt:
      return std::sqrt(a);
    case kRsqrt:
      return 1 / std::sqrt(a);
    case kTanh:
      return std::tanh(a);
    case kSigmoid:
      return 1 / (1 + std::exp(-a));
    case kErf:
      return std::erf(a);
    case kSin:
      return std::sin(a);
    case kCos:
      return std::cos(a);
    case kFloor:
      return std::floor(a);
    case kRound:
      return std::nearbyint(a);
    case kReciprocal:
      return 1 / a;
    case kIsFinite:
      return std::isfinite(a);
    case kLogicalNot:
      return a == 0;
    case kAdd:
      return a + b;
    case kSub:
      return a - b;
    case kMul:
      return a * b;
    case kDiv:
      return a / b;
    case kMax:
      return std::isnan(a) || std::isnan(b) ? NAN : std::max(a, b);
    case kMin:
      return std::isnan(a) || std::isnan(b) ? NAN : std::min(a, b);
    case kPow:
      return std::pow(a, b);
    case kReluGradient:
      return a <= 0 ? 0 : b;
    case kEqual:
      return a == b;
    case kNotEqual:
      return a != b;
    case kLess:
      return a < b;
    case kLessEqual:
      return a <= b;
    case kGreater:
      return a > b;
    case kGreaterEqual:
      return a >= b;
    case kLogicalAnd:
      return a != 0 && b != 0;
    case kLogicalOr:
      return a != 0 || b != 0;
    case kWhere:
      return a != 0 ? b : c;
    case kCastBool:
      return a != 0;
    case kCastU8:
      return std::isnan(a) ? 0 : std::trunc(std::min(std::max(a, 0.0), 255.0));
    case kCastI32:
      return std::isnan(a) ? 0 : std::trunc(std::min(std::max(a, -2147483648.0), 2147483647.0));
    default:
      return a;
  }
}

}  // namespace slalom::test
