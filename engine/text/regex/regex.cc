#include "text/regex/regex.h"

#include "base/cat.h"
#include "text/unicode/utf8.h"

namespace lab {

namespace {
constexpr std::uint64_t kStepsPerByte = 512, kFreeSteps = 10000;
}

Result<Regex> Regex::compile(std::string_view pattern) {
  LAB_TRY(auto tree, regex::parse(pattern));
  LAB_TRY(auto program, regex::compile(*tree));
  return Regex(std::make_shared<const regex::Program>(std::move(program)), std::string(pattern));
}

Regex Regex::literal(std::string_view text) {
  regex::Program program;
  for (std::size_t at = 0; at < text.size();)
    program.code.push_back(
        {.op = regex::Op::kChar, .c = unicode::next_code_point(text, at)});
  program.code.push_back({.op = regex::Op::kMatch});
  program.first.nothing = text.empty();
  if (!text.empty()) {
    auto lead = static_cast<unsigned char>(text[0]);
    (lead < 128 ? program.first.ascii[lead] : program.first.other) = true;
  }
  return Regex(std::make_shared<const regex::Program>(std::move(program)), std::string(text));
}

Regex::Matches::Matches(const Regex& regex, std::string_view text)
    : regex_(regex),
      text_(text),
      matcher_(*regex.program_, text, kFreeSteps + kStepsPerByte * text.size()) {}

Result<std::optional<Regex::Match>> Regex::Matches::next() {
  const regex::Program& program = *regex_.program_;
  const char* end = text_.data() + text_.size();
  while (at_ <= text_.size()) {
    std::size_t begin = at_;
    std::size_t stop = regex::Matcher::kNoMatch;
    if (program.first.allows(text_.data() + begin, end)) {
      stop = matcher_.match_at(begin);
      if (matcher_.steps_left() == 0)
        return fail(Code::kLimit, cat("the regular expression ", regex_.pattern_,
                                      " takes more than ", kStepsPerByte,
                                      " steps a byte on this text"));
    }
    bool repeated_empty = stop == begin && last_end_ == stop;
    if (stop != regex::Matcher::kNoMatch && !repeated_empty) {
      at_ = stop;
      last_end_ = stop;
      return Match{begin, stop};
    }
    at_ = begin == text_.size()
              ? begin + 1
              : begin + unicode::utf8_length(static_cast<unsigned char>(text_[begin]));
  }
  return std::nullopt;
}

}  // namespace lab
