#include "text/stages/normalizer.h"

#include "text/stages/byte_letters.h"
#include "text/unicode/unicode.h"
#include "text/unicode/utf8.h"

namespace lab {

namespace {

using unicode::append_utf8;

// Makes a normalizer of a function std::string(std::string) or Result<std::string>(std::string).
template <class F>
class Step : public Normalizer {
 public:
  explicit Step(F f) : f_(std::move(f)) {}
  Result<std::string> apply(std::string text) const override { return f_(std::move(text)); }

 private:
  F f_;
};

template <class F>
NormalizerPtr step(F f) {
  return std::make_unique<Step<F>>(std::move(f));
}

// Calls visit(out, c) for every character; what it appends to `out` is the new text.
template <class F>
std::string map_characters(std::string_view text, F&& visit) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) visit(out, unicode::next_code_point(text, at));
  return out;
}

bool is_ideograph(char32_t c) {  // the blocks that BERT calls Chinese
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) ||
         (c >= 0x20000 && c <= 0x2A6DF) || (c >= 0x2A700 && c <= 0x2B73F) ||
         (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

std::string clean(std::string_view text) {
  return map_characters(text, [](std::string& out, char32_t c) {
    bool blank = unicode::is_white_space(c);
    bool line = c == '\t' || c == '\n' || c == '\r';
    bool dropped = c == 0 || c == unicode::kReplacement || unicode::has(c, unicode::kBertControl);
    if (dropped && !line) return;
    append_utf8(out, blank ? U' ' : c);
  });
}

std::string to_lower(std::string_view text) {
  return map_characters(text, [](std::string& out, char32_t c) { unicode::append_lower(out, c); });
}

std::string without(std::string_view text, unicode::Flag flag) {
  return map_characters(text, [&](std::string& out, char32_t c) {
    if (!unicode::has(c, flag)) append_utf8(out, c);
  });
}

std::string bert(std::string text, const BertOptions& options) {
  if (options.clean_text) text = clean(text);
  if (options.space_chinese)
    text = map_characters(text, [](std::string& out, char32_t c) {
      bool spaced = is_ideograph(c);
      if (spaced) out += ' ';
      append_utf8(out, c);
      if (spaced) out += ' ';
    });
  if (options.strip_accents)
    text = without(unicode::normalize(text, unicode::Form::kNfd), unicode::kBertAccent);
  if (options.lower_case) text = to_lower(text);
  return text;
}

std::string nmt(std::string_view text) {
  return map_characters(text, [](std::string& out, char32_t c) {
    bool dropped = (c >= 1 && c <= 8) || c == 0xB || (c >= 0xE && c <= 0x1F) || c == 0x7F ||
                   c == 0x8F || c == 0x9F;
    if (dropped) return;
    bool blank = c == 9 || c == 0xA || c == 0xC || c == 0xD || c == 0x1680 ||
                 (c >= 0x200B && c <= 0x200F) || c == 0x2028 || c == 0x2029 || c == 0x2581 ||
                 c == 0xFEFF || c == 0xFFFD;
    append_utf8(out, blank ? U' ' : c);
  });
}

std::string strip(std::string_view text, bool left, bool right) {
  std::size_t begin = 0, end = text.size();
  while (left && begin < end) {
    std::size_t next = begin;
    if (!unicode::is_white_space(unicode::next_code_point(text, next))) break;
    begin = next;
  }
  while (right && end > begin) {
    std::size_t before = end;
    if (!unicode::is_white_space(unicode::previous_code_point(text, before))) break;
    end = before;
  }
  return std::string(text.substr(begin, end - begin));
}

}  // namespace

Result<std::string> replace_all(std::string_view text, const Regex& pattern,
                                std::string_view content) {
  std::string out;
  std::size_t done = 0;
  auto matches = pattern.matches(text);
  while (true) {
    LAB_TRY(auto match, matches.next());
    if (!match) break;
    out += text.substr(done, match->begin - done);
    out += content;
    done = match->end;
  }
  out += text.substr(done);
  return out;
}

NormalizerPtr in_sequence(std::vector<NormalizerPtr> steps) {
  return step([steps = std::move(steps)](std::string text) -> Result<std::string> {
    for (const NormalizerPtr& next : steps) {
      LAB_TRY(text, next->apply(std::move(text)));
    }
    return text;
  });
}
NormalizerPtr unicode_form(unicode::Form form) {
  return step([form](std::string text) { return unicode::normalize(text, form); });
}
NormalizerPtr lower_case() {
  return step([](std::string text) { return to_lower(text); });
}
NormalizerPtr strip_accents() {
  return step([](std::string text) { return without(text, unicode::kCombiningMark); });
}
NormalizerPtr strip_white_space(bool left, bool right) {
  return step([=](std::string text) { return strip(text, left, right); });
}
NormalizerPtr prepend(std::string prefix) {
  return step([prefix = std::move(prefix)](std::string text) {
    return text.empty() ? text : prefix + text;
  });
}
NormalizerPtr replace(Regex pattern, std::string content) {
  return step([pattern = std::move(pattern), content = std::move(content)](std::string text) {
    return replace_all(text, pattern, content);
  });
}
NormalizerPtr bert_normalizer(BertOptions options) {
  return step([options](std::string text) { return bert(std::move(text), options); });
}
NormalizerPtr nmt_normalizer() {
  return step([](std::string text) { return nmt(text); });
}
NormalizerPtr byte_letters_normalizer() {
  return step([](std::string text) {
    std::string out;
    append_byte_letters(out, text);
    return out;
  });
}

}  // namespace lab
