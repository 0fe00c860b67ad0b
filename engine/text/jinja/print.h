// Values as text: str(), repr(), JSON, HTML escapes and the two format languages of Python.
#pragma once

#include <string>
#include <string_view>

#include "text/jinja/context.h"

namespace lab::jinja {

/// Python's str(): what {{ }} writes. An undefined value writes nothing.
void append_str(Context& context, TextBuilder& out, const Value& value);
/// Python's repr(): a text in quotes.
void append_repr(Context& context, TextBuilder& out, const Value& value);
/// str() as a text; a text itself is not copied.
Text to_text(Context& context, const Value& value);

/// The shortest digits that read back as `number`, spelled as Python does: "1.0", "1e+16", "nan".
std::string float_text(double number);

/// & < > " ' as HTML entities.
void append_escaped(TextBuilder& out, const Text& text);

struct JsonStyle {
  bool ascii_only = false;
  bool sort_keys = false;
  bool pretty = false;  ///< one item a line
  Text indent;          ///< once for each level, if pretty
  Text item_separator{", "};
  Text key_separator{": "};
};
/// json.dumps(): fails for values that JSON lacks, as undefined ones.
Maybe<void> append_json(Context& context, TextBuilder& out, const Value& value,
                        const JsonStyle& style);

/// The % operator of a text: `arguments` is a tuple, a dict or one value.
Maybe<Value> format_percent(Context& context, const Text& format, const Value& arguments);

/// The method "format" of a text: "{}", "{0}", "{name}", "{0[key]!r:>8}".
Maybe<Value> format_braces(Context& context, const Value& format, const Arguments& arguments);

/// What stands behind the colon in "{:>8.2f}", or between % and the letter.
struct FormatSpec {
  std::string fill = " ";
  char align = 0;   ///< < > ^ =, or 0 for the type's own
  char sign = '-';  ///< + or a space also mark numbers that are not negative
  bool alternate = false;
  char grouping = 0;  ///< , or _ between groups of digits
  std::int64_t width = 0;
  std::int64_t precision = -1;
  char type = 0;
};
/// Fails for a type letter that does not fit the value.
Maybe<void> append_formatted(Context& context, TextBuilder& out, const Value& value,
                             const FormatSpec& spec);

}  // namespace lab::jinja
