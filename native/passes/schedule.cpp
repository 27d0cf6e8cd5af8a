// Depth first from what is needed, operands in the order in which the graph has them: values are
// made when somebody reads them and die early. What only guarded commits need comes last.
#include <algorithm>

#include "dataflow.h"

namespace slalom {

namespace {

class Scheduler {
 public:
  explicit Scheduler(const Graph& g) : g_(g), done_(g.nodes.size(), false) {}

  Schedule run() {
    std::vector<int32_t> early = earlyRoots(g_), late;
    for (const Commit& commit : g_.commits) {
      late.push_back(producer(commit.value));
      late.push_back(producer(commit.target));
    }
    for (const Input& input : g_.inputs) early.push_back(producer(input.value));
    visitAll(std::move(early));
    schedule_.commitBegin = schedule_.order.size();
    visitAll(std::move(late));
    return std::move(schedule_);
  }

 private:
  struct Frame {
    int32_t node;
    std::vector<int32_t> operands;  // descending: the next one is the last
  };

  int32_t producer(ValueId v) const { return g_.values[static_cast<size_t>(v)].node; }

  void visitAll(std::vector<int32_t> roots) {
    std::sort(roots.begin(), roots.end());
    for (int32_t root : roots) visit(root);
  }

  void visit(int32_t root) {
    std::vector<Frame> stack;
    push(stack, root);
    while (!stack.empty()) {
      Frame& frame = stack.back();
      if (frame.operands.empty()) {
        schedule_.order.push_back(frame.node);
        stack.pop_back();
        continue;
      }
      const int32_t next = frame.operands.back();
      frame.operands.pop_back();
      push(stack, next);
    }
  }

  void push(std::vector<Frame>& stack, int32_t node) {
    if (done_[static_cast<size_t>(node)]) return;
    done_[static_cast<size_t>(node)] = true;
    Frame frame{node, {}};
    for (ValueId v : g_.nodes[static_cast<size_t>(node)].inputs) frame.operands.push_back(producer(v));
    std::sort(frame.operands.begin(), frame.operands.end(), std::greater<>());
    stack.push_back(std::move(frame));
  }

  const Graph& g_;
  std::vector<bool> done_;  // or on the stack; the graph has no cycles
  Schedule schedule_;
};

}  // namespace

Schedule schedule(const Graph& g) { return Scheduler(g).run(); }

}  // namespace slalom
