#include "instance.h"

#include <algorithm>
#include <cstring>

#include "../ir/error.h"

namespace slalom {

namespace {

int64_t scratchOf(const Program& program) {
  auto bytes = static_cast<int64_t>(program.scratchBytes);
  for (const LoopSpec& loop : program.loops) bytes = std::max(bytes, scratchOf(*loop.body));
  return bytes;
}

}  // namespace

bool Arena::reserve(const Program& program, int wantedThreads) {
  bool moved = false;
  if (!block || block->bytes() < program.arenaBytes) {
    block = Block::raw(program.arenaBytes);
    moved = true;
  }
  const auto wantedStride = static_cast<size_t>((scratchOf(program) + 63) / 64 * 64 + 64);
  if (!scratch || wantedStride > stride || wantedThreads > threads) {
    stride = std::max(stride, wantedStride);
    threads = std::max(threads, wantedThreads);
    scratch = Block::make(static_cast<int64_t>(stride) * threads);
  }
  return moved;
}

Instance::Instance(std::shared_ptr<const Program> program, Arena& arena)
    : program_(std::move(program)),
      arena_(arena),
      blob_((program_->blob.size() + 7) / 8),
      bases_(program_->buffers.size(), nullptr),
      zeroed_(Block::make(program_->zeroedBytes)),
      pointersInto_(program_->buffers.size()),
      poison_(*program_) {
  if (!blob_.empty()) std::memcpy(blob_.data(), program_->blob.data(), program_->blob.size());
  const std::vector<Relocation>& relocations = program_->relocations;
  for (size_t i = 0; i < relocations.size(); ++i) {
    pointersInto_[static_cast<size_t>(relocations[i].target.buffer)].push_back(static_cast<uint32_t>(i));
  }
  for (size_t i = 0; i < program_->buffers.size(); ++i) {
    const Buffer& buffer = program_->buffers[i];
    if (buffer.kind == BufferKind::zeroed) bases_[i] = zeroed_->data() + buffer.offset;
    if (buffer.kind == BufferKind::constant)
      bases_[i] = const_cast<uint8_t*>(program_->constants.data()) + buffer.offset;
  }
  for (const LoopSpec& loop : program_->loops) bodies_.push_back(std::make_unique<Instance>(loop.body, arena));
}

// ---- addresses ----

void Instance::relink(int32_t buffer) {
  auto* blob = reinterpret_cast<uint8_t*>(blob_.data());
  for (uint32_t index : pointersInto_[static_cast<size_t>(buffer)]) {
    const Relocation& r = program_->relocations[index];
    uint8_t* target = address(r.target);
    std::memcpy(blob + r.at, &target, sizeof target);
  }
}

void Instance::bind(int32_t buffer, uint8_t* data) {
  uint8_t*& base = bases_[static_cast<size_t>(buffer)];
  if (base == data) return;
  base = data;
  relink(buffer);
}

void Instance::bindToArena(int32_t buffer) {
  bind(buffer, arenaBase_ + program_->buffers[static_cast<size_t>(buffer)].offset);
}

void Instance::link() {
  arenaBase_ = arena_.block->data();
  linkPointers();
}

void Instance::linkPointers() {
  for (size_t b = 0; b < bases_.size(); ++b) {
    const Buffer& buffer = program_->buffers[b];
    if (buffer.kind == BufferKind::arena) bases_[b] = arenaBase_ + buffer.offset;
    relink(static_cast<int32_t>(b));
  }
  for (size_t i = 0; i < bodies_.size(); ++i) {
    const LoopSpec& loop = program_->loops[i];
    Instance& body = *bodies_[i];
    if (loop.arena.valid()) body.arenaBase_ = address(loop.arena);
    for (size_t b = 0; b < body.bases_.size(); ++b) {
      const Buffer& buffer = body.program_->buffers[b];
      if (buffer.kind == BufferKind::zeroed) body.bases_[b] = address(loop.zeroed) + buffer.offset;
    }
    body.linkPointers();
  }
}

// ---- steps ----

void Instance::runCall(const CallStep& call, ThreadPool& pool, int threads) {
  const uint8_t* args = reinterpret_cast<const uint8_t*>(blob_.data()) + call.args;
  if (call.tiles == 1 || !call.shared || threads == 1) {
    call.run(args, 0, call.tiles, arena_.scratch->data());
  } else {
    pool.run(call.run, args, call.tiles, arena_.scratch->data(), arena_.stride, threads, call.group);
  }
}

bool Instance::isLastOfNode(size_t step, size_t end) const {
  if (step + 1 == end) return true;
  const Step& next = program_->steps[step + 1];
  return next.loop >= 0 || next.call.label != program_->steps[step].call.label;
}

bool Instance::runSteps(size_t begin, size_t end, const Hands& hands) {
  const int threads = std::min(arena_.threads, threadCount());
  for (size_t i = begin; i < end; ++i) {
    if (hands.abort && hands.abort->load(std::memory_order_relaxed)) return false;
    const Step& step = program_->steps[i];
    poison_.before(arenaBase_, i);
    if (step.loop >= 0) {
      if (!runLoop(step, hands)) return false;
    } else {
      runCall(step.call, hands.pool, threads);
      if (hands.observer && isLastOfNode(i, end) && hands.observer->afterNode(labelOf(step), *this)) return false;
    }
    poison_.after(arenaBase_, i);
  }
  return true;
}

void Instance::copyAll(const std::vector<LoopCopy>& copies, const Instance& body, int64_t iteration) const {
  const auto place = [&](const LoopPlace& p) {
    return (p.body ? body.address(p.at) : address(p.at)) + iteration * p.stride;
  };
  for (const LoopCopy& c : copies) std::memmove(place(c.to), place(c.from), static_cast<size_t>(c.bytes));
}

void Instance::bindLoop(const LoopSpec& loop, Instance& body, int64_t iteration, bool all) {
  for (const LoopBinding& b : loop.bindings) {
    if (all || b.stride != 0) body.bind(b.buffer, address(b.outer) + iteration * b.stride);
  }
}

bool Instance::runLoop(const Step& step, const Hands& hands) {
  const LoopSpec& loop = program_->loops[static_cast<size_t>(step.loop)];
  Instance& body = *bodies_[static_cast<size_t>(step.loop)];
  const auto copied = [&] {
    if (hands.observer) hands.observer->afterCopies(labelOf(step), *this);
  };
  copyAll(loop.setup, body, 0);
  if (loop.count == 0) return true;
  bindLoop(loop, body, 0, true);
  body.poison_.begin(body.arenaBase_);
  body.clearFaults();
  for (int64_t i = 0; i < loop.count; ++i) {
    const int64_t iteration = loop.reverse ? loop.count - 1 - i : i;
    bindLoop(loop, body, iteration, false);
    copyAll(loop.before, body, iteration);
    copied();
    if (i > 0) body.poison_.begin(body.arenaBase_);
    if (!body.runSteps(0, body.program_->steps.size(), hands)) return false;
    copyAll(loop.after, body, iteration);
    copied();
  }
  body.throwOnFault();
  body.poison_.end(body.arenaBase_);
  return true;
}

// ---- runs ----

void Instance::clearFaults() {
  for (const FaultSlot& fault : program_->faults) {
    const int64_t fine = INT64_MAX;
    std::memcpy(address(fault.address), &fine, sizeof fine);
  }
}

void Instance::throwOnFault() const {
  for (const FaultSlot& fault : program_->faults) {
    int64_t position;
    std::memcpy(&position, address(fault.address), sizeof position);
    if (position == INT64_MAX) continue;
    const Label& label = program_->labels[static_cast<size_t>(fault.label)];
    Error error(ErrorCode::data, "an index is out of range, first at position " + std::to_string(position));
    error.op = label.op;
    error.path = label.path;
    error.row = position;
    throw error;
  }
}

bool Instance::guardsHold() const {
  for (BufferRef guard : program_->guards) {
    if (*address(guard) == 0) return false;
  }
  return true;
}

Instance::Outcome Instance::run(ThreadPool& pool, const AbortFlag* abort, StepObserver* observer) {
  poison_.begin(arenaBase_);
  clearFaults();
  if (!runSteps(0, program_->commitBegin, {pool, abort, observer})) return Outcome::aborted;
  throwOnFault();
  if (!guardsHold()) return Outcome::refused;
  runSteps(program_->commitBegin, program_->steps.size(), {pool, nullptr, observer});
  commitUnguarded(pool, observer);
  return Outcome::done;
}

void Instance::commitUnguarded(ThreadPool& pool, StepObserver* observer) {
  const int threads = std::min(arena_.threads, threadCount());
  for (const Step& step : program_->unguarded) {
    runCall(step.call, pool, threads);
    if (observer) observer->afterNode(labelOf(step), *this);
  }
}

void Instance::takeOutputs(const Instance& from) {
  for (size_t i = 0; i < program_->outputs.size(); ++i) {
    const ProgramOutput& output = program_->outputs[i];
    const auto bytes = static_cast<size_t>(output.type.bytes());
    if (bytes == 0 || program_->buffers[static_cast<size_t>(output.address.buffer)].kind == BufferKind::state) continue;
    std::memcpy(address(output.address), from.address(from.program_->outputs[i].address), bytes);
  }
}

void Instance::observe(ThreadPool& pool, StepObserver& observer) {
  poison_.begin(arenaBase_);
  clearFaults();
  runSteps(0, program_->commitBegin, {pool, nullptr, &observer});
}

}  // namespace slalom
