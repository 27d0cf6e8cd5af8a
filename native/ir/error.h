// The one exception of the core. The binding turns it into a JavaScript error of the class that
// its code names; whoever knows more (the op, the layer path, the shapes) adds it on the way up.
#pragma once

#include <cstdint>
#include <exception>
#include <string>

namespace slalom {

enum class ErrorCode { shape, dtype, value, data, nonFinite, busy, internal };

class Error : public std::exception {
 public:
  Error(ErrorCode kind, std::string text) : code(kind), message(std::move(text)) {}

  static Error shape(std::string message) { return {ErrorCode::shape, std::move(message)}; }
  static Error dtype(std::string message) { return {ErrorCode::dtype, std::move(message)}; }
  static Error value(std::string message) { return {ErrorCode::value, std::move(message)}; }
  static Error data(std::string message) { return {ErrorCode::data, std::move(message)}; }
  static Error internal(std::string message) { return {ErrorCode::internal, std::move(message)}; }

  const char* what() const noexcept override { return message.c_str(); }

  ErrorCode code;
  std::string message;  // what was expected and what was found, without op, shapes or path
  std::string op;       // name of the op, if one is to blame
  std::string inputs;   // its input types, "f32[2, 3], f32[4, 5]"
  std::string path;     // layer path, "encoder.layers.2"
  int64_t row = -1;     // the row or position to blame, if one is
};

}  // namespace slalom
