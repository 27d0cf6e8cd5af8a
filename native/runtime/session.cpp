#include "session.h"

#include <algorithm>
#include <chrono>
#include <cstring>

#include "tally.h"

namespace slalom {

namespace {

// Of fresh batches; the same number of programs that calls keep.
constexpr size_t kBoundPrograms = 64;

constexpr int64_t kPage = 4096;

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
      batches_(options_.columns.empty() ? nullptr : std::make_unique<Batches>(options_.data)),
      pool_(ThreadPool::shared()),
      scalars_(static_cast<size_t>(options_.scalars)) {
  const bool late = options_.programs.empty();
  if (options_.pin && (late || !batches_)) throw Error::value("a session whose programs come later cannot pin");
  if (!late) open(std::move(options_.programs));
  if (options_.lease) states_.lease();
  leased_ = options_.lease;
  if (options_.pin) pin_ = states_.pin(programs());
}

void Session::open(std::vector<SessionProgram> programs) {
  if (programs.empty()) throw Error::value("a session needs a program");
  options_.programs = std::move(programs);
  for (const SessionProgram& p : options_.programs) {
    states_.check(*p.program);
    // Without columns the fresh batches say what the programs read.
    if (batches_) add(p, options_.columns, !options_.data.shuffle);
  }
}

void Session::settle() {
  if (!leased_) return;
  const auto held = prepare();
  if (!arena_.block) return;
  // Fresh memory is slow when it is first written: the system clears its pages one by one.
  for (int64_t at = 0; at < arena_.block->bytes(); at += kPage) {
    *static_cast<volatile uint8_t*>(arena_.block->data() + at) = 0;
  }
}

void Session::close() {
  if (leased_) states_.release();
  leased_ = false;
  pin_.reset();
}

void Session::discard() {
  bound_.clear();
  arena_ = {};
  options_.columns.clear();
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

void Session::checkProgram(const Program& program, int64_t batch, const std::vector<Array>& columns) const {
  std::vector<Type> wanted;
  for (const Array& column : columns) {
    Type type = column.type;
    const int64_t rows = &columns == &options_.columns ? options_.data.rows : batch;
    if (type.shape.rank() == 0 || type.shape[0] != rows) {
      throw Error::shape("a column is " + type.toString() + ", but there are " + std::to_string(rows) + " rows");
    }
    type.shape[0] = batch;
    wanted.push_back(type);
  }
  for (int32_t i = 0; i < options_.scalars; ++i) wanted.push_back({DType::f32, Shape{}});
  size_t next = 0;
  for (const ProgramInput& input : program.inputs) {
    if (input.kind != InputKind::argument) continue;
    const bool column = next < columns.size();
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
  if (options_.programs.empty()) throw Error::value("this session has no program yet");
  if (spec.epoch < 0 || spec.batch < 0 || spec.steps < 0) throw Error::value("a chunk must start inside a run");
  checkRows(spec);
  const size_t each = scalars_.size(), given = spec.scalars.size();
  const bool perStep = each > 0 && given % each == 0 && static_cast<int64_t>(given / each) == spec.steps;
  if (given != each && !perStep) {
    throw Error::value("expected " + std::to_string(each) + " scalars for all steps or for each of " +
                       std::to_string(spec.steps) + ", found " + std::to_string(given));
  }
  const auto outputs = static_cast<size_t>(outputSize(*options_.programs[0].program));
  if (!spec.sums.empty() && spec.sums.size() != outputs) {
    throw Error::value("expected " + std::to_string(outputs) + " sums, found " + std::to_string(spec.sums.size()));
  }
}

void Session::checkRows(const RunSpec& spec) const {
  if (!spec.fresh.empty()) {
    if (static_cast<int64_t>(spec.fresh.size()) != spec.steps || !spec.order.empty()) {
      throw Error::value("expected a batch for each of " + std::to_string(spec.steps) + " steps");
    }
    return;
  }
  if (!batches_) throw Error::value("a session without columns needs batches");
  if (spec.order.empty()) {
    if (spec.batch < batches_->perEpoch()) return;
    throw Error::value("a chunk must start inside an epoch of " + std::to_string(batches_->perEpoch()) + " batches");
  }
  const int64_t size = options_.data.batchSize, rows = static_cast<int64_t>(spec.order.size());
  if (!options_.data.shuffle) throw Error::value("a session that reads rows in order takes no other");
  if ((rows + size - 1) / size != spec.steps) {
    throw Error::value(std::to_string(rows) + " rows are not " + std::to_string(spec.steps) + " batches of " +
                       std::to_string(size));
  }
  for (const int32_t row : spec.order) {
    if (row < 0 || row >= options_.data.rows) {
      throw Error::value("row " + std::to_string(row) + " is not one of " + std::to_string(options_.data.rows));
    }
  }
}

// ---- memory ----

void Session::bindScalars(Instance& instance, size_t columns) {
  size_t next = 0;
  for (const ProgramInput& input : instance.program().inputs) {
    if (input.kind != InputKind::argument) continue;
    if (next >= columns) instance.bind(input.buffer, reinterpret_cast<uint8_t*>(&scalars_[next - columns]));
    ++next;
  }
}

Session::Bound& Session::add(const SessionProgram& p, const std::vector<Array>& columns, bool inOrder) {
  checkProgram(*p.program, p.batch, columns);
  auto bound = std::make_unique<Bound>(p, arena_);
  bound->feed = std::make_unique<Feed>(bound->instance, columns, p.batch, inOrder, kernels_);
  bindScalars(bound->instance, columns.size());
  bound_.push_back(std::move(bound));
  return *bound_.back();
}

// A bound program for every batch; what was not needed for the longest time makes room.
void Session::bindFresh(const std::vector<FreshBatch>& batches) {
  ++chunks_;
  for (const FreshBatch& batch : batches) {
    Bound* bound = boundFor(batch.program.program.get());
    if (!bound) {
      states_.check(*batch.program.program);
      bound = &add(batch.program, batch.columns, true);
    } else if (!bound->feed->fits(batch.columns)) {
      throw Error::shape("a batch does not have the types that its program was bound for");
    }
    bound->usedBy = chunks_;
    if (static_cast<int64_t>(inOrder_.size()) < bound->batch) {
      const size_t known = inOrder_.size();
      inOrder_.resize(static_cast<size_t>(bound->batch));
      for (size_t i = known; i < inOrder_.size(); ++i) inOrder_[i] = static_cast<int32_t>(i);
    }
  }
  while (bound_.size() > kBoundPrograms) {
    const auto oldest = std::min_element(bound_.begin(), bound_.end(),
                                         [](const auto& a, const auto& b) { return a->usedBy < b->usedBy; });
    if ((*oldest)->usedBy == chunks_) return;
    bound_.erase(oldest);
  }
}

std::vector<const Program*> Session::programs() const {
  std::vector<const Program*> list;
  for (const auto& bound : bound_) list.push_back(&bound->instance.program());
  return list;
}

// Room for the present number of threads, and every address in place.
std::unique_ptr<States::Hold> Session::prepare() {
  // First the variables: where they are moved, their old memory is given back before the arena is taken.
  auto held = pin_ ? nullptr : states_.hold(programs());
  bool moved = false;
  for (const auto& bound : bound_) moved = arena_.reserve(bound->instance.program(), threadCount()) || moved;
  for (const auto& bound : bound_) {
    if (moved || !bound->linked) bound->instance.link();
    bound->linked = true;
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

Session::Bound* Session::boundFor(const Program* program) {
  for (const auto& bound : bound_) {
    if (bound->program.get() == program) return bound.get();
  }
  return nullptr;
}

void Session::takeSnapshots() {
  if (!snapshots_.wanted()) return;
  const auto held = states_.hold({});
  snapshots_.serve(states_.variables());
}

// ---- steps ----

Session::Place Session::locate(const RunSpec& spec, int64_t step, int64_t epoch, int64_t batch) {
  if (!spec.fresh.empty()) {
    const FreshBatch& fresh = spec.fresh[static_cast<size_t>(step)];
    return {boundFor(fresh.program.program.get()), inOrder_.data(), &fresh, epoch, batch};
  }
  if (!spec.order.empty()) {
    const int64_t size = options_.data.batchSize, at = step * size;
    const int64_t rows = std::min(size, static_cast<int64_t>(spec.order.size()) - at);
    return {&boundFor(rows), spec.order.data() + at, nullptr, epoch, batch};
  }
  return {&boundFor(batches_->rowsOf(batch)), batches_->order(epoch) + batches_->first(batch), nullptr, epoch, batch};
}

const std::vector<Array>& Session::columnsOf(const Place& place) const {
  return place.fresh ? place.fresh->columns : options_.columns;
}

Instance::Outcome Session::runStep(const Place& place) {
  Bound& bound = *place.bound;
  if (place.fresh) bound.feed->rebind(place.fresh->columns);
  bound.feed->load(place.rows, *pool_);
  try {
    return bound.instance.run(*pool_, &abort_);
  } catch (Error& error) {
    if (error.row >= 0) error.row = dataRow(place, error.row);
    throw;
  }
}

RunResult Session::run(const RunSpec& spec) {
  checkSpec(spec);
  const auto start = std::chrono::steady_clock::now();
  const FloatMode mode;
  if (!spec.fresh.empty()) bindFresh(spec.fresh);
  const auto held = prepare();
  RunResult result;
  Tally tally(result, spec, outputSize(*options_.programs[0].program));
  const size_t stride = spec.scalars.size() > scalars_.size() ? scalars_.size() : 0;
  int64_t epoch = spec.epoch, batch = spec.batch;
  for (int64_t step = 0; step < spec.steps; ++step) {
    const Place place = locate(spec, step, epoch, batch);
    if (!scalars_.empty()) {
      std::memcpy(scalars_.data(), spec.scalars.data() + static_cast<size_t>(step) * stride,
                  scalars_.size() * sizeof(float));
    }
    Instance::Outcome outcome = runStep(place);
    if (outcome == Instance::Outcome::refused) outcome = repeat(place, result);
    if (outcome == Instance::Outcome::aborted) {
      result.stop = Stop::aborted;
      break;
    }
    if (outcome == Instance::Outcome::refused) {
      result.stop = Stop::refused;
      break;
    }
    tally.add(place.bound->instance, epoch, place.bound->batch);
    if (snapshots_.wanted()) snapshots_.serve(states_.variables());
    // Where the caller gives the rows, a chunk stays inside its epoch.
    if (++batch == (spec.fresh.empty() && spec.order.empty() ? batches_->perEpoch() : -1)) {
      batch = 0;
      ++epoch;
    }
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

// From the same state, so before anything is committed.
Instance::Outcome Session::repeat(const Place& place, RunResult& result) {
  Bound& bound = *place.bound;
  Verdict verdict{Instance::Outcome::refused, std::nullopt};
  if (bound.checked) {
    Arena arena;
    Instance unfused(bound.checked(), arena);
    states_.check(unfused.program());
    checkProgram(unfused.program(), bound.batch, columnsOf(place));
    states_.arrange(unfused.program());
    arena.reserve(unfused.program(), threadCount());
    unfused.link();
    states_.bind(unfused);
    Feed feed(unfused, columnsOf(place), bound.batch, place.fresh || !options_.data.shuffle, kernels_);
    bindScalars(unfused, columnsOf(place).size());
    feed.load(place.rows, *pool_);
    verdict = judge(unfused, *pool_, &abort_);
    if (verdict.outcome == Instance::Outcome::done) bound.instance.takeOutputs(unfused);
    states_.arrange(bound.instance.program());
    for (const auto& each : bound_) states_.bind(each->instance);
  }
  if (verdict.outcome != Instance::Outcome::refused) return verdict.outcome;
  bound.instance.commitUnguarded(*pool_);
  Refusal& refusal =
      result.refusal.emplace(Refusal{place.epoch, place.batch, verdict.found, {place.rows, place.rows + bound.batch}});
  if (place.fresh) {
    for (int32_t& row : refusal.rows) row = static_cast<int32_t>(row + place.fresh->first);
  }
  return verdict.outcome;
}

// The row of the data in which a bad index stands, if positions are rows; else -1.
int64_t Session::dataRow(const Place& place, int64_t position) const {
  size_t next = 0;
  for (const ProgramInput& input : place.bound->instance.program().inputs) {
    if (input.kind != InputKind::argument || next++ >= columnsOf(place).size()) continue;
    if (input.type.dtype == DType::i32 && input.type.shape.size() != input.type.shape[0]) return -1;
  }
  if (position >= place.bound->batch) return -1;
  return place.rows[position] + (place.fresh ? place.fresh->first : 0);
}

}  // namespace slalom
