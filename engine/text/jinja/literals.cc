#include "text/jinja/literals.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "base/cat.h"
#include "text/unicode/utf8.h"

namespace lab::jinja {

namespace {

std::unexpected<Error> failed(int line, std::string message) {
  return fail(Error{Code::kBadTemplate, std::move(message)}.on_line(line));
}

bool is_decimal_digit(char c) { return c >= '0' && c <= '9'; }

int digit_value(char c) {
  if (is_decimal_digit(c)) return c - '0';
  char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : 99;
}

// Behind digits of `base`, each of which may follow a "_".
std::size_t skip_digits(std::string_view source, std::size_t at, int base, bool underscore_first) {
  auto digit = [&](std::size_t i) { return i < source.size() && digit_value(source[i]) < base; };
  while (digit(at) ||
         (underscore_first && at < source.size() && source[at] == '_' && digit(at + 1))) {
    at += source[at] == '_' ? 2 : 1;
    underscore_first = true;
  }
  return at;
}

std::string without_underscores(std::string_view text) {
  std::string out(text);
  std::erase(out, '_');
  return out;
}

// The end of the float at `at`, or `at` if it is none: it has a fraction or an exponent.
std::size_t float_end(std::string_view source, std::size_t at) {
  if (at > 0 && source[at - 1] == '.') return at;
  std::size_t end = skip_digits(source, at, 10, false), result = at;
  auto digit = [&](std::size_t i) { return i < source.size() && is_decimal_digit(source[i]); };
  if (end < source.size() && source[end] == '.' && digit(end + 1))
    result = end = skip_digits(source, end + 1, 10, false);
  if (end < source.size() && (source[end] | 0x20) == 'e') {
    std::size_t sign =
        end + 1 < source.size() && (source[end + 1] == '+' || source[end + 1] == '-');
    if (digit(end + 1 + sign)) result = skip_digits(source, end + 1 + sign, 10, false);
  }
  return result;
}

Result<Literal> read_float(std::string_view source, std::size_t at, std::size_t end, int line) {
  std::string digits = without_underscores(source.substr(at, end - at));
  double number = 0;
  auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc()) return failed(line, cat("the number ", digits, " is out of range"));
  return Literal{Value(number), end};
}

// \xhh \uhhhh \Uhhhhhhhh and octal: reads digits at `at` and appends the character.
Status read_code(std::string_view body, std::size_t& at, std::size_t least, std::size_t most,
                 int base, int line, std::string& out) {
  char32_t code = 0;
  std::size_t count = 0;
  while (count < most && at < body.size() && digit_value(body[at]) < base) {
    code = code * static_cast<char32_t>(base) + static_cast<char32_t>(digit_value(body[at++]));
    ++count;
  }
  bool valid = count >= least && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
  if (!valid) return failed(line, "a string has an escape that is no character");
  unicode::append_utf8(out, code);
  return {};
}

Status read_escape(std::string_view body, std::size_t& at, int line, std::string& out) {
  constexpr std::string_view kLetters = "\n\\'\"abfnrtv";
  constexpr std::string_view kMeanings("\0\\'\"\a\b\f\n\r\t\v", 11);
  char letter = body[at];
  if (letter >= '0' && letter <= '7') return read_code(body, at, 1, 3, 8, line, out);
  ++at;
  if (letter == 'x') return read_code(body, at, 2, 2, 16, line, out);
  if (letter == 'u') return read_code(body, at, 4, 4, 16, line, out);
  if (letter == 'U') return read_code(body, at, 8, 8, 16, line, out);
  if (letter == 'N')
    return failed(line, "a string has an escape \\N{...}, which LoRA Lab does not know");
  std::size_t known = kLetters.find(letter);
  if (known == kLetters.npos)
    out += {'\\', letter};
  else if (letter != '\n')
    out += kMeanings[known];
  return {};
}

}  // namespace

Result<Literal> read_number(std::string_view source, std::size_t at, int line) {
  if (std::size_t end = float_end(source, at); end > at) return read_float(source, at, end, line);
  int base = 10;
  std::size_t digits_at = at, end = at;
  if (source[at] == '0') {
    char letter = at + 1 < source.size() ? static_cast<char>(source[at + 1] | 0x20) : '\0';
    int named = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 0;
    end = named ? skip_digits(source, at + 2, named, true) : at;
    if (end > at + 2) {
      base = named;
      digits_at = at + 2;
    } else {
      end = skip_digits(source, at, 1, false);  // a decimal number has no leading 0
    }
  } else {
    end = skip_digits(source, at, 10, false);
  }
  std::string digits = without_underscores(source.substr(digits_at, end - digits_at));
  std::int64_t number = 0;
  auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
  if (error != std::errc())
    return failed(line, cat("the number ", digits, " does not fit into 64 bits"));
  return Literal{Value(number), end};
}

Result<Literal> read_string(std::string_view source, std::size_t at, int line) {
  char quote = source[at];
  std::size_t end = at + 1;
  while (end < source.size() && source[end] != quote) end += source[end] == '\\' ? 2 : 1;
  if (end >= source.size()) return failed(line, "a string is not closed");
  std::string_view body = source.substr(at + 1, end - at - 1);
  std::string out;
  for (std::size_t i = 0; i < body.size();) {
    if (body[i] != '\\') {
      out += body[i++];
    } else {
      LAB_CHECK(read_escape(body, ++i, line, out));
    }
  }
  return Literal{Value(Text(out)), end + 1};
}

}  // namespace lab::jinja
