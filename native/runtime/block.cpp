#include "block.h"

#include <atomic>
#include <cstring>

#include "../ir/error.h"
#include "memory.h"

namespace slalom {

namespace {

std::atomic<int64_t> live{0};

// An empty block has an address too.
size_t size(int64_t bytes) { return static_cast<size_t>(bytes > 0 ? bytes : 1); }

}  // namespace

int64_t liveBytes() { return live.load(); }

Block::Block(uint8_t* data, int64_t bytes, std::shared_ptr<void> owner)
    : data_(data), bytes_(bytes), owner_(std::move(owner)) {
  if (!owner_) live += bytes_;
}

Block::~Block() {
  if (owner_) return;
  live -= bytes_;
  releaseMemory(data_, size(bytes_));
}

std::shared_ptr<Block> Block::own(void* memory, int64_t bytes) {
  if (!memory) throw Error::value("this machine has no " + std::to_string(bytes) + " bytes of memory left");
  return std::shared_ptr<Block>(new Block(static_cast<uint8_t*>(memory), bytes, nullptr));
}

std::shared_ptr<Block> Block::raw(int64_t bytes) { return own(allocateMemory(size(bytes)), bytes); }

std::shared_ptr<Block> Block::make(int64_t bytes) { return own(allocateZeroed(size(bytes)), bytes); }

std::shared_ptr<Block> Block::borrow(void* data, int64_t bytes, std::shared_ptr<void> owner) {
  if (!owner) owner = {std::shared_ptr<void>(), &live};  // not null, and nobody's
  return std::shared_ptr<Block>(new Block(static_cast<uint8_t*>(data), bytes, std::move(owner)));
}

Array Array::make(const Type& type) { return {Block::make(type.bytes()), 0, type}; }

Array Array::from(const void* data, const Type& type) {
  Array array{Block::raw(type.bytes()), 0, type};
  if (type.bytes() > 0) std::memcpy(array.data(), data, static_cast<size_t>(type.bytes()));
  return array;
}

}  // namespace slalom
