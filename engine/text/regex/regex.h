// Regular expressions for tokenizers: Oniguruma's syntax, Unicode 14, and a bound on the work.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "text/regex/matcher.h"

namespace lab {

/// Immutable, shareable between threads. Matches as backtracking engines do: the leftmost match,
/// the first alternative that succeeds, the longest repetition that lets the rest succeed.
class Regex {
 public:
  /// kUnsupported with the offending part for syntax that LoRA Lab does not have.
  static Result<Regex> compile(std::string_view pattern);
  /// Matches `text` literally.
  static Regex literal(std::string_view text);

  struct Match {
    std::size_t begin, end;
  };

  /// Walks through the matches of one valid UTF-8 text, as Oniguruma's find_iter does: no match
  /// overlaps the one before it, and an empty one does not touch it.
  class Matches {
   public:
    /// The next match; kLimit if the text needs more than 512 steps a byte.
    Result<std::optional<Match>> next();

   private:
    friend class Regex;
    Matches(const Regex& regex, std::string_view text);
    const Regex& regex_;
    std::string_view text_;
    regex::Matcher matcher_;
    std::size_t at_ = 0;
    std::optional<std::size_t> last_end_;
  };
  Matches matches(std::string_view text) const { return Matches(*this, text); }

 private:
  explicit Regex(std::shared_ptr<const regex::Program> program, std::string pattern)
      : program_(std::move(program)), pattern_(std::move(pattern)) {}
  std::shared_ptr<const regex::Program> program_;
  std::string pattern_;
};

}  // namespace lab
