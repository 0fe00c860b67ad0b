// Runs a compiled regular expression at one place of a text.
#pragma once

#include <string_view>
#include <vector>

#include "text/regex/program.h"

namespace lab::regex {

class Matcher {
 public:
  /// `steps` counts down with every instruction and character; at 0 the matcher gives up, and also
  /// where it would have to remember more than 16 choices a byte.
  Matcher(const Program& program, std::string_view text, std::uint64_t steps)
      : program_(&program), text_(text), steps_(steps), max_choices_(1000 + 16 * text.size()) {}
  std::uint64_t steps_left() const { return steps_; }

  static constexpr std::size_t kNoMatch = static_cast<std::size_t>(-1);
  /// The end of the match that starts at `at`, or kNoMatch (also when the steps are used up).
  std::size_t match_at(std::size_t at) { return run(0, at); }

 private:
  /// A choice to come back to: go on at `pc` from `at`, then from one character less, down to
  /// `low`.
  struct Choice {
    std::uint32_t pc;
    std::size_t at, low;
  };
  std::size_t run(std::uint32_t pc, std::size_t at);
  std::size_t loop(const CharClass& set, const Instruction& loop, std::size_t at, std::size_t& low);
  bool holds(const Instruction& assertion, std::size_t at) const;

  const Program* program_;
  std::string_view text_;
  std::uint64_t steps_;
  std::size_t max_choices_;
  std::vector<Choice> choices_;
};

}  // namespace lab::regex
