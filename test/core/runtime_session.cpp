#include <atomic>
#include <cmath>
#include <limits>
#include <thread>

#include "runtime_models.h"
#include "suites.h"

namespace slalom::test {

namespace {

std::vector<uint8_t> trainedBits(int64_t steps, int threads = 2, const TrainingOptions& options = {}) {
  setThreadCount(threads);
  const Training training(options);
  training.session()->run(stepsFromStart(steps));
  return training.bits();
}

// Wide enough that threads share its products.
TrainingOptions wide() {
  TrainingOptions options;
  options.widths = {96, 256, 192, 10};
  options.rows = 200;
  options.batchSize = 64;
  return options;
}

void learns() {
  const Training training;
  const auto session = training.session();
  const RunResult result = session->run(stepsFromStart(4 * 60));
  checkEqual(result.epochs.size(), size_t{60});
  checkEqual(result.epochs[0].rows, int64_t{50});
  checkEqual(result.epochs[0].steps, int64_t{4});
  check(result.epochs[59].sums[0] < result.epochs[0].sums[0] / 2, "the loss falls");
}

void chunksDoNotMatter() {
  const std::vector<uint8_t> whole = trainedBits(23);
  const Training training;
  const auto session = training.session();
  RunSpec spec;
  for (const int64_t steps : {int64_t{1}, int64_t{2}, int64_t{7}, int64_t{0}, int64_t{13}}) {
    spec.steps = steps;
    session->run(spec);
    const int64_t at = spec.epoch * 4 + spec.batch + steps;
    spec.epoch = at / 4;
    spec.batch = at % 4;
  }
  check(training.bits() == whole);
}

void threadsDoNotMatter() {
  const std::vector<uint8_t> one = trainedBits(9, 1, wide());
  for (const int threads : {2, 3, 8})
    check(trainedBits(9, threads, wide()) == one, std::to_string(threads) + " threads");
  setThreadCount(defaultThreadCount());
}

// Written down once, on AVX2: npm run test:neon compares ARM with it.
void everyProcessorWithFma() {
  if (std::string(selectedKernels()->name) == "baseline") return;
  uint64_t hash = 14695981039346656037u;  // FNV-1a
  for (const uint8_t byte : trainedBits(40, 2, wide())) hash = (hash ^ byte) * 1099511628211u;
  checkEqual(hash, uint64_t{15106129402339588103u}, std::to_string(hash));
}

void threadCountMayChangeBetweenChunks() {
  const std::vector<uint8_t> steady = trainedBits(8, 1, wide());
  const Training training(wide());
  const auto session = training.session();
  RunSpec spec = stepsFromStart(4);
  setThreadCount(1);
  session->run(spec);
  setThreadCount(8);
  spec.epoch = 1;
  session->run(spec);
  setThreadCount(defaultThreadCount());
  check(training.bits() == steady);
}

void twoSessionsAtOnce() {
  const std::vector<uint8_t> alone = trainedBits(40, 2, wide());
  const Training first(wide()), second(wide());
  std::thread other([&] { second.session()->run(stepsFromStart(40)); });
  first.session()->run(stepsFromStart(40));
  other.join();
  check(first.bits() == alone && second.bits() == alone);
}

void abortKeepsWholeSteps() {
  const Training training(wide());
  const auto session = training.session();
  std::atomic<bool> started{false};
  RunResult result;
  std::thread run([&] {
    started = true;
    result = session->run(stepsFromStart(100000));
  });
  while (!started) std::this_thread::yield();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  session->abort();
  run.join();
  check(result.stop == Stop::aborted && result.steps < 100000);
  check(training.bits() == trainedBits(result.steps, 2, wide()), "after " + std::to_string(result.steps) + " steps");
  check(session->run(stepsFromStart(5)).steps == 0, "an aborted session stays so");
}

void snapshotsComeBetweenSteps() {
  const Training training(wide());
  const auto session = training.session();
  std::atomic<int> taken{0};
  std::vector<std::vector<Array>> snapshots(3);
  std::thread run([&] { session->run(stepsFromStart(400)); });
  for (auto& snapshot : snapshots) {
    const int before = taken;
    session->requestSnapshot([&](const Snapshots::Copies& copies) {
      snapshot = copies(placesOf(*session));
      ++taken;
    });
    while (taken == before) {
      session->takeSnapshots();
      std::this_thread::yield();
    }
  }
  run.join();
  const Array& step = snapshots[1].back();
  const auto count = *reinterpret_cast<const int32_t*>(step.data());
  std::vector<uint8_t> bits;
  for (const Array& array : snapshots[1]) {
    const auto bytes = bitsOf(array);
    bits.insert(bits.end(), bytes.begin(), bytes.end());
  }
  check(bits == trainedBits(count, 2, wide()), "the state after " + std::to_string(count) + " steps");
}

void refusesWhatIsNotFinite() {
  const Training training;
  const auto x = reinterpret_cast<float*>(training.x().data());
  x[8 * 20 + 3] = std::numeric_limits<float>::infinity();
  const RunResult result = training.session()->run(stepsFromStart(12));
  check(result.stop == Stop::refused);
  check(result.refusal.has_value());
  const Refusal& refusal = *result.refusal;
  check(std::find(refusal.rows.begin(), refusal.rows.end(), 20) != refusal.rows.end(), "the batch holds the row");
  checkEqual(refusal.epoch, int64_t{0});
  check(refusal.found.has_value());
  checkEqual(refusal.found->op, std::string("matmul"));
  checkEqual(refusal.found->path, std::string("layers.0"));
  x[8 * 20 + 3] = 0;
  std::vector<uint8_t> before;
  {
    const Training clean;
    const auto values = reinterpret_cast<float*>(clean.x().data());
    values[8 * 20 + 3] = 0;
    clean.session()->run(stepsFromStart(result.steps));
    before = clean.bits();
  }
  std::vector<uint8_t> after = training.bits();
  // The count of steps, the last variable, goes on.
  before.resize(before.size() - 4);
  after.resize(after.size() - 4);
  check(before == after, "weights and moments stay at the last good step");
}

void namesTheRowOfABadLabel() {
  const Training training;
  reinterpret_cast<int32_t*>(training.labels().data())[33] = 4;
  try {
    training.session()->run(stepsFromStart(4));
    check(false, "a label out of range passed");
  } catch (const Error& error) {
    check(error.code == ErrorCode::data, error.message);
    checkEqual(error.row, int64_t{33});
    checkEqual(error.op, std::string("softmaxCrossEntropy"));
  }
}

void leasesKeepOthersAway() {
  const Training training;
  const auto session = training.session();
  checkThrows([&] { training.session(); }, "");
  SessionOptions guest = training.sessionOptions();
  guest.lease = false;
  check(Session(guest).run(stepsFromStart(1)).steps == 1, "without leases a session may work inside another's run");
  session->close();
  check(training.session()->run(stepsFromStart(1)).steps == 1);
}

void outlivesItsPool() {
  const Training training(wide());
  auto session = training.session();
  std::thread run([&] { session->run(stepsFromStart(100000)); });
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  session->abort();
  run.join();
  session.reset();
  check(!training.variables()[0]->leased(), "the leases are back");
}

void checksItsOptions() {
  const Training training;
  const auto with = [&](auto change) {
    SessionOptions options = training.sessionOptions();
    change(options);
    Session session(std::move(options));
  };
  checkThrows([&] { with([](SessionOptions& o) { o.data.rows = 49; }); }, "there are 49 rows");
  checkThrows([&] { with([](SessionOptions& o) { o.columns.pop_back(); }); }, "labels");
  checkThrows([&] { with([](SessionOptions& o) { o.variables.pop_back(); }); }, "");
  checkThrows([&] { with([](SessionOptions& o) { o.scalars = 1; }); }, "arguments");
  const auto session = training.session();
  RunSpec late;
  late.batch = 4;
  late.steps = 1;
  checkThrows([&] { session->run(late); }, "an epoch of 4 batches");
  RunSpec scalars = stepsFromStart(2);
  scalars.scalars = {1, 2, 3};
  checkThrows([&] { session->run(scalars); }, "scalars");
  RunSpec sums = stepsFromStart(2);
  sums.sums = {1, 2};
  checkThrows([&] { session->run(sums); }, "expected 1 sums, found 2");
}

// Bits: a chunk goes on with the sums of the one before.
void sumsDoNotShowChunks() {
  const Training whole, parts;
  const std::vector<double> expected = whole.session()->run(stepsFromStart(4)).epochs[0].sums;
  const auto session = parts.session();
  RunSpec spec;
  for (const int64_t steps : {int64_t{1}, int64_t{2}, int64_t{1}}) {
    spec.steps = steps;
    const RunResult result = session->run(spec);
    checkEqual(result.epochs[0].steps, steps);
    spec.sums = result.epochs[0].sums;
    spec.batch += steps;
  }
  check(spec.sums == expected);
}

void sumsAreOfTheFirstEpoch() {
  const Training training, other;
  RunSpec spec = stepsFromStart(8);
  spec.sums = {100};
  const RunResult with = training.session()->run(spec), without = other.session()->run(stepsFromStart(8));
  check(std::abs(with.epochs[0].sums[0] - without.epochs[0].sums[0] - 100) < 1e-9);
  checkEqual(with.epochs[1].sums[0], without.epochs[1].sums[0]);
}

void perStepOutputs() {
  const Training training;
  RunSpec spec = stepsFromStart(6);
  spec.perStep = true;
  const RunResult result = training.session()->run(spec);
  checkEqual(result.perStep.size(), size_t{6});
  double first = 0;
  for (int s = 0; s < 4; ++s) first += result.perStep[static_cast<size_t>(s)];
  check(std::abs(first - result.epochs[0].sums[0]) < 1e-6 * std::abs(first), "steps add up to the epoch");
}

}  // namespace

Tests sessionTests() {
  return {{"session: learns", learns},
          {"session: chunks do not matter", chunksDoNotMatter},
          {"session: threads do not matter", threadsDoNotMatter},
          {"session: every processor with FMA", everyProcessorWithFma},
          {"session: the thread count may change between chunks", threadCountMayChangeBetweenChunks},
          {"session: two at once", twoSessionsAtOnce},
          {"session: abort keeps whole steps", abortKeepsWholeSteps},
          {"session: snapshots come between steps", snapshotsComeBetweenSteps},
          {"session: refuses what is not finite", refusesWhatIsNotFinite},
          {"session: names the row of a bad label", namesTheRowOfABadLabel},
          {"session: leases keep others away", leasesKeepOthersAway},
          {"session: ends in mid-run", outlivesItsPool},
          {"session: checks its options", checksItsOptions},
          {"session: chunks do not show in sums", sumsDoNotShowChunks},
          {"session: sums go on in the first epoch", sumsAreOfTheFirstEpoch},
          {"session: outputs of every step", perStepOutputs}};
}

}  // namespace slalom::test
