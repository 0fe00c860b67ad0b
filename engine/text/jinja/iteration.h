// Iteration: hands out the items of a value one by one, as Python's iter() does.
#pragma once

#include <optional>
#include <vector>

#include "text/jinja/context.h"

namespace lab::jinja {

class Iteration {
 public:
  /// Lists, tuples, generators, the keys of a dict, the characters of a text; an undefined value
  /// has no items. Fails for everything else.
  static Maybe<Iteration> over(Context& context, const Value& value);
  static bool possible(const Value& value);

  /// nullopt at the end, or when the budget is used up.
  std::optional<Value> next(Context& context);
  /// How many are left.
  std::size_t remaining() const;

 private:
  Value source_;
  std::size_t at_ = 0;  ///< an item, or a byte of a text
};

/// All items at once.
Maybe<std::vector<Value>> all_items(Context& context, const Value& value);

}  // namespace lab::jinja
