#include "sharing.h"

#include <algorithm>

#include "work.h"

namespace slalom {

namespace {

// To hand tiles over takes microseconds, and to read what another thread has written takes as long again: what one
// thread has done sooner stays where its data are. Nobody writes what a prediction reads again and again, so that each
// thread keeps its part. By the estimate, which takes no account of caches.
constexpr double kNanoseconds = 12000, kNanosecondsWritten = 30000;
constexpr double kFlops = 100, kBytes = 40;  // of one core, in a nanosecond
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

bool worthSharing(const Bind& bind) {
  const Graph& g = bind.graph();
  const Node& node = bind.node();
  if (isSlow(g, node) || !(node.op->has(kPointwise) || node.op->has(kReduction) || definition(node).flops)) return true;
  const double least = g.commits.empty() ? kNanoseconds : kNanosecondsWritten;
  const Work work = workOf(bind);
  const double flops = work.flops + kFunction * functions(g, node);
  return std::max(flops / kFlops, (work.bytesRead + work.bytesWritten) / kBytes) >= least;
}

}  // namespace slalom
