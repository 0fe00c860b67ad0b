// Literals of the template language: numbers and strings, as Python writes them.
#pragma once

#include <string_view>

#include "base/result.h"
#include "text/jinja/value.h"

namespace lab::jinja {

struct Literal {
  Value value;
  std::size_t end;  ///< just behind it
};

/// The int or float that starts with the digit at `at`.
Result<Literal> read_number(std::string_view source, std::size_t at, int line);

/// The string that starts with the quote at `at`, its escapes replaced.
Result<Literal> read_string(std::string_view source, std::size_t at, int line);

}  // namespace lab::jinja
