#include "text/jinja/print.h"

#include <charconv>
#include <cmath>

#include "text/jinja/characters.h"
#include "text/jinja/operators.h"
#include "text/unicode/utf8.h"

namespace lab::jinja {

namespace {

std::string hex(char32_t c, int digits) {
  std::string out(static_cast<std::size_t>(digits), '0');
  for (int i = digits; i-- > 0; c >>= 4)
    out[static_cast<std::size_t>(i)] = "0123456789abcdef"[c & 15];
  return out;
}

std::string escape_for_repr(char32_t c, char quote) {
  if (c == '\n') return "\\n";
  if (c == '\r') return "\\r";
  if (c == '\t') return "\\t";
  if (c == '\\' || c == static_cast<char32_t>(quote))
    return std::string("\\") + static_cast<char>(c);
  if (is_printable(c)) return {};
  if (c < 0x100) return "\\x" + hex(c, 2);
  if (c < 0x10000) return "\\u" + hex(c, 4);
  return "\\U" + hex(c, 8);
}

void append_quoted(TextBuilder& out, const Text& text) {
  std::string_view bytes = text.view();
  bool double_quotes = bytes.find('\'') != bytes.npos && bytes.find('"') == bytes.npos;
  char quote = double_quotes ? '"' : '\'';
  if (text.is_markup()) out.append("Markup(");
  out.append(std::string_view(&quote, 1));
  OriginCursor origins(text);
  std::size_t plain = 0;  // what lies between here and `at` needs no escape
  for (std::size_t at = 0; at < bytes.size();) {
    std::size_t begin = at;
    char32_t c = unicode::next_code_point(bytes, at);
    std::string escape = escape_for_repr(c, quote);
    if (escape.empty()) continue;
    out.append(text, plain, begin);
    out.append(escape, origins.at(begin));
    plain = at;
  }
  out.append(text, plain);
  out.append(std::string_view(&quote, 1));
  if (text.is_markup()) out.append(")");
}

void append_sequence(Context& context, TextBuilder& out, const Sequence& sequence) {
  auto number = [](std::int64_t value) { return std::to_string(value); };
  switch (sequence.kind) {
    case SequenceKind::kGenerator:
      return out.append("<generator object>");
    case SequenceKind::kRange:
      out.append("range(" + number(sequence.start) + ", " + number(sequence.stop));
      if (sequence.step != 1) out.append(", " + number(sequence.step));
      return out.append(")");
    default:
      break;
  }
  bool tuple = sequence.kind == SequenceKind::kTuple;
  bool view = !tuple && sequence.kind != SequenceKind::kList;
  if (view) {
    out.append(kind_name(sequence.kind));
    out.append("(");
  }
  out.append(tuple ? "(" : "[");
  for (std::size_t i = 0; i < sequence.items.size(); ++i) {
    if (i > 0) out.append(", ");
    append_repr(context, out, sequence.items[i]);
  }
  if (tuple && sequence.items.size() == 1) out.append(",");
  out.append(tuple ? ")" : "]");
  if (view) out.append(")");
}

}  // namespace

void Object::print(Context&, TextBuilder& out) const {
  out.append("<");
  out.append(type_name());
  out.append(">");
}

std::string float_text(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number < 0 ? "-inf" : "inf";
  char buffer[40];
  auto end =
      std::to_chars(buffer, buffer + sizeof buffer, number, std::chars_format::scientific).ptr;
  std::string scientific(buffer, end);
  std::size_t e = scientific.find('e');
  int exponent = 0;
  std::from_chars(scientific.data() + e + 1 + (scientific[e + 1] == '+'),
                  scientific.data() + scientific.size(), exponent);
  if (exponent < -4 || exponent >= 16) return scientific;
  end = std::to_chars(buffer, buffer + sizeof buffer, number, std::chars_format::fixed).ptr;
  std::string fixed(buffer, end);
  if (fixed.find('.') == fixed.npos) fixed += ".0";
  return fixed;
}

void append_str(Context& context, TextBuilder& out, const Value& value) {
  if (value.is_text()) return out.append(value.text());
  if (!value.is_undefined()) append_repr(context, out, value);
}

void append_repr(Context& context, TextBuilder& out, const Value& value) {
  if (!context.budget.spend(1)) return;
  if (value.is_text()) return append_quoted(out, value.text());
  if (value.is_undefined()) return out.append("Undefined");
  if (value.is_none()) return out.append("None");
  if (value.is_bool()) return out.append(value.boolean() ? "True" : "False");
  if (value.is_integer()) return out.append(std::to_string(value.whole()));
  if (value.is_float()) return out.append(float_text(value.number()));
  if (value.is_sequence()) return append_sequence(context, out, value.sequence());
  if (value.is_object()) return value.object()->print(context, out);
  out.append("{");
  bool first = true;
  for (const auto& [key, item] : value.dict().items) {
    if (!first) out.append(", ");
    first = false;
    append_repr(context, out, key);
    out.append(": ");
    append_repr(context, out, item);
  }
  out.append("}");
}

Text to_text(Context& context, const Value& value) {
  if (value.is_text()) return value.text();
  TextBuilder out(context.budget);
  append_str(context, out, value);
  return out.finish();
}

void append_escaped(TextBuilder& out, const Text& text) {
  std::string_view bytes = text.view();
  OriginCursor origins(text);
  std::size_t plain = 0;
  for (std::size_t at = bytes.find_first_of("&<>\"'"); at != bytes.npos;
       at = bytes.find_first_of("&<>\"'", at + 1)) {
    out.append(text, plain, at);
    char c = bytes[at];
    out.append(c == '&'   ? "&amp;"
               : c == '<' ? "&lt;"
               : c == '>' ? "&gt;"
               : c == '"' ? "&#34;"
                          : "&#39;",
               origins.at(at));
    plain = at + 1;
  }
  out.append(text, plain);
}

}  // namespace lab::jinja
