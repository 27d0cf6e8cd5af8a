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
    block = Block::make(program.arenaBytes);
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
      pointersInto_(program_->buffers.size()) {
  std::memcpy(blob_.data(), program_->blob.data(), program_->blob.size());
  const std::vector<Relocation>& relocations = program_->relocations;
  for (size_t i = 0; i < relocations.size(); ++i) {
    pointersInto_[static_cast<size_t>(relocations[i].target.buffer)].push_back(static_cast<uint32_t>(i));
  }
  for (size_t i = 0; i < program_->buffers.size(); ++i) {
    const Buffer& buffer = program_->buffers[i];
    if (buffer.kind == BufferKind::zeroed) bases_[i] = zeroed_->data() + buffer.offset;
    if (buffer.kind == BufferKind::constant) bases_[i] = const_cast<uint8_t*>(program_->constants.data()) + buffer.offset;
  }
  for (const LoopSpec& loop : program_->loops) bodies_.push_back(std::make_unique<Instance>(loop.body, arena));
}

void Instance::setArena() {
  for (size_t i = 0; i < bases_.size(); ++i) {
    const Buffer& buffer = program_->buffers[i];
    if (buffer.kind == BufferKind::arena) bases_[i] = arena_.block->data() + buffer.offset;
  }
}

void Instance::relink(int32_t buffer) {
  for (uint32_t index : pointersInto_[static_cast<size_t>(buffer)]) {
    const Relocation& r = program_->relocations[index];
    uint8_t* target = address(r.target);
    std::memcpy(reinterpret_cast<uint8_t*>(blob_.data()) + r.at, &target, sizeof target);
  }
}

void Instance::link() {
  for (size_t b = 0; b < bases_.size(); ++b) relink(static_cast<int32_t>(b));
  for (size_t i = 0; i < bodies_.size(); ++i) {
    const LoopSpec& loop = program_->loops[i];
    Instance& body = *bodies_[i];
    for (size_t b = 0; b < body.bases_.size(); ++b) {
      const Buffer& buffer = body.program_->buffers[b];
      if (buffer.kind == BufferKind::arena) body.bases_[b] = address(loop.arena) + buffer.offset;
      if (buffer.kind == BufferKind::zeroed) body.bases_[b] = address(loop.zeroed) + buffer.offset;
    }
    body.link();
  }
}

bool Instance::runSteps(const std::vector<Step>& steps, size_t begin, size_t end, ThreadPool& pool, const AbortFlag* abort,
                        StepObserver* observer) {
  auto* blob = reinterpret_cast<uint8_t*>(blob_.data());
  const int threads = std::min(arena_.threads, threadCount());
  for (size_t i = begin; i < end; ++i) {
    if (abort && abort->load(std::memory_order_relaxed)) return false;
    const Step& step = steps[i];
    if (step.loop >= 0) {
      if (!runLoop(static_cast<size_t>(step.loop), pool, abort, observer)) return false;
      continue;
    }
    const CallStep& call = step.call;
    if (call.tiles == 1 || threads == 1) {
      call.run(blob + call.args, 0, call.tiles, arena_.scratch->data());
    } else {
      pool.run(call.run, blob + call.args, call.tiles, arena_.scratch->data(), arena_.stride, threads);
    }
    const bool last = i + 1 == end || steps[i + 1].loop >= 0 || steps[i + 1].call.label != call.label;
    if (observer && last && observer->afterStep(program_->labels[static_cast<size_t>(call.label)], *this)) return false;
  }
  return true;
}

uint8_t* Instance::place(const LoopPlace& p, const Instance& body, int64_t iteration) const {
  return (p.body ? body.address(p.at) : address(p.at)) + iteration * p.stride;
}

bool Instance::runLoop(size_t index, ThreadPool& pool, const AbortFlag* abort, StepObserver* observer) {
  const LoopSpec& loop = program_->loops[index];
  Instance& body = *bodies_[index];
  const auto copyAll = [&](const std::vector<LoopCopy>& copies, int64_t iteration) {
    for (const LoopCopy& c : copies) {
      std::memmove(place(c.to, body, iteration), place(c.from, body, iteration), static_cast<size_t>(c.bytes));
    }
  };
  const auto bind = [&](int64_t iteration, bool all) {
    for (const LoopBinding& b : loop.bindings) {
      if (!all && b.stride == 0) continue;
      body.setBuffer(b.buffer, address(b.outer) + iteration * b.stride);
      body.relink(b.buffer);
    }
  };
  if (loop.count > 0) bind(0, true);
  copyAll(loop.setup, 0);
  body.clearFaults();
  for (int64_t i = 0; i < loop.count; ++i) {
    const int64_t iteration = loop.reverse ? loop.count - 1 - i : i;
    bind(iteration, false);
    copyAll(loop.before, iteration);
    if (!body.runSteps(body.program_->steps, 0, body.program_->steps.size(), pool, abort, observer)) return false;
    copyAll(loop.after, iteration);
  }
  body.throwOnFault();
  return true;
}

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

Instance::Outcome Instance::run(ThreadPool& pool, const AbortFlag* abort) {
  clearFaults();
  if (!runSteps(program_->steps, 0, program_->commitBegin, pool, abort, nullptr)) return Outcome::aborted;
  throwOnFault();
  const bool accepted = guardsHold();
  if (accepted) runSteps(program_->steps, program_->commitBegin, program_->steps.size(), pool, nullptr, nullptr);
  runSteps(program_->unguarded, 0, program_->unguarded.size(), pool, nullptr, nullptr);
  return accepted ? Outcome::done : Outcome::refused;
}

void Instance::observe(ThreadPool& pool, StepObserver& observer) {
  clearFaults();
  runSteps(program_->steps, 0, program_->commitBegin, pool, nullptr, &observer);
}

}  // namespace slalom
