#include "profile.h"

namespace slalom {

namespace {

double secondsBetween(std::chrono::steady_clock::time_point from, std::chrono::steady_clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

StepTimer::StepTimer(std::shared_ptr<const Program> program) {
  addNodes(*program);
  profile_.program = std::move(program);
}

void StepTimer::addNodes(const Program& program) {
  if (!firstNode_.emplace(&program, profile_.nodes.size()).second) return;
  for (const Label& label : program.labels) profile_.nodes.push_back({&label, 0, {}});
  for (const LoopSpec& loop : program.loops) addNodes(*loop.body);
}

void StepTimer::beginRun() {
  for (ProfiledNode& node : profile_.nodes) {
    node.runs = 0;
    node.seconds.push_back(0);
  }
  spans_.clear();
  begin_ = last_ = Clock::now();
}

void StepTimer::endRun() {
  const double seconds = secondsBetween(begin_, Clock::now());
  if (profile_.seconds.empty() || seconds < fastest_) {
    fastest_ = seconds;
    profile_.timeline.swap(spans_);
  }
  profile_.seconds.push_back(seconds);
}

// What passed since the last look at the clock was this node's.
ProfiledNode& StepTimer::add(const Label& label, const Program& program) {
  const size_t index = firstNode_.at(&program) + static_cast<size_t>(&label - program.labels.data());
  const Clock::time_point now = Clock::now();
  const double seconds = secondsBetween(last_, now);
  ProfiledNode& node = profile_.nodes[index];
  node.seconds.back() += seconds;
  if (spans_.size() < kMostSpans) {
    spans_.push_back({static_cast<int32_t>(index), secondsBetween(begin_, last_), seconds});
  }
  last_ = Clock::now();
  return node;
}

bool StepTimer::afterNode(const Label& label, const Instance& instance) {
  ++add(label, instance.program()).runs;
  return false;
}

void StepTimer::afterCopies(const Label& label, const Instance& instance) { add(label, instance.program()).runs = 1; }

}  // namespace slalom
