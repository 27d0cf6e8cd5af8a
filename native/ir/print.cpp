#include "print.h"

namespace slalom {

namespace {

std::string names(const std::vector<ValueId>& values) {
  std::string text;
  for (ValueId v : values) text += (text.empty() ? "%" : ", %") + std::to_string(v);
  return text;
}

void print(const Graph& g, const std::string& indent, std::string& text);

void printNode(const Graph& g, const Node& node, const std::string& indent, std::string& text) {
  text += indent;
  for (int i = 0; i < node.resultCount; ++i) {
    text += (i ? ", %" : "%") + std::to_string(node.result(i)) + " " + g.type(node.result(i)).toString();
  }
  text += " = " + std::string(node.op->name) + "(" + names(node.inputs) + ")" + attributesText(node.attrs);
  if (!g.path(node).empty()) text += "  # " + g.path(node);
  text += "\n";
  for (const auto& region : node.regions) {
    text += indent + "{\n";
    print(*region, indent + "  ", text);
    text += indent + "}\n";
  }
}

void print(const Graph& g, const std::string& indent, std::string& text) {
  for (const Node& node : g.nodes) printNode(g, node, indent, text);
  for (const Commit& commit : g.commits) {
    text += indent + "commit %" + std::to_string(commit.target) + " <- %" + std::to_string(commit.value);
    if (commit.part >= 0) text += " from=" + std::to_string(commit.part);
    text += commit.guarded ? "\n" : " unguarded\n";
  }
  if (!g.guards.empty()) text += indent + "guard " + names(g.guards) + "\n";
  if (!g.outputs.empty()) text += indent + "return " + names(g.outputs) + "\n";
}

}  // namespace

std::string attributesText(const Attrs& attrs) {
  Attrs shown;
  for (const Attrs::Entry& entry : attrs.entries()) {
    const bool* flag = std::get_if<bool>(&entry.second);
    if (entry.first == "shape" || entry.first == "dtype" || (flag && !*flag)) continue;
    shown.set(entry.first, entry.second);
  }
  const std::string text = shown.toString();
  return text.empty() ? text : " " + text;
}

std::string toString(const Graph& g) {
  std::string text;
  print(g, "", text);
  return text;
}

}  // namespace slalom
