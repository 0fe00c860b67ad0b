#include <charconv>

#include "base/cat.h"
#include "file/utf8.h"
#include "text/regex/syntax.h"
#include "text/unicode/utf8.h"

namespace lab::regex {

namespace {

constexpr std::size_t kShown = 300;         // bytes of a pattern in a message
constexpr int kMaxDepth = 32;               // of nested groups and classes
constexpr std::uint32_t kMaxCount = 1000;   // in {n,m}
constexpr std::size_t kMaxPattern = 1 << 16;  // bytes; those of published tokenizers have hundreds

NodePtr make(Kind kind) {
  auto node = std::make_unique<Node>();
  node->kind = kind;
  return node;
}

class Parser {
 public:
  explicit Parser(std::string_view pattern) : text_(pattern) {}

  Result<NodePtr> run() {
    LAB_TRY(auto node, alternation(0));
    if (at_ < text_.size()) return unsupported("a ')' without '('");
    return node;
  }

 private:
  bool done() const { return at_ == text_.size(); }
  bool at(std::string_view token) const { return text_.substr(at_).starts_with(token); }
  bool take(std::string_view token) {
    if (!at(token)) return false;
    at_ += token.size();
    return true;
  }
  std::unexpected<Error> unsupported(std::string_view what) const {
    return fail(Code::kUnsupported, cat("the regular expression ", text_.substr(0, kShown),
                                        text_.size() > kShown ? "..." : "", " has ", what,
                                        " at byte ", at_, ", which LoRA Lab does not support"));
  }

  Result<NodePtr> alternation(int depth) {
    if (depth > kMaxDepth) return unsupported("groups nested too deeply");
    bool outer_ignore_case = ignore_case_;
    auto result = make(Kind::kAlternate);
    do {
      LAB_TRY(auto branch, concatenation(depth));
      result->children.push_back(std::move(branch));
    } while (take("|"));
    ignore_case_ = outer_ignore_case;  // an option such as (?i) lasts until its group ends
    if (result->children.size() == 1) return std::move(result->children[0]);
    return result;
  }

  Result<NodePtr> concatenation(int depth) {
    auto result = make(Kind::kConcat);
    while (!done() && !at("|") && !at(")")) {
      LAB_TRY(auto item, atom(depth));
      LAB_TRY(item, quantified(std::move(item)));
      result->children.push_back(std::move(item));
    }
    if (result->children.size() == 1) return std::move(result->children[0]);
    return result;
  }

  // Wraps `item` in the quantifiers that follow it.
  Result<NodePtr> quantified(NodePtr item) {
    for (int count = 0; !done(); ++count) {
      std::uint32_t least = 0, most = kUnbounded;
      bool braces = false;
      if (take("*")) {
      } else if (take("+")) {
        least = 1;
      } else if (take("?")) {
        most = 1;
      } else if (at("{")) {
        LAB_TRY(braces, interval(least, most));
        if (!braces) break;
      } else {
        break;
      }
      if (count > 0) return unsupported("a quantifier of a quantifier");
      bool lazy = take("?");
      bool possessive = !lazy && !braces && take("+");
      auto repeat = make(Kind::kRepeat);
      repeat->least = least;
      repeat->most = most;
      repeat->lazy = lazy;
      repeat->children.push_back(std::move(item));
      item = std::move(repeat);
      if (possessive) item = wrap(Kind::kAtomic, std::move(item));
    }
    return item;
  }

  static NodePtr wrap(Kind kind, NodePtr child) {
    auto node = make(kind);
    node->children.push_back(std::move(child));
    return node;
  }

  // {n} {n,} {,m} {n,m}; false, and nothing taken, if it is text that only looks like it.
  Result<bool> interval(std::uint32_t& least, std::uint32_t& most) {
    std::size_t start = at_++;
    auto number = [&](std::uint32_t& value) {
      auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
      bool found = error == std::errc();
      at_ = static_cast<std::size_t>(end - text_.data());
      return found;
    };
    bool has_least = number(least);
    bool has_most = false;
    if (take(",")) {
      has_most = number(most);
    } else {
      most = least;
    }
    if (!take("}") || (!has_least && !has_most)) {
      at_ = start;
      return false;
    }
    if (least > kMaxCount || (most != kUnbounded && most > kMaxCount))
      return unsupported(cat("a count above ", kMaxCount));
    if (least > most) return unsupported("a count whose end is below its start");
    return true;
  }

