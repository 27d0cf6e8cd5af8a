#include "variable.h"

#include <cstring>

#include "../ir/error.h"

namespace slalom {

Variable::Variable(const Array& initial) : memory_(Array::make(initial.type)) {
  std::memcpy(memory_.data(), initial.data(), static_cast<size_t>(memory_.type.bytes()));
}

Array Variable::read() const {
  Array copy = Array::make(memory_.type);
  std::memcpy(copy.data(), memory_.data(), static_cast<size_t>(memory_.type.bytes()));
  return copy;
}

void Variable::write(const Array& value) {
  if (value.type.dtype != memory_.type.dtype) {
    throw Error::dtype("expected " + memory_.type.toString() + ", found " + value.type.toString());
  }
  if (value.type.shape != memory_.type.shape) {
    throw Error::shape("expected " + memory_.type.toString() + ", found " + value.type.toString());
  }
  std::memcpy(memory_.data(), value.data(), static_cast<size_t>(memory_.type.bytes()));
}

void Variable::moveTo(std::shared_ptr<Block> block, int64_t offset) {
  std::memcpy(block->data() + offset, memory_.data(), static_cast<size_t>(memory_.type.bytes()));
  memory_.block = std::move(block);
  memory_.offset = offset;
}

namespace {

// The variable of each state input, in the order of Program::inputs; null for arguments.
std::vector<Variable*> byInput(const Program& program, const Variables& variables) {
  std::vector<Variable*> list;
  size_t next = 0;
  for (const ProgramInput& input : program.inputs) {
    list.push_back(input.kind == InputKind::state ? variables[next++].get() : nullptr);
  }
  return list;
}

bool liesAs(const StateBlock& block, const std::vector<Variable*>& variables) {
  const auto memoryOf = [&](const StateBlock::Member& m) -> const Array& { return variables[static_cast<size_t>(m.input)]->memory(); };
  const Array& first = memoryOf(block.members[0]);
  const int64_t start = first.offset - block.members[0].offset;
  if (start < 0 || start + block.bytes > first.block->bytes()) return false;
  for (const StateBlock::Member& m : block.members) {
    if (memoryOf(m).block != first.block || memoryOf(m).offset != start + m.offset) return false;
  }
  return true;
}

}  // namespace

void checkVariables(const Program& program, const Variables& variables) {
  size_t next = 0;
  for (const ProgramInput& input : program.inputs) {
    if (input.kind != InputKind::state) continue;
    if (next >= variables.size()) break;
    const Type& found = variables[next++]->type();
    if (!(found == input.type)) {
      throw Error::shape("variable '" + input.name + "' is " + found.toString() + ", but the program wants " + input.type.toString());
    }
  }
  size_t wanted = 0;
  for (const ProgramInput& input : program.inputs) wanted += input.kind == InputKind::state;
  if (wanted != variables.size()) {
    throw Error::value("expected " + std::to_string(wanted) + " variables, found " + std::to_string(variables.size()));
  }
}

void arrangeVariables(const Program& program, const Variables& variables) {
  const std::vector<Variable*> list = byInput(program, variables);
  for (const StateBlock& wanted : program.stateBlocks) {
    if (wanted.members.empty() || liesAs(wanted, list)) continue;
    const std::shared_ptr<Block> block = Block::make(wanted.bytes);
    for (const StateBlock::Member& m : wanted.members) list[static_cast<size_t>(m.input)]->moveTo(block, m.offset);
  }
}

}  // namespace slalom
