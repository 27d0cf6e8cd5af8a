// Requests for copies of variables, served between two steps.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <vector>

#include "variable.h"

namespace slalom {

class Snapshots {
 public:
  // Of the variables at some places; may throw.
  using Copies = std::function<std::vector<Array>(const std::vector<size_t>& which)>;
  using Taker = std::function<void(const Copies&)>;

  void request(Taker taker) {
    const std::lock_guard<std::mutex> lock(mutex_);
    takers_.push_back(std::move(taker));
    wanted_ = true;
  }

  bool wanted() const { return wanted_.load(std::memory_order_relaxed); }

  // By whoever holds the variables.
  void serve(const Variables& variables) {
    std::vector<Taker> takers;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      takers.swap(takers_);
      wanted_ = false;
    }
    const auto copy = [&](const std::vector<size_t>& which) {
      std::vector<Array> copies;
      for (const size_t place : which) copies.push_back(variables[place]->memory().copy());
      return copies;
    };
    for (const Taker& taker : takers) taker(copy);
  }

 private:
  std::mutex mutex_;
  std::vector<Taker> takers_;
  std::atomic<bool> wanted_{false};
};

}  // namespace slalom
