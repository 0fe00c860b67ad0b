#include "text/regex/matcher.h"

#include "text/unicode/unicode.h"
#include "text/unicode/utf8.h"

namespace lab::regex {

using unicode::next_code_point;
using unicode::previous_code_point;

// Takes as many characters as allowed; returns where it stopped and, in `low`, how far it may give
// back. kNoMatch if there are fewer than `least`.
std::size_t Matcher::loop(const CharClass& set, const Instruction& loop, std::size_t at,
                          std::size_t& low) {
  std::uint32_t count = 0;
  std::size_t start = at;
  low = loop.least == 0 ? at : kNoMatch;
  while (count < loop.most && at < text_.size()) {
    std::size_t next = at;
    if (!set.contains(next_code_point(text_, next))) break;
    at = next;
    if (++count == loop.least) low = at;
  }
  std::uint64_t taken = at - start;
  steps_ -= taken < steps_ ? taken : steps_;
  return count < loop.least ? kNoMatch : at;
}

bool Matcher::holds(const Instruction& assertion, std::size_t at) const {
  switch (assertion.op) {
    case Op::kLineStart: return at == 0 || text_[at - 1] == '\n';
    case Op::kLineEnd: return at == text_.size() || text_[at] == '\n';
    case Op::kTextStart: return at == 0;
    case Op::kTextEnd: return at == text_.size();
    case Op::kTextEndOrNewline:
      return at == text_.size() || (at + 1 == text_.size() && text_[at] == '\n');
    default: {  // kWordBoundary
      std::size_t before = at, after = at;
      bool left = at > 0 && unicode::is_word(previous_code_point(text_, before));
      bool right = at < text_.size() && unicode::is_word(next_code_point(text_, after));
      return (left != right) != assertion.negated;
    }
  }
}

std::size_t Matcher::run(std::uint32_t pc, std::size_t at) {
  const std::size_t base = choices_.size();
  const char* end = text_.data() + text_.size();
  while (true) {
    if (choices_.size() > max_choices_) steps_ = 0;
    if (steps_ == 0) return choices_.resize(base), kNoMatch;
    --steps_;
    const Instruction& instruction = program_->code[pc];
    bool matched = true;
    switch (instruction.op) {
      case Op::kMatch: return choices_.resize(base), at;
      case Op::kChar:
      case Op::kFold:
      case Op::kSet: {
        matched = at < text_.size();
        if (!matched) break;
        char32_t c = next_code_point(text_, at);
        matched = instruction.op == Op::kChar   ? c == instruction.c
                  : instruction.op == Op::kFold ? unicode::fold(c) == instruction.c
                                                : program_->sets[instruction.index].contains(c);
        ++pc;
        break;
      }
      case Op::kLoop: {
        std::size_t low;
        at = loop(program_->sets[instruction.index], instruction, at, low);
        matched = at != kNoMatch;
        ++pc;
        if (matched && low < at) choices_.push_back({pc, at, low});
        break;
      }
      case Op::kBranch:
        if (!program_->firsts[instruction.index].allows(text_.data() + at, end)) {
          pc = instruction.y;
          break;
        }
        [[fallthrough]];
      case Op::kSplit:
        choices_.push_back({instruction.y, at, kNoMatch});
        pc = instruction.x;
        break;
      case Op::kJump: pc = instruction.x; break;
      case Op::kLook: matched = (run(pc + 1, at) != kNoMatch) != instruction.negated;
        pc = instruction.x;
        break;
      case Op::kAtomic:
        at = run(pc + 1, at);
        matched = at != kNoMatch;
        pc = instruction.x;
        break;
      default:
        matched = holds(instruction, at);
        ++pc;
    }
    if (matched) continue;
    if (choices_.size() == base) return kNoMatch;
    Choice& choice = choices_.back();
    pc = choice.pc;
    if (choice.low == kNoMatch) {
      at = choice.at;
      choices_.pop_back();
    } else {
      previous_code_point(text_, choice.at);
      at = choice.at;
      if (choice.at == choice.low) choices_.pop_back();
    }
  }
}

}  // namespace lab::regex
