// Sessions whose programs come when they are made already: compiled by the thread that runs them.
#include <atomic>
#include <thread>

#include "passes/passes.h"
#include "passes_models.h"
#include "runtime_models.h"
#include "suites.h"

namespace slalom::test {

namespace {

constexpr int64_t kSteps = 9;

std::vector<uint8_t> expectedBits() {
  const Training training;
  training.session()->run(stepsFromStart(kSteps));
  return training.bits();
}

SessionOptions withoutPrograms(const Training& training) {
  SessionOptions options = training.sessionOptions();
  options.programs.clear();
  return options;
}

void sameBits() {
  const Training training;
  Session session(withoutPrograms(training));
  session.open(training.sessionOptions().programs);
  session.run(stepsFromStart(kSteps));
  check(training.bits() == expectedBits());
}

void leasesAreTakenAtOnce() {
  const Training training;
  Session session(withoutPrograms(training));
  checkThrows([&] { Session second(withoutPrograms(training)); }, "another run is training these variables");
  session.close();
  check(training.session()->run(stepsFromStart(1)).steps == 1, "and given back without a program");
}

void settling() {
  const Training training;
  Session session(withoutPrograms(training));
  session.settle();
  session.open(training.sessionOptions().programs);
  const std::vector<uint8_t> before = training.bits();
  session.settle();
  check(training.bits() == before, "moves variables at most");
  session.settle();
  session.run(stepsFromStart(kSteps));
  check(training.bits() == expectedBits());
  session.close();
  session.settle();  // without leases: others may have the variables
}

void misuse() {
  const Training training;
  SessionOptions options = withoutPrograms(training);
  {
    Session session(options);
    checkThrows([&] { session.run(stepsFromStart(1)); }, "no program yet");
    checkThrows([&] { session.open({}); }, "needs a program");
  }
  {
    TrainingOptions other;
    other.widths = {8, 5, 4};
    Session session(options);
    checkThrows([&] { session.open(Training(other).sessionOptions().programs); }, "expected");
  }
  options.lease = false;
  options.pin = true;
  checkThrows([&] { const Session session(options); }, "cannot pin");
}

// Two sessions compile one graph at a time, while the thread that made them aborts one and asks the other
// for snapshots.
void threadsOpenThem() {
  const TrainingOptions shape;
  const Graph graph = mlpStep({shape.widths, shape.batchSize}), last = mlpStep({shape.widths, 2});
  const Training first, second;
  const std::vector<uint8_t> untouched = second.bits();
  Session going(withoutPrograms(first)), aborted(withoutPrograms(second));
  std::atomic<int> taken{0};
  std::atomic<bool> told{false};
  const auto start = [&](Session& session, RunResult& result) {
    return std::thread([&] {
      session.open({{shape.batchSize, compile(graph), {}}, {2, compile(last), {}}});
      while (!told) std::this_thread::yield();
      session.takeSnapshots();
      result = session.run(stepsFromStart(kSteps));
    });
  };
  RunResult whole, cut;
  std::thread one = start(going, whole), two = start(aborted, cut);
  going.requestSnapshot([&](const Snapshots::Copies& copies) { taken += copies(placesOf(going)).size() > 1; });
  aborted.abort();
  told = true;
  one.join();
  two.join();
  going.takeSnapshots();
  check(taken == 1);
  check(first.bits() == expectedBits());
  checkEqual(whole.steps, kSteps);
  check(cut.stop == Stop::aborted && cut.steps == 0 && second.bits() == untouched);
}

}  // namespace

Tests lateSessionTests() {
  return {{"late session: the same bits", sameBits},
          {"late session: leases are taken at once", leasesAreTakenAtOnce},
          {"late session: settling", settling},
          {"late session: misuse", misuse},
          {"late session: threads open them", threadsOpenThem}};
}

}  // namespace slalom::test
