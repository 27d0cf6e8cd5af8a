// Timed runs: every node is seen as often as it runs, what is written stays the same, and work is counted.
#include "kernels_support.h"
#include "passes/passes.h"
#include "runtime/function.h"
#include "runtime/peak.h"
#include "runtime_models.h"
#include "suites.h"

namespace slalom::test {

namespace {

const Type kMatrix{DType::f32, {64, 32}}, kWeight{DType::f32, {32, 16}}, kScalar{DType::f32, {}};

const ProfiledNode* nodeOf(const Profile& profile, const std::string& op) {
  for (const ProfiledNode& node : profile.nodes) {
    if (node.label->op == op) return &node;
  }
  return nullptr;
}

Array filled(const Type& type, float value) {
  const std::vector<float> values(static_cast<size_t>(type.shape.size()), value);
  return Array::from(values.data(), type);
}

// y = max(x w + 1, 0), and sum(y); steps += 1 unguarded, total += sum.
std::unique_ptr<Function> affine(const Variables& variables) {
  Graph g;
  Builder b(g);
  const ValueId x = b.input(InputKind::argument, "x", kMatrix), w = b.input(InputKind::argument, "w", kWeight);
  const ValueId total = b.input(InputKind::state, "total", kScalar);
  const ValueId steps = b.input(InputKind::state, "steps", {DType::i32, {}});
  b.setScope(g.scopeOf("layer"));
  const ValueId y = b.emit("maximum", {b.add(b.matmul(x, w), b.scalar(1, DType::f32)), b.scalar(0, DType::f32)});
  const ValueId sum = b.sum(y, {0, 1});
  g.outputs = {y, sum};
  g.guards = {b.emit("isFinite", {sum})};
  g.commits = {{total, b.add(total, sum), true}, {steps, b.add(steps, b.scalar(1, DType::i32)), false}};
  return std::make_unique<Function>(compile(g), variables, nullptr);
}

Variables totals() {
  return {std::make_shared<Variable>(Array::make(kScalar)), std::make_shared<Variable>(Array::make({DType::i32, {}}))};
}

void countsNodesAndWork() {
  const Variables variables = totals();
  const auto function = affine(variables);
  const Profile profile = function->profile({filled(kMatrix, 1), filled(kWeight, 1)}, 2, 5);
  checkEqual(profile.seconds.size(), size_t{5});
  double sum = 0, whole = 0;
  for (const ProfiledNode& node : profile.nodes) {
    for (double seconds : node.seconds) sum += seconds;
    checkEqual(node.seconds.size(), size_t{5});
    check(node.runs == 0 || node.runs == 1, node.label->op);
  }
  for (double seconds : profile.seconds) whole += seconds;
  check(sum > 0 && sum <= whole, "no moment counts twice");
  const ProfiledNode* product = nodeOf(profile, "matmul + add + maximum");
  check(product != nullptr, "the product is there");
  if (!product) return;
  const Work& work = product->label->work;
  checkEqual(work.flops, 2.0 * 64 * 32 * 16 + 2.0 * 64 * 16);
  checkEqual(work.bytesRead, 4.0 * (64 * 32 + 32 * 16 + 1 + 1));
  checkEqual(work.bytesWritten, 4.0 * 64 * 16);
  checkEqual(product->label->path, std::string("layer"));
}

void commitsAsACallDoes() {
  const Variables variables = totals(), called = totals();
  affine(variables)->profile({filled(kMatrix, 1), filled(kWeight, 1)}, 2, 5);
  const auto function = affine(called);
  for (int i = 0; i < 7; ++i) function->call({filled(kMatrix, 1), filled(kWeight, 1)});
  for (size_t i = 0; i < variables.size(); ++i) {
    check(bitsOf(variables[i]->read()) == bitsOf(called[i]->read()), "variable " + std::to_string(i));
  }
}

void timelineFollowsTheRun() {
  const Variables variables = totals();
  const Profile profile = affine(variables)->profile({filled(kMatrix, 1), filled(kWeight, 1)}, 0, 3);
  double end = 0;
  for (const ProfiledSpan& span : profile.timeline) {
    check(span.begin >= end && span.seconds >= 0, "spans follow one another");
    end = span.begin + span.seconds;
  }
  check(!profile.timeline.empty());
}

// next = previous * 2 + entry, over the rows of a matrix.
void loopsCountEveryIteration() {
  Graph body;
  Builder inner(body);
  const Type row{DType::f32, {16}};
  const ValueId carry = inner.input(InputKind::argument, "carry", row);
  const ValueId entry = inner.input(InputKind::argument, "entry", row);
  body.outputs = {inner.add(inner.mul(carry, inner.scalar(2, DType::f32)), entry)};
  Graph g;
  Builder b(g);
  const ValueId x = b.input(InputKind::argument, "x", {DType::f32, {9, 16}});
  const Attrs attrs{{"carries", int64_t{1}}, {"xs", int64_t{1}}, {"length", int64_t{9}}, {"reverse", false}};
  g.outputs = {b.emit("scan", {b.full(0, row), x}, attrs, {std::make_shared<const Graph>(body)})};
  Function function(compile(g), {}, nullptr);
  const Profile profile = function.profile({filled({DType::f32, {9, 16}}, 1)}, 1, 2);
  const ProfiledNode* loop = nodeOf(profile, "scan");
  const ProfiledNode* inside = nodeOf(profile, "mul + add");
  check(loop && inside, "loop and body are there");
  if (!loop || !inside) return;
  checkEqual(loop->runs, int64_t{1});
  checkEqual(inside->runs, int64_t{9});
  checkEqual(inside->label->work.flops, 2.0 * 16);
  check(loop->label->work.bytesRead > 0, "its copies count");
}

void refusesWhatACallRefuses() {
  const Variables variables = totals();
  const auto function = affine(variables);
  checkThrows([&] { function->profile({filled(kMatrix, 1)}, 0, 1); }, "argument 'w' is missing");
  checkThrows([&] { function->profile({filled(kMatrix, 1), filled(kWeight, 1)}, 0, 0); }, "at least one repeat");
  checkThrows([&] { function->profile({filled(kMatrix, 1), filled(kWeight, 1e38f)}, 0, 1); }, "is not finite");
  variables[0]->lease();
  checkThrows([&] { function->profile({filled(kMatrix, 1), filled(kWeight, 1)}, 0, 1); }, "a run is training");
  variables[0]->release();
}

// x = x / 2 + 1 ends at 2 from wherever it begins, and nothing is written beyond the scratch.
void everyTableMultipliesAndAdds() {
  for (const KernelTable* kernels : kernelTables(Which::all)) {
    Guarded<float> scratch(kPeakScratch / sizeof(float));
    const MultiplyAddArgs args{0.5f, 1.0f};
    const FloatMode mode;
    kernels->multiplyAdds(&args, 0, 3, scratch.data());
    check(scratch.intact(), kernels->name);
    checkEqual(scratch[0], 2.0f, kernels->name);
    check(kernels->multiplyAddFlops > 0, kernels->name);
  }
}

void peakIsMeasured() {
  const auto pool = ThreadPool::shared();
  const Peak peak = measurePeak(*selectedKernels(), *pool);
  check(peak.flops > 0 && peak.bytes > 0);
}

}  // namespace

Tests profileTests() {
  return {
      {"profile: every node and its work", countsNodesAndWork},
      {"profile: variables as after calls", commitsAsACallDoes},
      {"profile: the timeline follows the run", timelineFollowsTheRun},
      {"profile: loops and their bodies", loopsCountEveryIteration},
      {"profile: refuses what a call refuses", refusesWhatACallRefuses},
      {"profile: multiply-adds of every table", everyTableMultipliesAndAdds},
      {"profile: the peak of this machine", peakIsMeasured},
  };
}

}  // namespace slalom::test
