#include "function.h"

#include <cstring>

namespace slalom {

Error nonFiniteError(const std::optional<NonFinite>& found) {
  if (!found) return {ErrorCode::nonFinite, "a gradient or the loss is not finite"};
  Error error(ErrorCode::nonFinite, std::string("the first ") + (found->nan ? "NaN" : "infinity") + " is in its result " + found->type);
  error.op = found->op;
  error.path = found->path;
  return error;
}

Function::Function(std::shared_ptr<const Program> program, Variables variables, CheckedProgram checked)
    : pool_(ThreadPool::shared()),
      variables_(std::move(variables)),
      checked_(std::move(checked)),
      instance_(std::move(program), arena_) {
  checkVariables(instance_.program(), variables_);
}

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

void Function::bindArguments(Instance& instance, const std::vector<Array>& arguments) const {
  size_t next = 0;
  for (const ProgramInput& input : instance.program().inputs) {
    if (input.kind != InputKind::argument) continue;
    instance.setBuffer(input.buffer, arguments[next++].data());
    instance.relink(input.buffer);
  }
}

// Memory as large as the program and the threads want it, variables where it wants them.
void Function::prepare() {
  for (const auto& variable : variables_) {
    if (variable->leased()) throw Error(ErrorCode::busy, "a run is training these variables");
  }
  const bool moved = arena_.reserve(instance_.program(), threadCount());
  arrangeVariables(instance_.program(), variables_);
  if (moved) {
    instance_.setArena();
    instance_.link();
  }
  bindStates(instance_, variables_);
}

std::vector<Array> Function::call(const std::vector<Array>& arguments) {
  const std::lock_guard<std::mutex> lock(mutex_);
  checkArguments(arguments);
  prepare();
  bindArguments(instance_, arguments);
  const FloatMode mode;
  if (instance_.run(*pool_, nullptr) == Instance::Outcome::refused) explainRefusal(arguments);
  std::vector<Array> results;
  for (const ProgramOutput& output : instance_.program().outputs) {
    Array result = Array::make(output.type);
    std::memcpy(result.data(), instance_.address(output.address), static_cast<size_t>(output.type.bytes()));
    results.push_back(std::move(result));
  }
  return results;
}

void Function::explainRefusal(const std::vector<Array>& arguments) {
  if (!checked_) throw nonFiniteError(std::nullopt);
  Arena arena;
  Instance unfused(checked_(), arena);
  arena.reserve(unfused.program(), threadCount());
  arrangeVariables(unfused.program(), variables_);
  unfused.setArena();
  unfused.link();
  bindStates(unfused, variables_);
  bindArguments(unfused, arguments);
  throw nonFiniteError(findNonFinite(unfused, *pool_));
}

}  // namespace slalom