  Result<NodePtr> atom(int depth) {
    if (take("(")) return group(depth);
    if (take("[")) {
      LAB_TRY(auto set, bracket(depth + 1));
      return class_node(std::move(set));
    }
    if (take(".")) {
      CharClass newline;
      newline.add('\n', '\n');
      newline.negate();
      return class_node(std::move(newline));
    }
    if (take("^")) return make(Kind::kLineStart);
    if (take("$")) return make(Kind::kLineEnd);
    if (take("\\A")) return make(Kind::kTextStart);
    if (take("\\z")) return make(Kind::kTextEnd);
    if (take("\\Z")) return make(Kind::kTextEndOrNewline);
    if (at("\\b") || at("\\B")) {
      auto node = make(Kind::kWordBoundary);
      node->negated = text_[at_ + 1] == 'B';
      at_ += 2;
      return node;
    }
    if (at("\\")) {
      LAB_TRY(auto item, escape());
      return item.set ? class_node(std::move(*item.set)) : char_node(item.c);
    }
    if (at("*") || at("+") || at("?")) return unsupported("a quantifier of nothing");
    return char_node(unicode::next_code_point(text_, at_));
  }

  NodePtr char_node(char32_t c) {
    auto node = make(Kind::kChar);
    node->ignore_case = ignore_case_;
    node->c = ignore_case_ ? unicode::fold(c) : c;
    return node;
  }

  NodePtr class_node(CharClass set) {
    if (ignore_case_) set.ignore_case();
    set.freeze();
    auto node = make(Kind::kClass);
    node->set = std::move(set);
    return node;
  }

  // After "(".
  Result<NodePtr> group(int depth) {
    Kind kind = Kind::kConcat;
    bool negated = false;
    bool outer_ignore_case = ignore_case_;
    if (take("?")) {
      if (take(":")) {
      } else if (take("=")) {
        kind = Kind::kLook;
      } else if (take("!")) {
        kind = Kind::kLook;
        negated = true;
      } else if (take(">")) {
        kind = Kind::kAtomic;
      } else if (at("<=") || at("<!")) {
        return unsupported("a look-behind");
      } else {
        bool off = take("-");
        if (!take("i")) return unsupported("an unknown group");
        ignore_case_ = !off;
        if (take(")")) return make(Kind::kEmpty);  // for the rest of the enclosing group
        if (!take(":")) return unsupported("an unknown option");
      }
    }
    LAB_TRY(auto inner, alternation(depth + 1));
    ignore_case_ = outer_ignore_case;
    if (!take(")")) return unsupported("a '(' without ')'");
    if (kind == Kind::kConcat) return inner;
    auto node = wrap(kind, std::move(inner));
    node->negated = negated;
    return node;
  }

  struct Item {
    std::optional<CharClass> set;  ///< if absent, the character c
    char32_t c = 0;
  };

