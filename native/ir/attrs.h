// Attributes of a node: a few named constants, compared and hashed by value.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace slalom {

// Raw constant data, shared between copies of a node.
using Bytes = std::shared_ptr<const std::vector<uint8_t>>;

using AttrValue = std::variant<bool, int64_t, double, std::vector<int64_t>, std::string, Bytes>;

bool equal(const AttrValue& a, const AttrValue& b);  // Bytes by content, NaN equal to itself

class Attrs {
 public:
  using Entry = std::pair<std::string, AttrValue>;

  Attrs() = default;
  Attrs(std::initializer_list<Entry> entries) : entries_(entries) {}

  void set(std::string_view name, AttrValue value);
  const AttrValue* find(std::string_view name) const;  // null if absent

  bool flag(std::string_view name, bool fallback = false) const;
  int64_t integer(std::string_view name) const;
  int64_t integer(std::string_view name, int64_t fallback) const;
  double number(std::string_view name) const;  // also from an integer
  const std::vector<int64_t>& integers(std::string_view name) const;
  const std::string& text(std::string_view name) const;
  const Bytes& bytes(std::string_view name) const;

  const std::vector<Entry>& entries() const { return entries_; }
  bool operator==(const Attrs& other) const;
  size_t hash() const;
  std::string toString() const;  // "axes=[0, 1], keepDims=true"

 private:
  std::vector<Entry> entries_;
};

}  // namespace slalom
