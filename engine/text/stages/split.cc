#include <utility>

#include "text/stages/cutter.h"
#include "text/unicode/unicode.h"
#include "text/unicode/utf8.h"

namespace lab {

namespace {

class SplitAtPattern : public PreTokenizer {
 public:
  SplitAtPattern(Regex pattern, Delimiter behavior, bool invert)
      : pattern_(std::move(pattern)), behavior_(behavior), invert_(invert) {}

  Status split(std::string_view piece, bool first, PieceSink& sink) const override {
    Cutter cutter(piece, first, behavior_, sink);
    std::size_t done = 0;
    auto matches = pattern_.matches(piece);
    while (true) {
      LAB_TRY(auto match, matches.next());
      if (!match) break;
      if (done < match->begin) LAB_CHECK(cutter.segment(done, match->begin, invert_));
      LAB_CHECK(cutter.segment(match->begin, match->end, !invert_));
      done = match->end;
    }
    if (done < piece.size()) LAB_CHECK(cutter.segment(done, piece.size(), invert_));
    return cutter.finish();
  }

 private:
  Regex pattern_;
  Delimiter behavior_;
  bool invert_;
};

// Every character that `Predicate` holds for is a delimiter.
template <class Predicate>
class SplitAtCharacters : public PreTokenizer {
 public:
  SplitAtCharacters(Predicate predicate, Delimiter behavior)
      : predicate_(std::move(predicate)), behavior_(behavior) {}

  Status split(std::string_view piece, bool first, PieceSink& sink) const override {
    Cutter cutter(piece, first, behavior_, sink);
    std::size_t done = 0;
    for (std::size_t at = 0; at < piece.size();) {
      std::size_t begin = at;
      if (!predicate_(unicode::next_code_point(piece, at))) continue;
      if (done < begin) LAB_CHECK(cutter.segment(done, begin, false));
      LAB_CHECK(cutter.segment(begin, at, true));
      done = at;
    }
    if (done < piece.size()) LAB_CHECK(cutter.segment(done, piece.size(), false));
    return cutter.finish();
  }

 private:
  Predicate predicate_;
  Delimiter behavior_;
};

template <class Predicate>
PreTokenizerPtr at_characters(Predicate predicate, Delimiter behavior) {
  return std::make_unique<SplitAtCharacters<Predicate>>(std::move(predicate), behavior);
}

class WordsAndSymbols : public PreTokenizer {
 public:
  Status split(std::string_view piece, bool first, PieceSink& sink) const override {
    enum class Kind { kSpace, kWord, kSymbol };
    auto kind_of = [](char32_t c) {
      if (unicode::is_word(c) || c == 0x200C || c == 0x200D) return Kind::kWord;
      return unicode::is_white_space(c) ? Kind::kSpace : Kind::kSymbol;
    };
    std::size_t begin = 0;
    Kind kind = Kind::kSpace;
    auto emit = [&](std::size_t end) -> Status {
      if (kind == Kind::kSpace) return {};
      return sink.take(piece.substr(begin, end - begin), first && begin == 0);
    };
    for (std::size_t at = 0; at < piece.size();) {
      std::size_t here = at;
      Kind next = kind_of(unicode::next_code_point(piece, at));
      if (next == kind) continue;
      LAB_CHECK(emit(here));
      begin = here;
      kind = next;
    }
    return emit(piece.size());
  }
};

class FixedLength : public PreTokenizer {
 public:
  explicit FixedLength(std::size_t length) : length_(length) {}

  Status split(std::string_view piece, bool first, PieceSink& sink) const override {
    for (std::size_t at = 0; at < piece.size();) {
      std::size_t begin = at;
      for (std::size_t i = 0; i < length_ && at < piece.size(); ++i)
        unicode::next_code_point(piece, at);
      LAB_CHECK(sink.take(piece.substr(begin, at - begin), first && begin == 0));
    }
    return {};
  }

 private:
  std::size_t length_;
};

}  // namespace

PreTokenizerPtr split_at(Regex pattern, Delimiter behavior, bool invert) {
  return std::make_unique<SplitAtPattern>(std::move(pattern), behavior, invert);
}
PreTokenizerPtr split_at_numbers(bool one_by_one) {
  return at_characters([](char32_t c) { return unicode::is_number(unicode::category(c)); },
                       one_by_one ? Delimiter::kIsolated : Delimiter::kContiguous);
}
PreTokenizerPtr split_at_punctuation(Delimiter behavior) {
  return at_characters([](char32_t c) { return unicode::has(c, unicode::kBertPunctuation); },
                       behavior);
}
PreTokenizerPtr split_at_white_space() {
  return at_characters(unicode::is_white_space, Delimiter::kRemoved);
}
PreTokenizerPtr split_at_character(char32_t delimiter) {
  return at_characters([delimiter](char32_t c) { return c == delimiter; }, Delimiter::kRemoved);
}
PreTokenizerPtr words_and_symbols() { return std::make_unique<WordsAndSymbols>(); }
PreTokenizerPtr fixed_length(std::size_t length) { return std::make_unique<FixedLength>(length); }

}  // namespace lab
