// The rules of the IR, checked between passes in debug builds and in tests.
#include "passes.h"

#include "../ir/error.h"

namespace slalom {

namespace {

class Verifier {
 public:
  explicit Verifier(const Graph& g) : g_(g) {}

  void run() {
    int32_t next = 0;
    for (size_t i = 0; i < g_.nodes.size(); ++i) {
      node_ = &g_.nodes[i];
      checkNumbers(static_cast<int32_t>(i), next);
      checkTypes();
      for (const auto& region : node_->regions) checkRegion(*region);
      next += node_->resultCount;
    }
    node_ = nullptr;
    expect(static_cast<size_t>(next) == g_.values.size(), "a value belongs to no node");
    checkEnds();
  }

 private:
  void expect(bool ok, const std::string& rule) const {
    if (ok) return;
    std::string where = "graph";
    if (node_) where = (node_->op ? std::string(node_->op->name) : "node") + " %" + std::to_string(node_->firstResult);
    throw Error::internal(where + ": " + rule);
  }

  bool exists(ValueId v) const { return v >= 0 && static_cast<size_t>(v) < g_.values.size(); }

  void checkNumbers(int32_t index, int32_t next) const {
    expect(node_->op != nullptr, "a node without an op");
    expect(node_->firstResult == next, "results are not numbered in order");
    expect(node_->resultCount > 0, "a node without results");
    expect(node_->scope >= 0 && static_cast<size_t>(node_->scope) < g_.scopes.size(), "an unknown scope");
    for (ValueId v : node_->inputs) {
      expect(exists(v) && v < node_->firstResult, "an input that is not computed before");
    }
    for (int i = 0; i < node_->resultCount; ++i) {
      expect(g_.values[static_cast<size_t>(node_->result(i))].node == index, "a result that names another node");
    }
  }

  void checkTypes() const {
    const OpDef& op = definition(*node_);
    std::vector<Type> types;
    for (ValueId v : node_->inputs) types.push_back(g_.type(v));
    if (op.has(kPointwise)) {
      for (const Type& type : types) {
        expect(type.shape == g_.type(node_->result()).shape, "operands of a pointwise op differ in shape");
      }
    }
    const std::vector<Type> inferred = op.infer({types, node_->attrs, node_->regions});
    expect(inferred.size() == static_cast<size_t>(node_->resultCount), "another number of results than inferred");
    for (size_t i = 0; i < inferred.size(); ++i) {
      const Type& found = g_.type(node_->result(static_cast<int>(i)));
      expect(inferred[i] == found, found.toString() + " where " + inferred[i].toString() + " is inferred");
    }
  }

  // A region is closed because its nodes can name its own values only.
  void checkRegion(const Graph& region) const {
    expect(region.commits.empty() && region.guards.empty(), "a region with commits or guards");
    for (const Input& input : region.inputs) {
      expect(input.kind == InputKind::argument, "a region that reads a variable");
    }
    const bool fused = node_->op->has(kPointwise) || node_->op->has(kReduction) || node_->op->has(kEpilogue);
    for (const Node& node : region.nodes) {
      const bool isInput = node.op->has(kSource);
      expect(!fused || isInput || (node.op->has(kPointwise) && node.regions.empty()),
             "a fused node that is not pointwise");
    }
    verify(region);
  }

  void checkEnds() const {
    for (const Input& input : g_.inputs) {
      expect(exists(input.value) && g_.producer(input.value).op->has(kSource), "an input that is computed");
    }
    for (ValueId v : g_.outputs) expect(exists(v), "an output that does not exist");
    for (ValueId v : g_.guards) {
      expect(exists(v) && g_.type(v) == Type{DType::boolean, {}}, "a guard that is not a bool scalar");
    }
    for (const Commit& commit : g_.commits) {
      expect(exists(commit.target) && exists(commit.value), "a commit of a value that does not exist");
      const Type &target = g_.type(commit.target), &value = g_.type(commit.value);
      const bool inside = commit.begin() + value.shape.size() <= target.shape.size();
      const bool part = commit.part >= 0 && target.dtype == value.dtype && inside;
      expect(target == value || part, "a commit of another type");
      checkTarget(commit.target);
    }
  }

  void checkTarget(ValueId target) const {
    const Node& producer = g_.producer(target);
    const bool packs = producer.op->has(kPacks);
    const std::vector<ValueId> states = packs ? producer.inputs : std::vector<ValueId>{target};
    for (ValueId v : states) {
      bool found = false;
      for (const Input& input : g_.inputs) found = found || (input.value == v && input.kind == InputKind::state);
      expect(found, "a commit to something that is not a variable");
    }
  }

  const Graph& g_;
  const Node* node_ = nullptr;
};

}  // namespace

void verify(const Graph& g) { Verifier(g).run(); }

}  // namespace slalom
