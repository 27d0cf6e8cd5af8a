#include "session.h"

#include <chrono>
#include <cstring>

namespace slalom {

namespace {

size_t countOutputs(const Program& program) {
  int64_t count = 0;
  for (const ProgramOutput& output : program.outputs) count += output.type.shape.size();
  return static_cast<size_t>(count);
}

template <typename T>
double* addAll(const uint8_t* data, int64_t count, double* sums) {
  const auto* x = reinterpret_cast<const T*>(data);
  for (int64_t i = 0; i < count; ++i) *sums++ += static_cast<double>(x[i]);
  return sums;
}

}  // namespace

Session::Session(SessionOptions options)
    : options_(std::move(options)),
      batches_(options_.data, *selectedKernels()),
      pool_(ThreadPool::shared()),
      scalars_(static_cast<size_t>(options_.scalars)) {
  for (const SessionProgram& p : options_.programs) {
    checkVariables(*p.program, options_.variables);
    checkProgram(*p.program, p.batch);
    bound_.push_back(std::unique_ptr<Bound>(new Bound{p.batch, Instance(p.program, arena_), p.checked}));
    outputCount_ = countOutputs(*p.program);
  }
  for (const auto& variable : options_.variables) {
    if (variable->leased()) throw Error(ErrorCode::busy, "another run is training these variables");
  }
  if (!options_.lease) return;
  for (const auto& variable : options_.variables) variable->lease();
  leased_ = true;
}

Session::~Session() { close(); }

void Session::close() {
  if (!leased_) return;
  for (const auto& variable : options_.variables) variable->release();
  leased_ = false;
}

void Session::checkProgram(const Program& program, int64_t batch) const {
  std::vector<Type> wanted;
  for (const Array& column : options_.data.columns) {
    Type type = column.type;
    if (type.shape.rank() == 0 || type.shape[0] != options_.data.rows) {
      throw Error::shape("a column is " + type.toString() + ", but there are " + std::to_string(options_.data.rows) + " rows");
    }
    type.shape[0] = batch;
    wanted.push_back(type);
  }
  for (int32_t i = 0; i < options_.scalars; ++i) wanted.push_back({DType::f32, Shape{}});
  size_t next = 0;
  for (const ProgramInput& input : program.inputs) {
    if (input.kind != InputKind::argument) continue;
    const bool column = next < options_.data.columns.size();
    if (next >= wanted.size() || input.type.shape != wanted[next].shape || (!column && input.type.dtype != DType::f32)) {
      throw Error::shape("argument '" + input.name + "' is " + input.type.toString() + ", but the data give " +
                         (next < wanted.size() ? wanted[next].toString() : std::string("nothing")));
    }
    ++next;
  }
  if (next != wanted.size()) throw Error::value("the program has " + std::to_string(next) + " arguments, the data " + std::to_string(wanted.size()));
}

// Room for the present number of threads, and every address in place.
void Session::prepare() {
  bool moved = false;
  for (const auto& bound : bound_) moved = arena_.reserve(bound->instance.program(), threadCount()) || moved;
  for (const auto& bound : bound_) arrangeVariables(bound->instance.program(), options_.variables);
  for (const auto& bound : bound_) {
    if (moved) {
      bound->instance.setArena();
      bound->instance.link();
    }
    bindStates(bound->instance, options_.variables);
  }
}

Session::Bound& Session::boundFor(int64_t rows) {
  for (const auto& bound : bound_) {
    if (bound->batch == rows) return *bound;
  }
  throw Error::internal("no program for a batch of " + std::to_string(rows) + " rows");
}

void Session::bindScalars(Instance& instance, const RunSpec& spec, int64_t step) {
  if (scalars_.empty()) return;
  const size_t row = spec.scalars.size() == scalars_.size() ? 0 : static_cast<size_t>(step);
  std::memcpy(scalars_.data(), spec.scalars.data() + row * scalars_.size(), scalars_.size() * sizeof(float));
  size_t argument = 0;
  for (const ProgramInput& input : instance.program().inputs) {
    if (input.kind != InputKind::argument) continue;
    if (argument >= options_.data.columns.size()) {
      auto* data = reinterpret_cast<uint8_t*>(&scalars_[argument - options_.data.columns.size()]);
      if (instance.address({input.buffer, 0}) != data) {
        instance.setBuffer(input.buffer, data);
        instance.relink(input.buffer);
      }
    }
    ++argument;
  }
}

void Session::addOutputs(const Instance& instance, double* sums) const {
  for (const ProgramOutput& output : instance.program().outputs) {
    const uint8_t* data = instance.address(output.address);
    const int64_t count = output.type.shape.size();
    switch (output.type.dtype) {
      case DType::f32: sums = addAll<float>(data, count, sums); break;
      case DType::f64: sums = addAll<double>(data, count, sums); break;
      case DType::i32: sums = addAll<int32_t>(data, count, sums); break;
      default: sums = addAll<uint8_t>(data, count, sums);
    }
  }
}

RunResult Session::run(const RunSpec& spec) {
  if (spec.scalars.size() != scalars_.size() && spec.scalars.size() != scalars_.size() * static_cast<size_t>(spec.steps)) {
    throw Error::value("expected " + std::to_string(scalars_.size()) + " scalars for one or for every step");
  }
  if (spec.epoch < 0 || spec.batch < 0 || spec.batch >= batches_.perEpoch() || spec.steps < 0) {
    throw Error::value("a chunk must start inside an epoch of " + std::to_string(batches_.perEpoch()) + " batches");
  }
  const auto start = std::chrono::steady_clock::now();
  const FloatMode mode;
  prepare();
  RunResult result;
  if (spec.perStep) result.perStep.reserve(outputCount_ * static_cast<size_t>(spec.steps));
  std::vector<double> stepOutputs(outputCount_);
  int64_t epoch = spec.epoch, batch = spec.batch;
  for (int64_t step = 0; step < spec.steps; ++step) {
    const int64_t rows = batches_.rowsOf(batch);
    Bound& bound = boundFor(rows);
    batches_.bind(bound.instance, epoch, batch);
    bindScalars(bound.instance, spec, step);
    const Instance::Outcome outcome = bound.instance.run(*pool_, &abort_);
    if (outcome == Instance::Outcome::aborted) {
      result.stop = Stop::aborted;
      break;
    }
    if (outcome == Instance::Outcome::refused) {
      result.stop = Stop::refused;
      result.refusal = explain(bound, spec, step, epoch, batch);
      break;
    }
    if (result.epochs.empty() || result.epochs.back().epoch != epoch) {
      result.epochs.push_back({epoch, 0, 0, std::vector<double>(outputCount_)});
    }
    EpochSums& sums = result.epochs.back();
    if (spec.perStep) {
      std::fill(stepOutputs.begin(), stepOutputs.end(), 0.0);
      addOutputs(bound.instance, stepOutputs.data());
      result.perStep.insert(result.perStep.end(), stepOutputs.begin(), stepOutputs.end());
      for (size_t i = 0; i < outputCount_; ++i) sums.sums[i] += stepOutputs[i];
    } else {
      addOutputs(bound.instance, sums.sums.data());
    }
    ++sums.steps;
    sums.rows += rows;
    ++result.steps;
    if (++batch == batches_.perEpoch()) {
      batch = 0;
      ++epoch;
    }
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

Refusal Session::explain(Bound& bound, const RunSpec& spec, int64_t step, int64_t epoch, int64_t batch) {
  Refusal refusal{epoch, batch, std::nullopt, batches_.rowsIn(epoch, batch)};
  if (!bound.checked) return refusal;
  Arena arena;
  Instance unfused(bound.checked(), arena);
  arena.reserve(unfused.program(), threadCount());
  arrangeVariables(unfused.program(), options_.variables);
  unfused.setArena();
  unfused.link();
  bindStates(unfused, options_.variables);
  batches_.bind(unfused, epoch, batch);
  bindScalars(unfused, spec, step);
  refusal.found = findNonFinite(unfused, *pool_);
  return refusal;
}

std::vector<Array> Session::snapshot() const {
  std::vector<Array> copies;
  for (const auto& variable : options_.variables) copies.push_back(variable->read());
  return copies;
}

}  // namespace slalom
