#include "sharing.h"

#include <algorithm>

namespace slalom {

namespace {

// What one thread has done sooner is slower on two: measured, see docs/decisions/0016. By the estimate, which takes no
// account of caches.
constexpr double kNanoseconds = 12000, kNanosecondsWritten = 30000;
constexpr double kFlops = 100, kBytes = 40;  // of one core with wide vectors, in a nanosecond
constexpr double kFunction = 16;             // operations that a function takes, or a quotient

bool isFunction(const Node& node) {
  switch (pointwiseCode(node)) {
    case kExp:
    case kExpm1:
    case kLog:
    case kLog1p:
    case kSqrt:
    case kRsqrt:
    case kTanh:
    case kSigmoid:
    case kErf:
    case kSin:
    case kCos:
    case kReciprocal:
    case kDiv:
    case kPow:
      return true;
    default:
      return false;
  }
}

// How many it computes, the nodes of a region with it.
double functions(const Graph& g, const Node& node) {
  const auto elements = static_cast<double>(g.type(node.result()).shape.size());
  if (node.regions.empty()) return node.op->has(kPointwise) && isFunction(node) ? elements : 0;
  double sum = 0;
  for (const Node& inner : node.regions[0]->nodes) sum += functions(*node.regions[0], inner);
  return sum;
}

// Kernels of f64 are those of the reference.
bool isSlow(const Graph& g, const Node& node) {
  const auto wide = [&](ValueId v) { return g.type(v).dtype == DType::f64; };
  return wide(node.result()) || std::any_of(node.inputs.begin(), node.inputs.end(), wide);
}

}  // namespace

bool worthSharing(const Bind& bind, const Work& work) {
  const Graph& g = bind.graph();
  const Node& node = bind.node();
  if (isSlow(g, node) || !(node.op->has(kPointwise) || node.op->has(kReduction) || definition(node).flops)) return true;
  const double least = g.commits.empty() ? kNanoseconds : kNanosecondsWritten;
  const double flops = work.flops + kFunction * functions(g, node);
  return std::max(flops / kFlops, (work.bytesRead + work.bytesWritten) / kBytes) >= least;
}

}  // namespace slalom
