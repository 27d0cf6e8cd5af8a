#include "session.h"

#include <chrono>
#include <cstring>

#include "tally.h"

namespace slalom {

namespace {

const KernelTable& processKernels() {
  const KernelTable* kernels = selectedKernels();
  if (!kernels) throw Error::value("SLALOM_ISA names kernels that are unknown or that this CPU cannot run");
  return *kernels;
}

}  // namespace

Session::Session(SessionOptions options)
    : options_(std::move(options)),
      states_(options_.variables),
      kernels_(processKernels()),
      batches_(options_.data),
      pool_(ThreadPool::shared()),
      scalars_(static_cast<size_t>(options_.scalars)) {
  if (options_.programs.empty()) throw Error::value("a session needs a program");
  for (const SessionProgram& p : options_.programs) {
    states_.check(*p.program);
    checkProgram(*p.program, p.batch);
    bound_.push_back(std::make_unique<Bound>(p, arena_));
    Bound& bound = *bound_.back();
    bound.feed = std::make_unique<Feed>(bound.instance, options_.columns, p.batch, !options_.data.shuffle, kernels_);
    bindScalars(bound.instance);
  }
  if (options_.lease) states_.lease();
  leased_ = options_.lease;
  if (options_.pin) pin_ = states_.pin(programs());
}

void Session::close() {
  if (leased_) states_.release();
  leased_ = false;
  pin_.reset();
}

int64_t Session::bytes() const {
  int64_t arena = 0, own = 0;
  for (const auto& bound : bound_) {
    arena = std::max(arena, bound->instance.program().arenaBytes);
    own += bound->instance.program().zeroedBytes;
  }
  return arena + own;
}

// ---- checks ----

void Session::checkProgram(const Program& program, int64_t batch) const {
  std::vector<Type> wanted;
  for (const Array& column : options_.columns) {
    Type type = column.type;
    if (type.shape.rank() == 0 || type.shape[0] != options_.data.rows) {
      throw Error::shape("a column is " + type.toString() + ", but there are " + std::to_string(options_.data.rows) +
                         " rows");
    }
    type.shape[0] = batch;
    wanted.push_back(type);
  }
  for (int32_t i = 0; i < options_.scalars; ++i) wanted.push_back({DType::f32, Shape{}});
  size_t next = 0;
  for (const ProgramInput& input : program.inputs) {
    if (input.kind != InputKind::argument) continue;
    const bool column = next < options_.columns.size();
    if (next >= wanted.size() || input.type.shape != wanted[next].shape ||
        (!column && input.type.dtype != DType::f32)) {
      throw Error::shape("argument '" + input.name + "' is " + input.type.toString() + ", but the data give " +
                         (next < wanted.size() ? wanted[next].toString() : std::string("nothing")));
    }
    ++next;
  }
  if (next != wanted.size()) {
    throw Error::value("the program has " + std::to_string(next) + " arguments, the data give " +
                       std::to_string(wanted.size()));
  }
  if (outputSize(program) != outputSize(*options_.programs[0].program)) {
    throw Error::shape("the programs of a session must have the same outputs");
  }
}

void Session::checkSpec(const RunSpec& spec) const {
  if (spec.epoch < 0 || spec.batch < 0 || spec.batch >= batches_.perEpoch() || spec.steps < 0) {
    throw Error::value("a chunk must start inside an epoch of " + std::to_string(batches_.perEpoch()) + " batches");
  }
  const size_t each = scalars_.size(), given = spec.scalars.size();
  const bool perStep = each > 0 && given % each == 0 && static_cast<int64_t>(given / each) == spec.steps;
  if (given != each && !perStep) {
    throw Error::value("expected " + std::to_string(each) + " scalars for all steps or for each of " +
                       std::to_string(spec.steps) + ", found " + std::to_string(given));
  }
}

// ---- memory ----

void Session::bindScalars(Instance& instance) {
  size_t next = 0;
  for (const ProgramInput& input : instance.program().inputs) {
    if (input.kind != InputKind::argument) continue;
    if (next >= options_.columns.size()) {
      instance.bind(input.buffer, reinterpret_cast<uint8_t*>(&scalars_[next - options_.columns.size()]));
    }
    ++next;
  }
}

std::vector<const Program*> Session::programs() const {
  std::vector<const Program*> list;
  for (const auto& bound : bound_) list.push_back(&bound->instance.program());
  return list;
}

// Room for the present number of threads, and every address in place.
std::unique_ptr<States::Hold> Session::prepare() {
  bool moved = false;
  for (const auto& bound : bound_) moved = arena_.reserve(bound->instance.program(), threadCount()) || moved;
  auto held = pin_ ? nullptr : states_.hold(programs());
  for (const auto& bound : bound_) {
    if (moved) bound->instance.link();
    pin_ ? states_.bind(bound->instance, *pin_) : states_.bind(bound->instance);
  }
  return held;
}

Session::Bound& Session::boundFor(int64_t rows) {
  for (const auto& bound : bound_) {
    if (bound->batch == rows) return *bound;
  }
  throw Error::internal("no program for a batch of " + std::to_string(rows) + " rows");
}

void Session::takeSnapshots() {
  if (!snapshots_.wanted()) return;
  const auto held = states_.hold({});
  snapshots_.serve(states_.variables());
}

// ---- steps ----

Instance::Outcome Session::runStep(Bound& bound, int64_t epoch, int64_t batch) {
  bound.feed->load(batches_.order(epoch), batches_.first(batch), *pool_);
  try {
    return bound.instance.run(*pool_, &abort_);
  } catch (Error& error) {
    if (error.row >= 0) error.row = dataRow(bound.instance.program(), error.row, epoch, batch);
    throw;
  }
}

RunResult Session::run(const RunSpec& spec) {
  checkSpec(spec);
  const auto start = std::chrono::steady_clock::now();
  const FloatMode mode;
  const auto held = prepare();
  RunResult result;
  Tally tally(result, spec, outputSize(bound_[0]->instance.program()));
  const size_t stride = spec.scalars.size() > scalars_.size() ? scalars_.size() : 0;
  int64_t epoch = spec.epoch, batch = spec.batch;
  for (int64_t step = 0; step < spec.steps; ++step) {
    const int64_t rows = batches_.rowsOf(batch);
    Bound& bound = boundFor(rows);
    if (!scalars_.empty()) {
      std::memcpy(scalars_.data(), spec.scalars.data() + static_cast<size_t>(step) * stride,
                  scalars_.size() * sizeof(float));
    }
    const Instance::Outcome outcome = runStep(bound, epoch, batch);
    if (outcome == Instance::Outcome::aborted) {
      result.stop = Stop::aborted;
      break;
    }
    if (outcome == Instance::Outcome::refused) {
      result.stop = Stop::refused;
      result.refusal = explain(bound, epoch, batch);
      break;
    }
    tally.add(bound.instance, epoch, rows);
    if (snapshots_.wanted()) snapshots_.serve(states_.variables());
    if (++batch == batches_.perEpoch()) {
      batch = 0;
      ++epoch;
    }
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

// The step is run again from the same state, so before anything is committed.
Refusal Session::explain(Bound& bound, int64_t epoch, int64_t batch) {
  const int32_t* rows = batches_.order(epoch) + batches_.first(batch);
  Refusal refusal{epoch, batch, std::nullopt, {rows, rows + bound.batch}};
  if (bound.checked) {
    Arena arena;
    Instance unfused(bound.checked(), arena);
    states_.check(unfused.program());
    checkProgram(unfused.program(), bound.batch);
    states_.arrange(unfused.program());
    arena.reserve(unfused.program(), threadCount());
    unfused.link();
    states_.bind(unfused);
    Feed feed(unfused, options_.columns, bound.batch, !options_.data.shuffle, kernels_);
    bindScalars(unfused);
    feed.load(batches_.order(epoch), batches_.first(batch), *pool_);
    refusal.found = findNonFinite(unfused, *pool_);
    states_.arrange(bound.instance.program());
    states_.bind(bound.instance);
  }
  bound.instance.commitUnguarded(*pool_);
  return refusal;
}

// The row of the data in which a bad index stands, if positions are rows; else -1.
int64_t Session::dataRow(const Program& program, int64_t position, int64_t epoch, int64_t batch) {
  size_t next = 0;
  for (const ProgramInput& input : program.inputs) {
    if (input.kind != InputKind::argument || next++ >= options_.columns.size()) continue;
    if (input.type.dtype == DType::i32 && input.type.shape.size() != input.type.shape[0]) return -1;
  }
  return position < batches_.rowsOf(batch) ? batches_.order(epoch)[batches_.first(batch) + position] : -1;
}

}  // namespace slalom
