#include "variable.h"

#include <cstring>
#include <mutex>

#include "../ir/error.h"

namespace slalom {

Variable::Variable(Array initial) : memory_(std::move(initial)) {
  initial_ = memory_.block->isOurs() && memory_.type.bytes() == memory_.block->bytes();
  if (!initial_) memory_ = memory_.copy();
}

Array Variable::read() const {
  const std::shared_lock<std::shared_mutex> lock(mutex_);
  return memory_.copy();
}

void Variable::write(const Array& value) {
  if (value.type.dtype != memory_.type.dtype) {
    throw Error::dtype("expected " + memory_.type.toString() + ", found " + value.type.toString());
  }
  if (value.type.shape != memory_.type.shape) {
    throw Error::shape("expected " + memory_.type.toString() + ", found " + value.type.toString());
  }
  const std::unique_lock<std::shared_mutex> lock(mutex_);
  if (lent()) {
    memory_ = value.copy();
    initial_ = false;
  } else {
    std::memcpy(memory_.data(), value.data(), static_cast<size_t>(memory_.type.bytes()));
  }
}

void Variable::moveTo(std::shared_ptr<Block> block, int64_t offset) {
  std::memcpy(block->data() + offset, memory_.data(), static_cast<size_t>(memory_.type.bytes()));
  memory_.block = std::move(block);
  memory_.offset = offset;
  initial_ = false;
}

}  // namespace slalom
