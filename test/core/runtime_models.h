// A small training run, for tests of sessions.
#pragma once

#include "runtime/session.h"

namespace slalom::test {

struct TrainingOptions {
  int64_t rows = 50, batchSize = 16;
  std::vector<int64_t> widths = {8, 16, 12, 4};
  bool shuffle = true;
  bool lease = true;
};

// Data, variables and programs of `mlpStep`, the same on every call.
class Training {
 public:
  explicit Training(const TrainingOptions& options = {});

  const Variables& variables() const { return options_.variables; }
  const Array& x() const { return options_.columns[0]; }
  const Array& labels() const { return options_.columns[1]; }
  SessionOptions sessionOptions() const { return options_; }
  std::unique_ptr<Session> session() const { return std::make_unique<Session>(options_); }

  // The bytes of all variables.
  std::vector<uint8_t> bits() const;

 private:
  SessionOptions options_;
};

// `steps` steps from the start.
RunSpec stepsFromStart(int64_t steps);

std::vector<uint8_t> bitsOf(const Array& array);

// Of all its variables.
std::vector<size_t> placesOf(const Session& session);

}  // namespace slalom::test
