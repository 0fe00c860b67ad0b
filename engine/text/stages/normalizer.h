// Normalizers: what a tokenizer changes in a text before it splits it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "text/regex/regex.h"
#include "text/unicode/normalize.h"

namespace lab {

/// Immutable, shareable between threads.
class Normalizer {
 public:
  virtual ~Normalizer() = default;
  /// `text` is valid UTF-8, and so is what comes back. kLimit if a pattern takes too many steps.
  virtual Result<std::string> apply(std::string text) const = 0;
};
using NormalizerPtr = std::unique_ptr<const Normalizer>;

struct BertOptions {
  bool clean_text = true;       ///< drop control characters, make white space blanks
  bool space_chinese = true;    ///< blanks around CJK ideographs
  bool strip_accents = true;
  bool lower_case = true;
};

NormalizerPtr in_sequence(std::vector<NormalizerPtr> steps);
NormalizerPtr unicode_form(unicode::Form form);
NormalizerPtr lower_case();
/// Drops combining marks; decomposes nothing.
NormalizerPtr strip_accents();
NormalizerPtr strip_white_space(bool left, bool right);
/// Puts `prefix` in front of a text that is not empty.
NormalizerPtr prepend(std::string prefix);
NormalizerPtr replace(Regex pattern, std::string content);
NormalizerPtr bert_normalizer(BertOptions options);
/// SentencePiece's "nmt" rules: drop ASCII control characters, make odd spaces blanks.
NormalizerPtr nmt_normalizer();
/// Bytes become the letters that stand for them, see byte_letters.h.
NormalizerPtr byte_letters_normalizer();

/// `text` with every match of `pattern` replaced.
Result<std::string> replace_all(std::string_view text, const Regex& pattern,
                                std::string_view content);

}  // namespace lab
