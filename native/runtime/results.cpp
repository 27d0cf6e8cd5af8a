#include "results.h"

#include <set>

namespace slalom {

namespace {
constexpr int64_t kWorthOwnMemory = 64 << 10;
}

Results::Results(Instance& instance) : instance_(instance) {
  const Program& program = instance.program();
  std::set<int32_t> given;
  for (const ProgramOutput& output : program.outputs) {
    const Buffer& buffer = program.buffers[static_cast<size_t>(output.address.buffer)];
    const int64_t bytes = output.type.bytes();
    const bool own = buffer.kind == BufferKind::arena && buffer.bytes == bytes && bytes >= kWorthOwnMemory &&
                     given.insert(output.address.buffer).second;
    own_.push_back(own ? Block::raw(bytes) : nullptr);
  }
  for (size_t i = 0; i < own_.size(); ++i) {
    if (own_[i]) instance.bind(program.outputs[i].address.buffer, own_[i]->data());
  }
}

Results::~Results() {
  for (size_t i = 0; i < own_.size(); ++i) {
    if (own_[i]) instance_.bindToArena(instance_.program().outputs[i].address.buffer);
  }
}

std::vector<Array> Results::take() const {
  std::vector<Array> arrays;
  for (size_t i = 0; i < own_.size(); ++i) {
    const ProgramOutput& output = instance_.program().outputs[i];
    arrays.push_back(own_[i] ? Array{own_[i], 0, output.type}
                             : Array::from(instance_.address(output.address), output.type));
  }
  return arrays;
}

}  // namespace slalom
