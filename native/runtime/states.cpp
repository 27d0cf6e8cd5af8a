#include "states.h"

namespace slalom {

void bindStates(Instance& instance, const Variables& variables) {
  const Program& program = instance.program();
  std::vector<const Variable*> byInput;
  size_t next = 0;
  for (const ProgramInput& input : program.inputs) {
    byInput.push_back(input.kind == InputKind::state ? variables[next++].get() : nullptr);
  }
  for (const StateBlock& block : program.stateBlocks) {
    if (block.members.empty()) continue;
    const StateBlock::Member& first = block.members[0];
    uint8_t* base = byInput[static_cast<size_t>(first.input)]->memory().data() - first.offset;
    if (instance.address({block.buffer, 0}) == base) continue;
    instance.setBuffer(block.buffer, base);
    instance.relink(block.buffer);
  }
}

}  // namespace slalom
