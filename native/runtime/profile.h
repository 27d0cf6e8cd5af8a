// Where the time of a program goes: runs with a look at the clock after every node.
#pragma once

#include <chrono>
#include <unordered_map>
#include <vector>

#include "instance.h"

namespace slalom {

// A node of the program or of a loop's body; of a loop itself only its copies.
struct ProfiledNode {
  const Label* label;
  int64_t runs = 0;             // executions at each run of the program
  std::vector<double> seconds;  // of all of them together, for each run of the program
};

struct ProfiledSpan {
  int32_t node;
  double begin, seconds;  // from the begin of its run
};

struct Profile {
  std::shared_ptr<const Program> program;  // whose labels these are
  std::vector<ProfiledNode> nodes;
  std::vector<double> seconds;         // for each run of the program
  std::vector<ProfiledSpan> timeline;  // of the fastest run; its first kMostSpans spans
};

constexpr size_t kMostSpans = 200000;

class StepTimer : public StepObserver {
 public:
  explicit StepTimer(std::shared_ptr<const Program> program);

  void beginRun();
  void endRun();
  bool afterNode(const Label& label, const Instance& instance) override;
  void afterCopies(const Label& label, const Instance& instance) override;

  Profile take() { return std::move(profile_); }

 private:
  using Clock = std::chrono::steady_clock;

  void addNodes(const Program& program);
  ProfiledNode& add(const Label& label, const Program& program);

  Profile profile_;
  std::unordered_map<const Program*, size_t> firstNode_;
  std::vector<ProfiledSpan> spans_;  // of the run at hand
  double fastest_ = 0;
  Clock::time_point begin_, last_;
};

}  // namespace slalom
