#include <algorithm>

#include "text/stages/cutter.h"
#include "text/unicode/utf8.h"

namespace lab {

namespace {

class Metaspace : public PreTokenizer {
 public:
  Metaspace(std::string replacement, Prepend prepend, bool split)
      : replacement_(std::move(replacement)), prepend_(prepend), split_(split) {}

  Status split(std::string_view piece, bool first, PieceSink& sink) const override {
    std::string text;
    text.reserve(piece.size() * 2);
    bool starts = piece.starts_with(' ') || piece.starts_with(replacement_);
    if (!starts && (prepend_ == Prepend::kAlways || (prepend_ == Prepend::kFirst && first)))
      text = replacement_;
    for (char c : piece) {
      if (c == ' ') {
        text += replacement_;
      } else {
        text += c;
      }
    }
    if (!split_) return sink.take(text, first);
    // Every replacement belongs to the word that it precedes.
    Cutter cutter(text, first, Delimiter::kMergedWithNext, sink);
    std::size_t done = 0;
    while (true) {
      std::size_t found = std::min(text.find(replacement_, done), text.size());
      if (done < found) LAB_CHECK(cutter.segment(done, found, false));
      if (found == text.size()) return cutter.finish();
      done = found + replacement_.size();
      LAB_CHECK(cutter.segment(found, done, true));
    }
  }

 private:
  std::string replacement_;
  Prepend prepend_;
  bool split_;
};

}  // namespace

PreTokenizerPtr metaspace(char32_t replacement, Prepend prepend, bool split) {
  std::string text;
  unicode::append_utf8(text, replacement);
  return std::make_unique<Metaspace>(std::move(text), prepend, split);
}

}  // namespace lab
