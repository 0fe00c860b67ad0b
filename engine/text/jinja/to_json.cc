#include <cmath>
#include <vector>

#include "base/cat.h"
#include "text/jinja/merge_sort.h"
#include "text/jinja/operators.h"
#include "text/jinja/print.h"
#include "text/unicode/utf8.h"

namespace lab::jinja {

namespace {

std::string escape_unit(char32_t unit) {
  std::string out = "\\u0000";
  for (std::size_t i = 5; i >= 2; --i, unit >>= 4) out[i] = "0123456789abcdef"[unit & 15];
  return out;
}

std::string escape_for_json(char32_t c, bool ascii_only) {
  switch (c) {
    case '"':
      return "\\\"";
    case '\\':
      return "\\\\";
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    case '\f':
      return "\\f";
    case '\b':
      return "\\b";
    default:
      break;
  }
  if (c < 0x20 || (ascii_only && c > 0x7E && c < 0x10000)) return escape_unit(c);
  if (!ascii_only || c < 0x10000) return {};
  return escape_unit(0xD800 + ((c - 0x10000) >> 10)) + escape_unit(0xDC00 + (c & 0x3FF));
}

void append_string(TextBuilder& out, const Text& text, bool ascii_only) {
  std::string_view bytes = text.view();
  OriginCursor origins(text);
  std::size_t plain = 0;
  out.append("\"");
  for (std::size_t at = 0; at < bytes.size();) {
    std::size_t begin = at;
    std::string escape = escape_for_json(unicode::next_code_point(bytes, at), ascii_only);
    if (escape.empty()) continue;
    out.append(text, plain, begin);
    out.append(escape, origins.at(begin));
    plain = at;
  }
  out.append(text, plain);
  out.append("\"");
}

std::string number_text(const Value& value) {
  if (value.is_bool()) return value.boolean() ? "true" : "false";
  if (value.is_integer()) return std::to_string(value.whole());
  double number = value.number();
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number < 0 ? "-Infinity" : "Infinity";
  return float_text(number);
}

class Writer {
 public:
  Writer(Context& context, TextBuilder& out, const JsonStyle& style)
      : context_(context), out_(out), style_(style) {}

  Maybe<void> write(const Value& value) {
    if (!context_.budget.spend(1)) return std::unexpected(Failed{});
    if (value.is_text()) return append_string(out_, value.text(), style_.ascii_only), Maybe<void>();
    if (value.is_none()) return out_.append("null"), Maybe<void>();
    if (value.is_number()) return out_.append(number_text(value)), Maybe<void>();
    if (value.is_dict()) return write_dict(value.dict());
    if (value.is_sequence() && value.sequence().kind <= SequenceKind::kTuple) {
      return write_list(value.sequence());
    }
    return context_.fail(cat("a value of type ", type_name(value), " is not JSON serializable"));
  }

 private:
  Maybe<void> write_list(const Sequence& list) {
    if (list.items.empty()) return out_.append("[]"), Maybe<void>();
    out_.append("[");
    ++level_;
    for (std::size_t i = 0; i < list.items.size(); ++i) {
      start_item(i == 0);
      LAB_CHECK(write(list.items[i]));
    }
    end("]");
    return {};
  }

  Maybe<void> write_dict(const Dict& dict) {
    if (dict.items.empty()) return out_.append("{}"), Maybe<void>();
    std::vector<const std::pair<Value, Value>*> items;
    for (const auto& item : dict.items) items.push_back(&item);
    if (style_.sort_keys) {
      LAB_CHECK(merge_sort(items, [&](const auto* a, const auto* b) -> Maybe<bool> {
        LAB_TRY(std::partial_ordering ordering, order(context_, a->first, b->first));
        return ordering < 0;
      }));
    }
    out_.append("{");
    ++level_;
    for (std::size_t i = 0; i < items.size(); ++i) {
      start_item(i == 0);
      LAB_CHECK(write_key(items[i]->first));
      out_.append(style_.key_separator);
      LAB_CHECK(write(items[i]->second));
    }
    end("}");
    return {};
  }

  Maybe<void> write_key(const Value& key) {
    if (key.is_text()) return append_string(out_, key.text(), style_.ascii_only), Maybe<void>();
    if (!key.is_none() && !key.is_number()) {
      return context_.fail(cat("a key of type ", type_name(key), " is not JSON serializable"));
    }
    out_.append(cat("\"", key.is_none() ? "null" : number_text(key), "\""));
    return {};
  }

  void start_item(bool first) {
    if (!first) out_.append(style_.item_separator);
    new_line();
  }
  void end(std::string_view bracket) {
    --level_;
    new_line();
    out_.append(bracket);
  }
  void new_line() {
    if (!style_.pretty) return;
    out_.append("\n");
    for (int i = 0; i < level_; ++i) out_.append(style_.indent);
  }

  Context& context_;
  TextBuilder& out_;
  const JsonStyle& style_;
  int level_ = 0;
};

}  // namespace

Maybe<void> append_json(Context& context, TextBuilder& out, const Value& value,
                        const JsonStyle& style) {
  return Writer(context, out, style).write(value);
}

}  // namespace lab::jinja
