#include "function.h"

#include <cstring>

#include "results.h"

namespace slalom {

namespace {

void bindArguments(Instance& instance, const std::vector<Array>& arguments) {
  size_t next = 0;
  for (const ProgramInput& input : instance.program().inputs) {
    if (input.kind == InputKind::argument) instance.bind(input.buffer, arguments[next++].data());
  }
}

}  // namespace

Error nonFiniteError(const std::optional<NonFinite>& found) {
  if (!found) return {ErrorCode::nonFinite, "the loss, a gradient or an assigned value is not finite"};
  Error error(ErrorCode::nonFinite,
              std::string("the first ") + (found->nan ? "NaN" : "infinity") + " is in its result " + found->type);
  error.op = found->op;
  error.path = found->path;
  return error;
}

Function::Function(std::shared_ptr<const Program> program, Variables variables, CheckedProgram checked)
    : pool_(ThreadPool::shared()),
      states_(std::move(variables)),
      checked_(std::move(checked)),
      instance_(std::move(program), arena_),
      programs_{&instance_.program()} {
  states_.check(instance_.program());
}

int64_t Function::bytes() const { return instance_.program().arenaBytes + instance_.program().zeroedBytes; }

void Function::checkArguments(const std::vector<Array>& arguments) const {
  size_t next = 0;
  for (const ProgramInput& input : instance_.program().inputs) {
    if (input.kind != InputKind::argument) continue;
    if (next == arguments.size()) throw Error::value("argument '" + input.name + "' is missing");
    const Type& found = arguments[next++].type;
    if (!(found == input.type)) {
      throw Error(found.dtype == input.type.dtype ? ErrorCode::shape : ErrorCode::dtype,
                  "argument '" + input.name + "': expected " + input.type.toString() + ", found " + found.toString());
    }
  }
  if (next != arguments.size()) {
    throw Error::value("expected " + std::to_string(next) + " arguments, found " + std::to_string(arguments.size()));
  }
}

std::unique_ptr<States::Hold> Function::holdFree() const {
  states_.refuseIfLeased();
  auto held = states_.hold(programs_);
  states_.refuseIfLeased();  // a run may have begun while this waited for another's call
  return held;
}

void Function::bindAll(const std::vector<Array>& arguments, const Pin* pin) {
  if (arena_.reserve(instance_.program(), threadCount())) instance_.link();
  pin ? states_.bind(instance_, *pin) : states_.bind(instance_);
  bindArguments(instance_, arguments);
}

std::unique_ptr<States::Hold> Function::prepare(const std::vector<Array>& arguments, const Pin* pin) {
  checkArguments(arguments);
  auto held = pin ? nullptr : holdFree();
  bindAll(arguments, pin);
  return held;
}

void Function::run(const std::vector<Array>& arguments) {
  const FloatMode mode;
  if (instance_.run(*pool_, nullptr) == Instance::Outcome::refused) repeat(arguments);
}

std::vector<Array> Function::call(const std::vector<Array>& arguments, const Pin* pin) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto held = prepare(arguments, pin);
  const Results results(instance_);
  run(arguments);
  return results.take();
}

void Function::callInto(const std::vector<Array>& arguments, const std::vector<uint8_t*>& targets, const Pin* pin) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto held = prepare(arguments, pin);
  run(arguments);
  for (size_t i = 0; i < targets.size(); ++i) {
    const ProgramOutput& output = outputs()[i];
    const auto bytes = static_cast<size_t>(output.type.bytes());
    if (bytes > 0) std::memcpy(targets[i], instance_.address(output.address), bytes);
  }
}

Profile Function::profile(const std::vector<Array>& arguments, int64_t warmUps, int64_t repeats) {
  if (warmUps < 0 || repeats < 1) throw Error::value("expected 0 warm-ups or more and at least one repeat");
  const std::lock_guard<std::mutex> lock(mutex_);
  checkArguments(arguments);
  const auto held = holdFree();
  bindAll(arguments, nullptr);
  const FloatMode mode;
  StepTimer timer(instance_.share());
  const auto run = [&](StepObserver* observer) {
    if (instance_.run(*pool_, nullptr, observer) == Instance::Outcome::refused) repeat(arguments);
  };
  for (int64_t i = 0; i < warmUps; ++i) run(nullptr);
  for (int64_t i = 0; i < repeats; ++i) {
    timer.beginRun();
    run(&timer);
    timer.endRun();
  }
  return timer.take();
}

// From the same state, so before anything is committed.
void Function::repeat(const std::vector<Array>& arguments) {
  Verdict verdict{Instance::Outcome::refused, std::nullopt};
  if (checked_) {
    Arena arena;
    Instance unfused(checked_(), arena);
    states_.check(unfused.program());
    states_.arrange(unfused.program());
    arena.reserve(unfused.program(), threadCount());
    unfused.link();
    states_.bind(unfused);
    bindArguments(unfused, arguments);
    verdict = judge(unfused, *pool_, nullptr);
    if (verdict.outcome == Instance::Outcome::done) instance_.takeOutputs(unfused);
    states_.arrange(instance_.program());
    states_.bind(instance_);
  }
  if (verdict.outcome == Instance::Outcome::done) return;
  instance_.commitUnguarded(*pool_);
  throw nonFiniteError(verdict.found);
}

}  // namespace slalom
