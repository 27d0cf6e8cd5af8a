#include "passes_execute.h"

#include <algorithm>
#include <cstring>

namespace slalom::test {

// 64-byte aligned, between guard bytes that address sanitizers see.
struct Execution::Memory {
  explicit Memory(int64_t bytes, uint8_t filling) : storage(static_cast<size_t>(bytes) + 64, filling) {}
  uint8_t* data() { return reinterpret_cast<uint8_t*>((reinterpret_cast<uintptr_t>(storage.data()) + 63) / 64 * 64); }
  std::vector<uint8_t> storage;
};

namespace {

constexpr uint8_t kGarbage = 0xd7;

template <typename T>
void append(Data& data, double value) {
  const T element = static_cast<T>(value);
  const auto* bytes = reinterpret_cast<const uint8_t*>(&element);
  data.insert(data.end(), bytes, bytes + sizeof element);
}

template <typename T>
void read(const Data& data, std::vector<double>& values) {
  for (size_t i = 0; i + sizeof(T) <= data.size(); i += sizeof(T)) {
    T element;
    std::memcpy(&element, data.data() + i, sizeof element);
    values.push_back(static_cast<double>(element));
  }
}

}  // namespace

Data dataOf(DType dtype, const std::vector<double>& values) {
  Data data;
  for (double value : values) {
    if (dtype == DType::f32) append<float>(data, value);
    if (dtype == DType::f64) append<double>(data, value);
    if (dtype == DType::i32) append<int32_t>(data, value);
    if (dtype == DType::boolean || dtype == DType::u8) append<uint8_t>(data, value);
  }
  return data;
}

std::vector<double> valuesOf(DType dtype, const Data& data) {
  std::vector<double> values;
  if (dtype == DType::f32) read<float>(data, values);
  if (dtype == DType::f64) read<double>(data, values);
  if (dtype == DType::i32) read<int32_t>(data, values);
  if (dtype == DType::boolean || dtype == DType::u8) read<uint8_t>(data, values);
  return values;
}

Execution::Execution(std::shared_ptr<const Program> program)
    : program_(std::move(program)), blob_(program_->blob.size() / 8 + 1), bases_(program_->buffers.size(), nullptr) {
  std::copy(program_->blob.begin(), program_->blob.end(), reinterpret_cast<uint8_t*>(blob_.data()));
  for (const LoopSpec& loop : program_->loops) {
    bodies_.push_back(std::make_unique<Execution>(loop.body));
    bodies_.back()->isBody_ = true;
  }
}

Execution::~Execution() = default;

void Execution::bindOwn() {
  const auto make = [&](int64_t bytes, uint8_t filling) {
    memories_.push_back(std::make_unique<Memory>(bytes, filling));
    return memories_.back()->data();
  };
  uint8_t* arena = make(program_->arenaBytes, kGarbage);
  uint8_t* zeroed = make(program_->zeroedBytes, 0);
  scratch_ = make(static_cast<int64_t>(program_->scratchBytes), kGarbage);
  for (size_t i = 0; i < bases_.size(); ++i) {
    const Buffer& buffer = program_->buffers[i];
    if (buffer.kind == BufferKind::arena) bases_[i] = arena + buffer.offset;
    if (buffer.kind == BufferKind::zeroed) bases_[i] = zeroed + buffer.offset;
    if (buffer.kind == BufferKind::constant) {
      bases_[i] = make(buffer.bytes, 0);
      const auto from = program_->constants.begin() + buffer.offset;
      std::copy(from, from + buffer.bytes, bases_[i]);
    }
    if (buffer.kind == BufferKind::argument || buffer.kind == BufferKind::state) bases_[i] = make(buffer.bytes, 0);
  }
}

int32_t Execution::variableOf(size_t input) const {
  if (program_->inputs[input].kind != InputKind::state) return -1;
  const auto from = program_->inputs.begin();
  return static_cast<int32_t>(std::count_if(from, from + static_cast<std::ptrdiff_t>(input),
                                            [](const ProgramInput& in) { return in.kind == InputKind::state; }));
}

void Execution::set(size_t input, Data data) {
  if (memories_.empty()) {
    bindOwn();
    linkAll();
  }
  const ProgramInput& in = program_->inputs[input];
  uint8_t* at = bases_[static_cast<size_t>(in.buffer)];
  for (const StateBlock& block : program_->stateBlocks) {
    for (const StateBlock::Member& member : block.members) {
      if (member.variable == variableOf(input)) at += member.offset;
    }
  }
  std::copy(data.begin(), data.end(), at);
}

Data Execution::state(size_t input) const {
  for (const StateBlock& block : program_->stateBlocks) {
    for (const StateBlock::Member& member : block.members) {
      if (member.variable != variableOf(input)) continue;
      const uint8_t* at = bases_[static_cast<size_t>(block.buffer)] + member.offset;
      return Data(at, at + program_->inputs[input].type.bytes());
    }
  }
  return {};
}

Data Execution::output(size_t i) const {
  const uint8_t* at = address(program_->outputs[i].address);
  return Data(at, at + program_->outputs[i].type.bytes());
}

void Execution::link(int32_t buffer) {
  for (const Relocation& r : program_->relocations) {
    if (r.target.buffer != buffer) continue;
    uint8_t* target = address(r.target);
    std::memcpy(reinterpret_cast<uint8_t*>(blob_.data()) + r.at, &target, sizeof target);
  }
}

void Execution::linkAll() {
  for (size_t i = 0; i < bases_.size(); ++i) link(static_cast<int32_t>(i));
}

void Execution::spoil(int32_t step) {
  for (size_t i = 0; i < bases_.size(); ++i) {
    const Buffer& buffer = program_->buffers[i];
    const bool holds = buffer.kind == BufferKind::arena && !program_->faults.empty() &&
                       static_cast<int32_t>(i) == program_->faults[0].address.buffer;
    if (buffer.kind != BufferKind::arena || holds || buffer.firstStep != step) continue;
    std::memset(bases_[i], kGarbage, static_cast<size_t>(buffer.bytes));
  }
}

void Execution::runSteps(const std::vector<Step>& steps, size_t begin, size_t end, bool spoils) {
  auto* blob = reinterpret_cast<uint8_t*>(blob_.data());
  for (size_t i = begin; i < end; ++i) {
    if (spoils) spoil(static_cast<int32_t>(i));
    if (steps[i].loop >= 0) {
      runLoop(static_cast<size_t>(steps[i].loop));
    } else {
      const CallStep& call = steps[i].call;
      for (int64_t tile = call.tiles; tile-- > 0;) call.run(blob + call.args, tile, tile + 1, scratch_);
    }
  }
}

void Execution::runLoop(size_t index) {
  const LoopSpec& loop = program_->loops[index];
  Execution& body = *bodies_[index];
  body.scratch_ = scratch_;
  for (size_t i = 0; i < body.bases_.size(); ++i) {
    const Buffer& buffer = body.program_->buffers[i];
    if (buffer.kind == BufferKind::arena) body.bases_[i] = address(loop.arena) + buffer.offset;
    if (buffer.kind == BufferKind::zeroed) body.bases_[i] = address(loop.zeroed) + buffer.offset;
    if (buffer.kind == BufferKind::constant) {
      body.bases_[i] = const_cast<uint8_t*>(body.program_->constants.data()) + buffer.offset;
    }
  }
  body.clearFaults();
  const auto copyAll = [&](const std::vector<LoopCopy>& copies, int64_t t) {
    for (const LoopCopy& copy : copies) {
      const auto at = [&](const LoopPlace& p) { return (p.body ? body.address(p.at) : address(p.at)) + t * p.stride; };
      std::memmove(at(copy.to), at(copy.from), static_cast<size_t>(copy.bytes));
    }
  };
  copyAll(loop.setup, 0);
  for (int64_t i = 0; i < loop.count; ++i) {
    const int64_t t = loop.reverse ? loop.count - 1 - i : i;
    for (const LoopBinding& b : loop.bindings) {
      body.bases_[static_cast<size_t>(b.buffer)] = address(b.outer) + t * b.stride;
    }
    body.linkAll();
    copyAll(loop.before, t);
    body.runSteps(body.program_->steps, 0, body.program_->steps.size(), true);
    copyAll(loop.after, t);
  }
}

void Execution::clearFaults() {
  for (const FaultSlot& fault : program_->faults) {
    const int64_t fine = INT64_MAX;
    std::memcpy(address(fault.address), &fine, sizeof fine);
  }
}

void Execution::countFaults() {
  faults_ = 0;
  for (const FaultSlot& fault : program_->faults) {
    int64_t position;
    std::memcpy(&position, address(fault.address), sizeof position);
    if (position != INT64_MAX) ++faults_;
  }
}

bool Execution::run() {
  if (memories_.empty()) {
    bindOwn();
    linkAll();
  }
  const FloatMode mode;
  clearFaults();
  runSteps(program_->steps, 0, program_->commitBegin, true);
  countFaults();
  bool holds = true;
  for (BufferRef guard : program_->guards) holds = holds && *address(guard) == 1;
  if (holds) runSteps(program_->steps, program_->commitBegin, program_->steps.size(), true);
  runSteps(program_->unguarded, 0, program_->unguarded.size(), false);
  return holds;
}

std::vector<Data> runOnce(const Graph& g, const CompileOptions& options, const std::vector<Data>& inputs) {
  const std::shared_ptr<const Program> program = compile(g, options);
  Execution execution(program);
  for (size_t i = 0; i < inputs.size(); ++i) execution.set(i, inputs[i]);
  execution.run();
  std::vector<Data> results;
  for (size_t i = 0; i < program->outputs.size(); ++i) results.push_back(execution.output(i));
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (program->inputs[i].kind == InputKind::state) results.push_back(execution.state(i));
  }
  return results;
}

}  // namespace slalom::test
