#include "states.h"

#include <algorithm>

#include "../ir/error.h"

namespace slalom {

namespace {

bool writes(const Program& program) {
  return program.commitBegin < program.steps.size() || !program.unguarded.empty() || !program.guards.empty();
}

// What a list of one for every variable has for a member.
template <typename List>
const auto& at(const List& list, const StateBlock::Member& member) {
  return list[static_cast<size_t>(member.variable)];
}

// One after the other as the block wants them; for a program that writes, in memory that nobody else reads.
bool liesAs(const StateBlock& block, const Variables& variables, bool alone) {
  const auto memoryOf = [&](const StateBlock::Member& m) -> const Array& { return at(variables, m)->memory(); };
  const Array& first = memoryOf(block.members[0]);
  const int64_t start = first.offset - block.members[0].offset;
  if (start < 0 || start + block.bytes > first.block->bytes()) return false;
  return std::all_of(block.members.begin(), block.members.end(), [&](const StateBlock::Member& m) {
    if (alone && at(variables, m)->lent()) return false;
    return memoryOf(m).block == first.block && memoryOf(m).offset == start + m.offset;
  });
}

// Points every state block at the memory of its first member, less what lies before that.
template <typename MemoryOf>
void bindBlocks(Instance& instance, const MemoryOf& memoryOf) {
  for (const StateBlock& block : instance.program().stateBlocks) {
    if (block.members.empty()) continue;
    const StateBlock::Member& first = block.members[0];
    instance.bind(block.buffer, memoryOf(first).data() - first.offset);
  }
}

}  // namespace

States::States(Variables variables) : variables_(std::move(variables)) {
  for (const auto& variable : variables_) sorted_.push_back(variable.get());
  std::sort(sorted_.begin(), sorted_.end());
  if (std::adjacent_find(sorted_.begin(), sorted_.end()) != sorted_.end())
    throw Error::value("a variable is given twice");
}

void States::check(const Program& program) const {
  size_t count = 0;
  for (const ProgramInput& input : program.inputs) {
    if (input.kind != InputKind::state) continue;
    if (count < variables_.size()) {
      const Type& found = variables_[count]->type();
      if (!(found == input.type)) {
        throw Error(found.dtype == input.type.dtype ? ErrorCode::shape : ErrorCode::dtype,
                    "variable '" + input.name + "': expected " + input.type.toString() + ", found " + found.toString());
      }
    }
    ++count;
  }
  if (count != variables_.size()) {
    throw Error::value("expected " + std::to_string(count) + " variables, found " + std::to_string(variables_.size()));
  }
}

void States::lease() {
  for (size_t i = 0; i < variables_.size(); ++i) {
    if (variables_[i]->lease()) continue;
    while (i-- > 0) variables_[i]->release();
    throw Error(ErrorCode::busy, "another run is training these variables");
  }
}

void States::release() {
  for (const auto& variable : variables_) variable->release();
}

void States::refuseIfLeased() const {
  if (std::any_of(variables_.begin(), variables_.end(), [](const auto& variable) { return variable->leased(); }))
    throw Error(ErrorCode::busy, "a run is training these variables");
}

// ---- locks ----

States::Hold::Hold(const States& states, bool alone) : states_(states), alone_(alone) {
  for (Variable* v : states_.sorted_) alone_ ? v->mutex().lock() : v->mutex().lock_shared();
}

States::Hold::~Hold() {
  for (Variable* v : states_.sorted_) alone_ ? v->mutex().unlock() : v->mutex().unlock_shared();
}

std::unique_ptr<States::Hold> States::hold(const std::vector<const Program*>& programs) const {
  const bool alone = std::any_of(programs.begin(), programs.end(), [](const Program* p) { return writes(*p); });
  const auto arranged = [&] {
    return std::all_of(programs.begin(), programs.end(), [&](const Program* p) { return isArranged(*p, alone); });
  };
  std::unique_ptr<Hold> held(new Hold(*this, alone));
  if (arranged()) return held;
  if (!alone) {
    held.reset();
    held.reset(new Hold(*this, true));
  }
  for (const Program* program : programs) arrange(*program);
  if (!arranged()) throw Error::internal("two programs want the same variables in different places");
  return held;
}

// ---- layout ----

bool States::isArranged(const Program& program, bool alone) const {
  return std::all_of(program.stateBlocks.begin(), program.stateBlocks.end(), [&](const StateBlock& block) {
    return block.members.empty() || liesAs(block, variables_, alone);
  });
}

void States::arrange(const Program& program) const {
  for (const StateBlock& wanted : program.stateBlocks) {
    if (wanted.members.empty() || liesAs(wanted, variables_, true)) continue;
    const std::shared_ptr<Block> block = Block::make(wanted.bytes);
    for (const StateBlock::Member& m : wanted.members) at(variables_, m)->moveTo(block, m.offset);
  }
}

void States::bind(Instance& instance) const {
  bindBlocks(instance, [&](const StateBlock::Member& m) -> const Array& { return at(variables_, m)->memory(); });
}

// ---- pins ----

std::shared_ptr<const Pin> States::pin(const std::vector<const Program*>& programs) const {
  if (std::any_of(programs.begin(), programs.end(), [](const Program* p) { return writes(*p); })) return nullptr;
  refuseIfLeased();
  const auto held = hold(programs);
  std::vector<Array> arrays;
  for (const auto& variable : variables_) arrays.push_back(variable->memory());
  return std::make_shared<Pin>(std::move(arrays));
}

void States::bind(Instance& instance, const Pin& pin) const {
  bindBlocks(instance, [&](const StateBlock::Member& m) -> const Array& { return at(pin.arrays(), m); });
}

}  // namespace slalom
