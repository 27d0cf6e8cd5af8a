// How runs end early, and who else may work meanwhile.
#include <atomic>
#include <cmath>
#include <cstring>
#include <limits>
#include <thread>

#include "passes/passes.h"
#include "passes_models.h"
#include "runtime_models.h"
#include "suites.h"

namespace slalom::test {

namespace {

constexpr int64_t kForever = int64_t{1} << 40;

void abortedBeforeItBegan() {
  const Training training;
  const auto session = training.session();
  const std::vector<uint8_t> before = training.bits();
  session->abort();
  const RunResult result = session->run(stepsFromStart(4));
  check(result.stop == Stop::aborted && result.steps == 0 && result.epochs.empty());
  check(training.bits() == before);
}

// One step that never ends: v becomes what 2^40 iterations make of it.
SessionOptions endless(const std::shared_ptr<Variable>& v) {
  auto body = std::make_shared<Graph>();
  Builder inner(*body);
  const Type scalar{DType::f32, {}};
  body->outputs = {inner.emit("sin", {inner.input(InputKind::argument, "h", scalar)})};
  Graph g;
  Builder b(g);
  const ValueId state = b.input(InputKind::state, "v", scalar);
  b.input(InputKind::argument, "x", {DType::f32, {1}});
  const Attrs attrs{{"carries", int64_t{1}}, {"xs", int64_t{0}}, {"length", kForever}};
  const ValueId last = b.emit("scan", {state}, attrs, {body});
  g.outputs = {last};
  g.commits = {{state, last, true}};
  SessionOptions options;
  options.programs = {{1, compile(g), {}}};
  options.variables = {v};
  options.columns = {Array::make({DType::f32, {1}})};
  options.data = {1, 1, false, 0, false};
  options.lease = true;
  return options;
}

// Abort is heard between two iterations too; the step commits nothing and the leases come back.
void abortInsideOfALoop() {
  const float one = 1;
  const auto v = std::make_shared<Variable>(Array::from(&one, {DType::f32, {}}));
  Session session(endless(v));
  std::atomic<bool> started{false};
  RunResult result;
  std::thread run([&] {
    started = true;
    result = session.run(stepsFromStart(1));
  });
  while (!started) std::this_thread::yield();
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  session.abort();
  run.join();
  check(result.stop == Stop::aborted && result.steps == 0);
  check(bitsOf(v->read()) == bitsOf(Array::from(&one, {DType::f32, {}})), "nothing is committed");
  session.close();
  check(!v->leased());
}

void abortFromManyThreads() {
  const Training training;
  const auto session = training.session();
  std::vector<std::thread> others;
  for (int i = 0; i < 3; ++i) others.emplace_back([&] { session->abort(); });
  const RunResult result = session->run(stepsFromStart(kForever));
  for (std::thread& other : others) other.join();
  check(result.stop == Stop::aborted);
}

std::shared_ptr<const Program> lossOnly(int64_t batch) {
  MlpOptions options;
  options.batch = batch;
  Graph g = mlpStep(options);
  g.commits.clear();
  g.guards.clear();
  return compile(g);
}

// Without leases a session reads what another trains: their chunks take turns, and nothing changes.
void evaluatesInsideOfATraining() {
  const Training training, alone;
  alone.session()->run(stepsFromStart(40));
  const auto session = training.session();
  std::atomic<bool> done{false}, finite{true};
  std::thread other([&] {
    SessionOptions options = training.sessionOptions();
    options.lease = false;
    for (SessionProgram& p : options.programs) p.program = lossOnly(p.batch);
    Session evaluation(std::move(options));
    while (!done) {
      if (!std::isfinite(evaluation.run(stepsFromStart(4)).epochs[0].sums[0])) finite = false;
    }
  });
  RunSpec spec;
  spec.steps = 4;
  for (spec.epoch = 0; spec.epoch < 10; ++spec.epoch) session->run(spec);
  done = true;
  other.join();
  check(finite);
  check(training.bits() == alone.bits());
}

void readsWaitForAStep() {
  const Training training;
  const auto session = training.session();
  std::atomic<bool> done{false};
  std::thread reader([&] {
    while (!done) training.bits();
  });
  session->run(stepsFromStart(200));
  done = true;
  reader.join();
  const Training alone;
  alone.session()->run(stepsFromStart(200));
  check(training.bits() == alone.bits());
}

// Requests that no step served are served by whoever asks afterwards.
void snapshotsOfAnIdleSession() {
  const Training training;
  const auto session = training.session();
  session->run(stepsFromStart(3));
  std::vector<uint8_t> bits;
  session->requestSnapshot([&](const Snapshots::Copies& copies) {
    for (const Array& array : copies(placesOf(*session))) {
      const auto bytes = bitsOf(array);
      bits.insert(bits.end(), bytes.begin(), bytes.end());
    }
  });
  check(bits.empty(), "not yet");
  session->takeSnapshots();
  check(bits == training.bits());
  session->takeSnapshots();
  check(bits == training.bits(), "once only");
}

void snapshotsOfSomeVariables() {
  const Training training;
  const auto session = training.session();
  session->run(stepsFromStart(3));
  std::vector<Array> all, some;
  session->requestSnapshot([&](const Snapshots::Copies& copies) { all = copies(placesOf(*session)); });
  session->requestSnapshot([&](const Snapshots::Copies& copies) { some = copies({all.size() - 1, 0}); });
  session->takeSnapshots();
  check(some.size() == 2 && bitsOf(some[0]) == bitsOf(all.back()) && bitsOf(some[1]) == bitsOf(all[0]));
}

void refusesInTheLastBatchToo() {
  TrainingOptions options;
  options.shuffle = false;
  const Training training(options);
  const auto x = reinterpret_cast<float*>(training.x().data());
  x[8 * 49] = std::numeric_limits<float>::quiet_NaN();
  const RunResult result = training.session()->run(stepsFromStart(8));
  check(result.stop == Stop::refused && result.refusal.has_value());
  checkEqual(result.steps, int64_t{3});
  checkEqual(result.refusal->batch, int64_t{3});
  check(result.refusal->rows == std::vector<int32_t>({48, 49}));
  check(result.refusal->found && result.refusal->found->nan && result.refusal->found->op == "matmul");
}

void namesTheRowInOrder() {
  TrainingOptions options;
  options.shuffle = false;
  for (const int64_t row : {0, 17, 49}) {
    const Training training(options);
    const std::vector<uint8_t> before = training.bits();
    reinterpret_cast<int32_t*>(training.labels().data())[row] = -1;
    try {
      training.session()->run(stepsFromStart(4));
      check(false, "a label out of range passed");
    } catch (const Error& error) {
      checkEqual(error.row, row);
    }
    if (row == 0) check(training.bits() == before, "its step commits nothing");
    check(!training.variables()[0]->leased(), "the leases are back");
  }
}

}  // namespace

Tests sessionEndTests() {
  return {{"session: aborted before it began", abortedBeforeItBegan},
          {"session: aborted inside of a loop", abortInsideOfALoop},
          {"session: aborted by many threads", abortFromManyThreads},
          {"session: an evaluation inside of a training", evaluatesInsideOfATraining},
          {"session: reads wait for a step", readsWaitForAStep},
          {"session: snapshots of an idle session", snapshotsOfAnIdleSession},
          {"session: snapshots of some variables", snapshotsOfSomeVariables},
          {"session: refuses in the last batch too", refusesInTheLastBatchToo},
          {"session: names the row, in order", namesTheRowInOrder}};
}

}  // namespace slalom::test
