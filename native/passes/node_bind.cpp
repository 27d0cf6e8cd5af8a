#include "node_bind.h"

#include <algorithm>
#include <cstring>

#include "../ir/error.h"

namespace slalom {

// ---- argument structs ----

void* ArgumentBlob::allocate(size_t bytes) {
  const size_t words = (bytes + 15) / 16 * 2;
  pieces_.push_back({std::make_unique<uint64_t[]>(words), words * 8, size_});
  size_ += words * 8;
  return pieces_.back().words.get();
}

// Nearly always in the piece that was allocated last.
size_t ArgumentBlob::offsetOf(const void* pointer) const {
  const auto at = reinterpret_cast<uintptr_t>(pointer);
  for (size_t i = pieces_.size(); i-- > 0;) {
    const auto start = reinterpret_cast<uintptr_t>(pieces_[i].words.get());
    if (at >= start && at < start + pieces_[i].bytes) return pieces_[i].offset + (at - start);
  }
  throw Error::internal("a pointer outside the arguments of a program");
}

void ArgumentBlob::link(const void* field, BufferRef target) {
  relocations_.push_back({static_cast<uint32_t>(offsetOf(field)), target});
}

void ArgumentBlob::finish(Program& program) const {
  program.blob.resize(size_);
  for (const Piece& piece : pieces_) std::memcpy(program.blob.data() + piece.offset, piece.words.get(), piece.bytes);
  program.relocations = relocations_;
}

// ---- operands ----

Operand PlanBind::operand(ValueId v) const {
  const MemoryPlan::Place& place = plan_.places[static_cast<size_t>(v)];
  const DType dtype = g_.type(v).dtype;
  return {dtype, place.layout, place.address(sizeOf(dtype))};
}

void* PlanBind::allocate(size_t) { throw Error::internal("a kernel call before memory is planned"); }
void PlanBind::link(const void*, BufferRef) { allocate(0); }
void PlanBind::calls(const CallPlan&) { allocate(0); }

// ---- calls ----

void ProgramBind::calls(const CallPlan& plan) {
  for (int i = 0; i < plan.count; ++i) {
    const Call& call = plan.calls[i];
    Step step{};
    step.call = {call.run, static_cast<uint32_t>(blob_.offsetOf(call.args)), call.tiles, call.group, label_, shared_};
    steps_->push_back(step);
    program_.scratchBytes = std::max(program_.scratchBytes, call.scratch);
  }
}

// All slots lie in one buffer at the end of the arena.
BufferRef ProgramBind::fault() const {
  const BufferRef slot{static_cast<int32_t>(plan_.buffers.size()), faultBytes_};
  faultBytes_ += static_cast<int64_t>(sizeof(int64_t));
  program_.faults.push_back({slot, label_});
  return slot;
}

void ProgramBind::finish() {
  blob_.finish(program_);
  if (faultBytes_ == 0) return;
  const int64_t offset = (program_.arenaBytes + 63) / 64 * 64;
  program_.buffers.push_back(
      {BufferKind::arena, faultBytes_, offset, 0, 0, static_cast<int32_t>(program_.steps.size())});
  program_.arenaBytes = offset + (faultBytes_ + 63) / 64 * 64;
}

}  // namespace slalom
