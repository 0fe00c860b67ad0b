// What methods and filters do to texts: all keep track of which bytes the user gave.
#pragma once

#include <string_view>
#include <vector>

#include "text/jinja/context.h"

namespace lab::jinja {

Text upper(Context& context, const Text& text);
Text lower(Context& context, const Text& text);  ///< a final sigma as Python writes it
Text casefold(Context& context, const Text& text);
Text swapcase(Context& context, const Text& text);
Text capitalize(Context& context, const Text& text);
/// Every run of letters with a capital, as the method does; the filter has words of its own.
Text title(Context& context, const Text& text);
Text title_words(Context& context, const Text& text);

/// Without the characters of `characters` (null: white space) at the ends asked for.
Text strip(Context& context, const Text& text, const Text* characters, bool left, bool right);

/// The pieces between separators; `most` < 0 splits everywhere. `separator` is not empty.
std::vector<Value> split_at(Context& context, const Text& text, std::string_view separator,
                            std::int64_t most, bool from_right);
std::vector<Value> split_at_spaces(Context& context, const Text& text, std::int64_t most,
                                   bool from_right);
std::vector<Value> split_lines(Context& context, const Text& text, bool keep_ends);

/// The first `count` occurrences replaced, all if `count` < 0.
Text replace(Context& context, const Text& text, const Text& old, const Text& with,
             std::int64_t count);

/// Filled up to `width` characters; `align` is <, > or ^ of str.ljust, rjust, center.
Text pad(Context& context, const Text& text, std::int64_t width, char align, const Text& fill);

Text reversed(Context& context, const Text& text);

/// str.isupper (or islower): has it cased characters, and all of them that case?
bool has_case(Context& context, const Text& text, bool upper);

}  // namespace lab::jinja
