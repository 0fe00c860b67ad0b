// Pre-tokenizers: where a tokenizer splits a text, so that no token reaches across.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "text/regex/regex.h"

namespace lab {

/// Takes pieces of text as they come.
class PieceSink {
 public:
  virtual ~PieceSink() = default;
  /// `first`: does the piece start where the whole text starts? An empty piece means nothing.
  virtual Status take(std::string_view piece, bool first) = 0;
};

/// Immutable, shareable between threads.
class PreTokenizer {
 public:
  virtual ~PreTokenizer() = default;
  /// Hands the parts of `piece` (valid UTF-8, not empty) to `sink`, in order.
  virtual Status split(std::string_view piece, bool first, PieceSink& sink) const = 0;
};
using PreTokenizerPtr = std::unique_ptr<const PreTokenizer>;

/// What becomes of the text that a splitting pattern matches.
enum class Delimiter { kRemoved, kIsolated, kMergedWithPrevious, kMergedWithNext, kContiguous };

/// Splits at the matches of `pattern` (`invert`: at what lies between them).
PreTokenizerPtr split_at(Regex pattern, Delimiter behavior, bool invert);
/// Splits at characters of a kind.
PreTokenizerPtr split_at_numbers(bool one_by_one);
PreTokenizerPtr split_at_punctuation(Delimiter behavior);
PreTokenizerPtr split_at_white_space();
PreTokenizerPtr split_at_character(char32_t c);
/// Words, and runs of what is neither word nor white space; drops white space.
PreTokenizerPtr words_and_symbols();
/// Pieces of `length` characters.
PreTokenizerPtr fixed_length(std::size_t length);

enum class Prepend { kAlways, kFirst, kNever };
/// Blanks become `replacement`, which is put in front as `prepend` says; splits before it if told.
PreTokenizerPtr metaspace(char32_t replacement, Prepend prepend, bool split);

/// Puts a blank in front if told and there is none, splits as GPT-2 does if told, and writes bytes
/// as letters (byte_letters.h).
PreTokenizerPtr byte_level(bool add_prefix_space, bool use_regex);

}  // namespace lab
