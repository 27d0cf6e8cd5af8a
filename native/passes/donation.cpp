#include "donation.h"

#include <algorithm>

namespace slalom {

namespace {

struct Range {
  int64_t begin, end;  // bytes in a buffer
  bool overlaps(const Range& o) const { return begin < o.end && o.begin < end; }
};

// One operand of a node that runs once commits may have begun.
struct Read {
  int32_t position;
  int32_t node;
  Range range;
  bool elementwise;  // dense, in order: element i is read when element i is made
};

class Donation {
 public:
  Donation(PlanContext& c, Homes& homes) : c_(c), homes_(homes), reads_(c.plan.buffers.size()) {}

  void run() {
    collectReads();
    homes_.overwritten.assign(c_.plan.buffers.size(), false);
    for (const Commit& commit : c_.g.commits) {
      homes_.inPlace.push_back(tryOne(commit));
      noteWrite(commit.target);
    }
  }

 private:
  BufferRef& home(ValueId root) { return homes_.of[static_cast<size_t>(root)]; }

  Range rangeOf(ValueId v, BufferRef base) const {
    const Layout& layout = c_.layout(v).layout;
    int64_t low = layout.offset, high = layout.offset + 1;
    for (int i = 0; i < layout.shape.rank(); ++i) {
      const int64_t reach = (layout.shape[i] - 1) * layout.strides[static_cast<size_t>(i)];
      (reach < 0 ? low : high) += reach;
    }
    if (layout.shape.size() == 0) high = low;
    const int64_t size = c_.elementSize(v);
    return {base.offset + low * size, base.offset + high * size};
  }

  void collectReads() {
    for (size_t p = c_.s.commitBegin; p < c_.s.order.size(); ++p) {
      const Node& node = c_.node(c_.s.order[p]);
      if (node.op->has(kView) && !c_.layout(node.result()).materialize) continue;
      for (size_t i = 0; i < node.inputs.size(); ++i) {
        const ValueId v = node.inputs[i];
        const BufferRef base = home(c_.root(v));
        if (!base.valid() || c_.plan.buffers[static_cast<size_t>(base.buffer)].kind != BufferKind::state) continue;
        const bool follows = node.op->has(kEpilogue) && static_cast<int>(i) >= definition(node).minInputs;
        const bool elementwise = (node.op->has(kPointwise) || follows) && c_.layout(v).layout.isDense();
        reads_[static_cast<size_t>(base.buffer)].push_back(
            {static_cast<int32_t>(p), c_.s.order[p], rangeOf(v, base), elementwise});
      }
    }
  }

  // Of a pack that is no block of its own, the variables are written one by one.
  void noteWrite(ValueId target) {
    const ValueId root = c_.root(target);
    std::vector<ValueId> written = {root};
    const Node& producer = c_.g.producer(root);
    if (producer.op->has(kPacks)) written = producer.inputs;
    for (ValueId v : written) {
      const BufferRef at = home(c_.root(v));
      if (at.valid()) homes_.overwritten[static_cast<size_t>(at.buffer)] = true;
    }
  }

  bool tryOne(const Commit& commit) {
    const ValueId root = c_.root(commit.value);
    BufferRef target = home(c_.root(commit.target));
    target.offset += commit.begin() * c_.elementSize(root);
    const int32_t position = c_.position(root);
    const bool computed = !home(root).valid() && position >= static_cast<int32_t>(c_.s.commitBegin);
    if (!commit.guarded || !computed || !c_.isWhole(commit.value) || !target.valid()) return false;
    if (c_.plan.buffers[static_cast<size_t>(target.buffer)].kind != BufferKind::state) return false;
    const Range written{target.offset, target.offset + c_.bytes(root)};
    const auto allows = [&](const Read& read) {
      if (read.position < position || !read.range.overlaps(written)) return true;
      const bool same = read.range.begin == written.begin && read.range.end == written.end;
      return read.position == position && read.elementwise && same;
    };
    const std::vector<Read>& reads = reads_[static_cast<size_t>(target.buffer)];
    if (!std::all_of(reads.begin(), reads.end(), allows)) return false;
    home(root) = target;
    return true;
  }

  PlanContext& c_;
  Homes& homes_;
  std::vector<std::vector<Read>> reads_;  // per buffer
};

}  // namespace

void donate(PlanContext& c, Homes& homes) { Donation(c, homes).run(); }

bool isOverwritten(const PlanContext& c, const Homes& homes, ValueId root) {
  const Node& producer = c.g.producer(root);
  const bool contents = producer.op->has(kSource) || producer.op->has(kPacks);
  return contents && homes.at(root).valid() && homes.overwritten[static_cast<size_t>(homes.at(root).buffer)];
}

}  // namespace slalom
