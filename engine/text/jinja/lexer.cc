#include "text/jinja/lexer.h"

#include <algorithm>

#include "base/cat.h"
#include "text/jinja/characters.h"
#include "text/jinja/literals.h"
#include "text/unicode/utf8.h"

namespace lab::jinja {

namespace {

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {}

  Result<std::vector<Token>> run() {
    while (at_ < source_.size()) LAB_CHECK(text_until_tag());
    add(TokenKind::kEnd, {});
    return std::move(tokens_);
  }

 private:
  std::unexpected<Error> failed(std::string message) const {
    return fail(Error{Code::kBadTemplate, std::move(message)}.on_line(line_));
  }
  bool ahead(std::string_view text) const { return source_.substr(at_).starts_with(text); }
  char peek(std::size_t at) const { return at < source_.size() ? source_[at] : '\0'; }
  void add(TokenKind kind, std::string_view text, Value value = {}) {
    tokens_.push_back({kind, line_, text, std::move(value)});
  }
  // Moves to `end`, counting lines.
  void advance_to(std::size_t end) {
    line_ += static_cast<int>(std::count(source_.begin() + static_cast<std::ptrdiff_t>(at_),
                                         source_.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
    at_ = end;
  }
  std::size_t skip_space(std::size_t at) const {
    for (std::size_t next = at; at < source_.size(); at = next) {
      if (!is_space(unicode::next_code_point(source_, next))) break;
    }
    return at;
  }

  // Adds source [begin, tag), less what `sign` and lstrip_blocks take off its end.
  void add_data(std::size_t begin, std::size_t tag, char sign, bool strip_line) {
    std::string_view data = source_.substr(begin, tag - begin);
    if (sign == '-') {
      std::size_t end = data.size(), before = end;
      while (end > 0 && (before = end, is_space(unicode::previous_code_point(data, before))))
        end = before;
      data = data.substr(0, end);
    } else if (sign != '+' && strip_line) {
      std::size_t line = data.rfind('\n') + 1;  // npos + 1 is 0: the data's start
      bool starts_line = line > 0 || begin == 0 || source_[begin - 1] == '\n';
      if (starts_line && skip_space(begin + line) >= tag) data = data.substr(0, line);
    }
    if (!data.empty()) add(TokenKind::kData, data);
  }

  // The tag that closes at `at`: its end, with the white space that it takes along; 0 if none does.
  std::size_t tag_end(std::size_t at, std::string_view bracket, bool trim_newline) const {
    bool plus = trim_newline && peek(at) == '+';
    bool minus = peek(at) == '-';
    std::size_t end = at + (plus || minus);
    if (!source_.substr(std::min(end, source_.size())).starts_with(bracket)) return 0;
    end += 2;
    if (minus) return skip_space(end);
    return end + (trim_newline && !plus && peek(end) == '\n');
  }

  Status text_until_tag() {
    std::size_t begin = at_, tag = begin;
    do tag = std::min(source_.find('{', tag), source_.size());
    while (tag < source_.size() && peek(tag + 1) != '{' && peek(tag + 1) != '%' &&
           peek(tag + 1) != '#' && ++tag);
    if (tag == source_.size()) {
      add(TokenKind::kData, source_.substr(begin));
      advance_to(tag);
      return {};
    }
    char kind = peek(tag + 1);
    char sign = peek(tag + 2) == '-' || peek(tag + 2) == '+' ? peek(tag + 2) : '\0';
    add_data(begin, tag, sign, kind != '{');
    advance_to(tag + 2 + (sign != '\0'));
    if (kind == '#') return comment();
    if (kind == '{') return tag_body(TokenKind::kVariableBegin, TokenKind::kVariableEnd, "}}");
    if (std::size_t raw = raw_begin()) return advance_to(raw), raw_block();
    return tag_body(TokenKind::kBlockBegin, TokenKind::kBlockEnd, "%}");
  }

  Status comment() {
    std::size_t end = source_.find("#}", at_);
    if (at_ == source_.size()) return {};  // jinja2 takes this for an empty comment
    if (end == source_.npos) return failed("a comment is not closed");
    bool sign = end > at_ && (source_[end - 1] == '-' || source_[end - 1] == '+');
    advance_to(tag_end(end - sign, "#}", true));
    return {};
  }

  // Behind "{%": the end of "raw %}", or 0.
  std::size_t raw_begin() const {
    std::size_t at = skip_space(at_);
    if (!source_.substr(at).starts_with("raw")) return 0;
    return tag_end(skip_space(at + 3), "%}", false);
  }

  Status raw_block() {
    std::size_t begin = at_;
    if (begin == source_.size()) return {};  // as with a comment
    for (std::size_t tag = source_.find("{%", begin); tag != source_.npos;
         tag = source_.find("{%", tag + 1)) {
      char sign = peek(tag + 2) == '-' || peek(tag + 2) == '+' ? peek(tag + 2) : '\0';
      std::size_t name = skip_space(tag + 2 + (sign != '\0'));
      if (!source_.substr(name).starts_with("endraw")) continue;
      std::size_t end = tag_end(skip_space(name + 6), "%}", true);
      if (end == 0) continue;
      add_data(begin, tag, sign, true);
      advance_to(end);
      return {};
    }
    return failed("a raw block is not closed");
  }

  Status tag_body(TokenKind begin, TokenKind end_kind, std::string_view bracket) {
    add(begin, {});
    std::string open;  // the brackets that are still to be closed
    while (at_ < source_.size()) {
      if (open.empty()) {
        if (std::size_t end = tag_end(at_, bracket, bracket == "%}")) {
          add(end_kind, {});
          advance_to(end);
          return {};
        }
      }
      std::size_t space = skip_space(at_);
      if (space > at_)
        advance_to(space);
      else
        LAB_CHECK(token(open));
    }
    return failed("a tag is not closed");
  }

  Status token(std::string& open) {
    char c = source_[at_];
    if (c >= '0' && c <= '9') {
      LAB_TRY(Literal number, read_number(source_, at_, line_));
      add(TokenKind::kNumber, source_.substr(at_, number.end - at_), std::move(number.value));
      advance_to(number.end);
      return {};
    }
    if (c == '"' || c == '\'') {
      LAB_TRY(Literal string, read_string(source_, at_, line_));
      add(TokenKind::kString, {}, std::move(string.value));
      advance_to(string.end);
      return {};
    }
    std::size_t end = at_;
    for (std::size_t next = end; end < source_.size(); end = next) {
      char32_t letter = unicode::next_code_point(source_, next);
      if (letter != '_' && !unicode::is_word(letter)) break;
    }
    if (end > at_) {
      add(TokenKind::kName, source_.substr(at_, end - at_));
      at_ = end;
      return {};
    }
    return operator_token(open);
  }

  Status operator_token(std::string& open) {
    constexpr std::string_view kOperators[] = {"//", "**", "==", "!=", ">=", "<=", "+", "-", "/",
                                               "*",  "%",  "~",  "[",  "]",  "(",  ")", "{", "}",
                                               ">",  "<",  "=",  ".",  ":",  "|",  ",", ";"};
    for (std::string_view symbol : kOperators) {
      if (!ahead(symbol)) continue;
      if (symbol == "(") open += ')';
      if (symbol == "[") open += ']';
      if (symbol == "{") open += '}';
      if (symbol == ")" || symbol == "]" || symbol == "}") {
        if (open.empty() || open.back() != symbol[0])
          return failed(cat("unexpected '", symbol, "'"));
        open.pop_back();
      }
      add(TokenKind::kOperator, source_.substr(at_, symbol.size()));
      at_ += symbol.size();
      return {};
    }
    return failed(cat(
        "unexpected character '",
        source_.substr(at_, unicode::utf8_length(static_cast<unsigned char>(source_[at_]))), "'"));
  }

  std::string_view source_;
  std::size_t at_ = 0;
  int line_ = 1;
  std::vector<Token> tokens_;
};

}  // namespace

std::string normalize_newlines(std::string_view source) {
  std::string out;
  out.reserve(source.size());
  for (std::size_t i = 0; i < source.size(); ++i) {
    if (source[i] == '\r' && i + 1 < source.size() && source[i + 1] == '\n') continue;
    out += source[i] == '\r' ? '\n' : source[i];
  }
  if (out.ends_with('\n')) out.pop_back();
  return out;
}

Result<std::vector<Token>> tokenize(std::string_view source) { return Lexer(source).run(); }

}  // namespace lab::jinja
