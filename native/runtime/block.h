// Owned memory: 64-byte aligned, shared by reference counting, counted.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "../ir/shape.h"

namespace slalom {

// Bytes of tensor memory alive in this process, for leak tests.
int64_t liveBytes();

class Block {
 public:
  // Zeroed; throws Error when the system has no memory left.
  static std::shared_ptr<Block> make(int64_t bytes);
  // Not zeroed.
  static std::shared_ptr<Block> raw(int64_t bytes);
  // Memory of somebody else, kept alive by `owner` (a SharedArrayBuffer), or, without one, by who calls.
  static std::shared_ptr<Block> borrow(void* data, int64_t bytes, std::shared_ptr<void> owner);
  ~Block();
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;

  uint8_t* data() const { return data_; }
  int64_t bytes() const { return bytes_; }
  bool isOurs() const { return owner_ == nullptr; }
  // True for the first who asks, until they leave it: one of all who have it tells the garbage collector of its bytes.
  bool answerFor() { return isOurs() && !answered_.exchange(true); }
  void leave() { answered_ = false; }
  // Somebody reads it as it is: who wants to write takes other memory.
  bool pinned() const { return pins_.load() > 0; }

 private:
  friend class Pin;
  Block(uint8_t* data, int64_t bytes, std::shared_ptr<void> owner);
  static std::shared_ptr<Block> own(void* memory, int64_t bytes);

  uint8_t* data_;
  int64_t bytes_;
  std::shared_ptr<void> owner_;  // null: the memory is ours
  std::atomic<int> pins_{0};
  std::atomic<bool> answered_{false};
};

// An immutable dense tensor: a window on a block.
struct Array {
  std::shared_ptr<Block> block;
  int64_t offset = 0;  // bytes
  Type type;

  uint8_t* data() const { return block->data() + offset; }
  Array copy() const { return from(data(), type); }
  static Array make(const Type& type);  // zeros
  static Array from(const void* data, const Type& type);
};

// Arrays that keep their contents while it lives.
class Pin {
 public:
  explicit Pin(std::vector<Array> arrays) : arrays_(std::move(arrays)) {
    for (const Array& array : arrays_) ++array.block->pins_;
  }
  ~Pin() {
    for (const Array& array : arrays_) --array.block->pins_;
  }
  Pin(const Pin&) = delete;
  Pin& operator=(const Pin&) = delete;

  const std::vector<Array>& arrays() const { return arrays_; }

 private:
  std::vector<Array> arrays_;
};

}  // namespace slalom
