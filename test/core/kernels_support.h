// What kernel tests share: floats by their bits, tables to try, running a plan in different orders, guarded memory, and
// a hash of results that does not depend on how a NaN is written.
#pragma once

#include <cstring>
#include <string>
#include <vector>

#include "harness.h"
#include "kernels/args.h"

namespace slalom::test {

inline float fromBits(uint32_t bits) {
  float x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

enum class Which { all, variants, sameBits };  // variants: without "reference"; sameBits: without "baseline" too

std::vector<const KernelTable*> kernelTables(Which which);

enum class Order { whole, single, reversed };  // all tiles of a call at once; one by one; the last first

// Runs the calls with their own scratch, under FloatMode. A workspace is the caller's.
void runPlan(const CallPlan& plan, Order order = Order::whole);

constexpr Order kOrders[] = {Order::whole, Order::single, Order::reversed};

// `count` elements that start `offset` bytes after a multiple of 64, between guards.
template <typename T>
class Guarded {
 public:
  explicit Guarded(int64_t count, int64_t offset = 0)
      : count_(count), bytes_(static_cast<size_t>(count) * sizeof(T) + 4 * kGuard, kFill) {
    const auto address = reinterpret_cast<uintptr_t>(bytes_.data());
    at_ = bytes_.data() + (64 - address % 64) % 64 + kGuard + offset;
  }

  T* data() { return reinterpret_cast<T*>(at_); }
  T& operator[](int64_t i) { return data()[i]; }
  int64_t size() const { return count_; }

  bool intact() const {
    const uint8_t* end = at_ + static_cast<size_t>(count_) * sizeof(T);
    for (const uint8_t* p = bytes_.data(); p < at_; ++p) {
      if (*p != kFill) return false;
    }
    for (const uint8_t* p = end; p < bytes_.data() + bytes_.size(); ++p) {
      if (*p != kFill) return false;
    }
    return true;
  }

  bool operator==(const Guarded& other) const {
    return count_ == other.count_ && std::memcmp(at_, other.at_, static_cast<size_t>(count_) * sizeof(T)) == 0;
  }

 private:
  static constexpr size_t kGuard = 64;
  static constexpr uint8_t kFill = 0xa5;
  int64_t count_;
  std::vector<uint8_t> bytes_;
  uint8_t* at_;
};

// FNV-1a over the bits, every NaN alike.
uint64_t hashOf(const float* values, int64_t count);
std::string hex(uint64_t hash);

// Words of a fixed sequence, the same everywhere.
class Noise {
 public:
  explicit Noise(uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15ull + 1) {}
  uint32_t word() {
    state_ = state_ * 6364136223846793005ull + 1442695040888963407ull;
    return static_cast<uint32_t>(state_ >> 32);
  }
  int32_t below(int32_t end) { return static_cast<int32_t>(word() % static_cast<uint32_t>(end)); }
  float real() { return static_cast<float>(static_cast<int32_t>(word()) >> 8) * 0x1p-21f; }  // in [-4, 4)

 private:
  uint64_t state_;
};

}  // namespace slalom::test