  // At "\".
  Result<Item> escape() {
    std::size_t start = at_++;
    if (done()) return unsupported("a lone '\\' at its end");
    char32_t c = unicode::next_code_point(text_, at_);
    auto negate = [](CharClass set) {
      CharClass result;
      result.add_class(std::move(set));
      result.negate();
      return result;
    };
    switch (c) {
      case 's': return Item{CharClass::white_space()};
      case 'S': return Item{negate(CharClass::white_space())};
      case 'd': return Item{CharClass::digit()};
      case 'D': return Item{negate(CharClass::digit())};
      case 'w': return Item{CharClass::word()};
      case 'W': return Item{negate(CharClass::word())};
      case 'n': return Item{{}, '\n'};
      case 'r': return Item{{}, '\r'};
      case 't': return Item{{}, '\t'};
      case 'f': return Item{{}, '\f'};
      case 'v': return Item{{}, '\v'};
      case 'a': return Item{{}, '\a'};
      case 'e': return Item{{}, 0x1B};
      case 'x':
      case 'u': return hexadecimal(c == 'u');
      case 'p':
      case 'P': {
        if (!take("{")) return unsupported("a property without braces");
        bool negated = (c == 'P') != take("^");
        std::size_t end = text_.find('}', at_);
        if (end == std::string_view::npos) return unsupported("a property without '}'");
        auto set = CharClass::property(text_.substr(at_, end - at_));
        if (!set) return unsupported(cat("the property ", text_.substr(at_, end - at_)));
        at_ = end + 1;
        return Item{negated ? negate(std::move(*set)) : std::move(*set)};
      }
      default: break;
    }
    bool alphanumeric = c < 128 && (unicode::is_letter(unicode::category(c)) ||
                                    unicode::is_number(unicode::category(c)));
    if (alphanumeric) {
      at_ = start;
      return unsupported(cat("the escape \\", static_cast<char>(c)));
    }
    return Item{{}, c};
  }

  // After "\x" or "\u": HH, HHHH or {H...}.
  Result<Item> hexadecimal(bool four) {
    bool braces = take("{");
    std::size_t length = braces ? text_.find('}', at_) - at_ : four ? 4 : 2;
    std::uint32_t value = 0;
    std::string_view digits = text_.substr(at_, length);
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    bool whole = end == digits.data() + digits.size() && digits.size() == length;
    if (error != std::errc() || !whole || value > unicode::kLastCodePoint)
      return unsupported("a malformed hexadecimal escape");
    at_ += length + (braces ? 1 : 0);
    return Item{{}, value};
  }

  // After "[": up to and with "]".
  Result<CharClass> bracket(int depth) {
    if (depth > kMaxDepth) return unsupported("classes nested too deeply");
    CharClass result;
    bool negated = take("^");
    CharClass left;
    bool first = true;
    bool intersected = false;
    auto close_operand = [&] {  // && binds weaker than everything else in a class
      if (intersected) {
        result.intersect(std::move(left));
      } else {
        result.add_class(std::move(left));
      }
      left = CharClass();
    };
    while (true) {
      if (done()) return unsupported("a '[' without ']'");
      if (!first && take("]")) break;
      first = false;
      if (take("&&")) {
        close_operand();
        intersected = true;
        continue;
      }
      if (at("[:")) return unsupported("a POSIX class");
      if (take("[")) {
        LAB_TRY(auto inner, bracket(depth + 1));
        left.add_class(std::move(inner));
        continue;
      }
      LAB_CHECK(class_item(left));
    }
    close_operand();
    if (negated) result.negate();
    return result;
  }

  // A character, a range or an escape inside a class.
  Status class_item(CharClass& into) {
    LAB_TRY(Item first, class_atom());
    if (first.set) {
      into.add_class(std::move(*first.set));
      return {};
    }
    bool is_range = at("-") && !at("-]") && !at("-[");
    if (!is_range) {
      into.add(first.c, first.c);
      return {};
    }
    take("-");
    LAB_TRY(Item last, class_atom());
    if (last.set || last.c < first.c) return unsupported("a malformed range");
    into.add(first.c, last.c);
    return {};
  }

  Result<Item> class_atom() {
    if (done()) return unsupported("a '[' without ']'");
    if (at("\\b")) {
      at_ += 2;
      return Item{{}, '\b'};
    }
    if (at("\\")) return escape();
    return Item{{}, unicode::next_code_point(text_, at_)};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool ignore_case_ = false;
};

}  // namespace

Result<NodePtr> parse(std::string_view pattern) {
  if (pattern.size() > kMaxPattern)
    return fail(Code::kLimit, cat("a regular expression has ", pattern.size(), " bytes, more than ",
                                  kMaxPattern));
  if (!is_utf8(pattern))
    return fail(Code::kBadText, "a regular expression is not UTF-8");
  return Parser(pattern).run();
}

}  // namespace lab::regex
