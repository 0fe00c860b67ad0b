#include <cmath>
#include <optional>

#include "base/cat.h"
#include "text/jinja/operators.h"
#include "text/jinja/print.h"
#include "text/unicode/utf8.h"

namespace lab::jinja {

namespace {

// One pass over a text such as "%-5s has %(count)d items".
class PercentFormatter {
 public:
  PercentFormatter(Context& context, const Text& format, const Value& arguments)
      : context_(context),
        format_(format),
        source_(format.view()),
        arguments_(arguments),
        out_(context.budget) {
    tuple_ = arguments.is_sequence() && arguments.sequence().kind == SequenceKind::kTuple;
  }

  Maybe<Value> run() {
    while (at_ < source_.size()) {
      std::size_t percent = std::min(source_.find('%', at_), source_.size());
      out_.append(format_, at_, percent);
      at_ = percent;
      if (at_ < source_.size()) LAB_CHECK(conversion());
    }
    // As in Python, whatever can be indexed may go unused, as only some keys of a dict do.
    bool scalar = !arguments_.is_sequence() && !arguments_.is_dict() && !arguments_.is_undefined();
    std::size_t count = tuple_ ? arguments_.sequence().items.size() : scalar ? 1 : 0;
    if (used_ < count) return context_.fail("not all arguments were converted by the format");
    return Value(out_.finish());
  }

 private:
  bool take(char c) {
    if (at_ >= source_.size() || source_[at_] != c) return false;
    ++at_;
    return true;
  }

  Maybe<Value> next_argument() {
    if (keyed_) return *keyed_;
    std::size_t count = tuple_ ? arguments_.sequence().items.size() : 1;
    if (used_ >= count) return context_.fail("not enough arguments for the format");
    return tuple_ ? arguments_.sequence().items[used_++] : (++used_, arguments_);
  }

  Maybe<std::int64_t> number() {
    if (take('*')) {
      LAB_TRY(Value value, next_argument());
      if (!value.is_whole()) return context_.fail("* in a format wants an integer");
      return value.whole();
    }
    std::int64_t value = 0;
    while (at_ < source_.size() && source_[at_] >= '0' && source_[at_] <= '9') {
      if (value > 1'000'000)
        return context_.fail("the width or precision of a format is too large");
      value = value * 10 + (source_[at_++] - '0');
    }
    return value;
  }

  Maybe<void> conversion() {
    ++at_;  // the percent sign
    keyed_.reset();
    if (take('(')) LAB_CHECK(key());
    FormatSpec spec;
    bool left = false, zero = false;
    for (;; ++at_) {
      char flag = at_ < source_.size() ? source_[at_] : '\0';
      if (flag == '-')
        left = true;
      else if (flag == '0')
        zero = true;
      else if (flag == '+')
        spec.sign = '+';
      else if (flag == ' ')
        spec.sign = spec.sign == '+' ? '+' : ' ';
      else if (flag == '#')
        spec.alternate = true;
      else
        break;
    }
    LAB_TRY(spec.width, number());
    if (spec.width < 0) left = true, spec.width = -spec.width;
    if (take('.')) {
      LAB_TRY(spec.precision, number());
    }
    while (take('l') || take('h') || take('L')) {
    }
    if (at_ >= source_.size()) return context_.fail("incomplete format");
    char type = source_[at_++];
    if (type == '%') return out_.append("%"), Maybe<void>();
    LAB_TRY(Value value, next_argument());
    spec.align = left ? '<' : '>';
    return convert(type, value, spec, zero && !left);
  }

  Maybe<void> key() {
    std::size_t begin = at_;
    for (int open = 1; open > 0; ++at_) {
      if (at_ >= source_.size()) return context_.fail("incomplete format key");
      open += source_[at_] == '(' ? 1 : source_[at_] == ')' ? -1 : 0;
    }
    if (!arguments_.is_dict()) return context_.fail("the format requires a mapping");
    std::string_view name = source_.substr(begin, at_ - 1 - begin);
    const Value* value = arguments_.dict().find(name);
    if (!value)
      return context_.fail(cat("the format names the key '", name, "', which is missing"));
    keyed_ = *value;
    return {};
  }

  Maybe<void> convert(char type, const Value& value, FormatSpec spec, bool zero) {
    if (type == 's' || type == 'r') {
      TextBuilder body(context_.budget);
      type == 's' ? append_str(context_, body, value) : append_repr(context_, body, value);
      spec.sign = '-';
      return append_formatted(context_, out_, Value(body.finish()), spec);
    }
    if (type == 'c') {
      spec.precision = -1;
      if (value.is_text() && value.text().length() == 1) {
        return append_formatted(context_, out_, value, spec);
      }
      bool valid = value.is_whole() && value.whole() >= 0 && value.whole() <= 0x10FFFF &&
                   (value.whole() < 0xD800 || value.whole() > 0xDFFF);
      if (!valid) return context_.fail("%c wants one character or its code point");
      std::string character;
      unicode::append_utf8(character, static_cast<char32_t>(value.whole()));
      return append_formatted(context_, out_, Value(Text(character)), spec);
    }
    if (value.is_undefined()) return context_.fail(value.why_undefined());
    if (!value.is_number()) {
      return context_.fail(cat("%", type, " wants a number, got ", type_name(value)));
    }
    spec.type = type;
    if (zero) spec.fill = "0", spec.align = '=';
    if (type == 'd' || type == 'i' || type == 'u') return decimal(value, spec);
    if (type == 'x' || type == 'X' || type == 'o') {
      if (value.is_float()) return context_.fail(cat("%", type, " wants an integer, got float"));
      return append_formatted(context_, out_, value, spec);
    }
    if (std::string_view("eEfFgG").find(type) == std::string_view::npos) {
      return context_.fail(cat("unsupported format character '", type, "'"));
    }
    return append_formatted(context_, out_, value, spec);
  }

  Maybe<void> decimal(const Value& value, FormatSpec spec) {
    Value whole = value;
    if (value.is_float()) {
      if (!(std::fabs(value.number()) < 0x1p63))
        return context_.fail("the number is too large for %d");
      whole = Value(static_cast<std::int64_t>(value.number()));
    }
    std::int64_t digits = spec.precision;
    spec.precision = -1;
    if (digits > 0) {  // the precision of an integer is its least number of digits
      FormatSpec inner = spec;
      inner.fill = "0";
      inner.align = '=';
      inner.width = digits + (whole.whole() < 0 || spec.sign != '-' ? 1 : 0);
      TextBuilder body(context_.budget);
      LAB_CHECK(append_formatted(context_, body, whole, inner));
      FormatSpec outer;
      outer.width = spec.width;
      outer.align = spec.align == '=' ? '>' : spec.align;
      return append_formatted(context_, out_, Value(body.finish()), outer);
    }
    return append_formatted(context_, out_, whole, spec);
  }

  Context& context_;
  const Text& format_;
  std::string_view source_;
  const Value& arguments_;
  TextBuilder out_;
  std::size_t at_ = 0;
  bool tuple_ = false;
  std::size_t used_ = 0;
  std::optional<Value> keyed_;
};

}  // namespace

Maybe<Value> format_percent(Context& context, const Text& format, const Value& arguments) {
  return PercentFormatter(context, format, arguments).run();
}

}  // namespace lab::jinja
