// Who reads what, with views seen through.
#pragma once

#include "passes.h"

namespace slalom {

struct Dataflow {
  struct Reader {
    int32_t node;
    bool flat;  // reads all elements in row-major order
  };

  explicit Dataflow(const Graph& g);

  // The value behind all views of v.
  ValueId base(ValueId v) const { return base_[static_cast<size_t>(v)]; }
  // Whether v is its base under another shape: the same elements in row-major order.
  bool flat(ValueId v) const { return flat_[static_cast<size_t>(v)]; }
  // Where v lies if every base is dense.
  const Layout& layout(ValueId v) const { return layouts_[static_cast<size_t>(v)]; }
  // Readers of a base other than views.
  const std::vector<Reader>& readers(ValueId base) const { return readers_[static_cast<size_t>(base)]; }
  // Whether an output, a guard or a commit takes a base or a view of it.
  bool leaves(ValueId base) const { return leaves_[static_cast<size_t>(base)]; }

 private:
  void addView(const Graph& g, const Node& node);

  std::vector<ValueId> base_;
  std::vector<bool> flat_, leaves_;
  std::vector<Layout> layouts_;
  std::vector<std::vector<Reader>> readers_;
};

// The nodes that must run before the commits, apart from what they need: those that make an output,
// a guard or the value of an unguarded commit, and those that may find bad data.
std::vector<int32_t> earlyRoots(const Graph& g);

// Per node: whether an early root needs it. The others serve guarded commits only and run when the
// guard holds.
std::vector<bool> neededBeforeCommits(const Graph& g);

}  // namespace slalom
