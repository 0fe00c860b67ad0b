#include <algorithm>
#include <utility>

#include "file/utf8.h"
#include "text/models/token_model.h"
#include "text/stages/byte_letters.h"
#include "text/stages/decoder.h"
#include "text/unicode/utf8.h"

namespace lab {

namespace {

// A decoder whose stages are copies of `prototype`.
template <class Stage>
class DecoderOf : public Decoder {
 public:
  DecoderOf(Stage prototype, bool fuses) : prototype_(std::move(prototype)), fuses_(fuses) {}
  std::unique_ptr<DecoderStage> start() const override {
    return std::make_unique<Stage>(prototype_);
  }
  bool fuses() const override { return fuses_; }

 private:
  Stage prototype_;
  bool fuses_;
};

template <class Stage>
DecoderPtr decoder_of(Stage prototype, bool fuses = false) {
  return std::make_unique<DecoderOf<Stage>>(std::move(prototype), fuses);
}

std::string replaced(std::string_view text, std::string_view pattern, std::string_view content) {
  std::string out;
  while (true) {
    std::size_t found = pattern.empty() ? std::string_view::npos : text.find(pattern);
    out += text.substr(0, found);
    if (found == std::string_view::npos) return out;
    out += content;
    text.remove_prefix(found + pattern.size());
  }
}

std::string utf8(char32_t c) {
  std::string text;
  unicode::append_utf8(text, c);
  return text;
}

struct ByteLetters : DecoderStage {
  void push(std::string_view piece, TextSink& out) override {
    if (!append_letter_bytes(bytes_, piece)) bytes_ += piece;
    release(out, false);
  }
  void finish(TextSink& out) override { release(out, true); }
  void release(TextSink& out, bool last) {
    std::string text;
    bytes_.erase(0, unicode::append_lossy(text, bytes_, last));
    out.push(text);
  }
  std::string bytes_;
};

struct BytePieces : DecoderStage {
  void push(std::string_view piece, TextSink& out) override {
    if (auto byte = byte_of_piece(piece)) {
      bytes_ += static_cast<char>(*byte);
      return;
    }
    finish(out);
    out.push(piece);
  }
  void finish(TextSink& out) override {
    std::string bytes = std::exchange(bytes_, {});
    if (bytes.empty()) return;
    if (is_utf8(bytes)) return out.push(bytes);
    for (std::size_t i = 0; i < bytes.size(); ++i) out.push("\uFFFD");
  }
  std::string bytes_;
};

struct MetaspaceStage : DecoderStage {
  MetaspaceStage(std::string replacement, bool drop_first)
      : replacement_(std::move(replacement)), drops_(drop_first) {}
  void push(std::string_view piece, TextSink& out) override {
    out.push(replaced(piece, replacement_, std::exchange(drops_, false) ? "" : " "));
  }
  std::string replacement_;
  bool drops_;
};

struct ReplaceStage : DecoderStage {
  ReplaceStage(std::string pattern, std::string content)
      : pattern_(std::move(pattern)), content_(std::move(content)) {}
  void push(std::string_view piece, TextSink& out) override {
    out.push(replaced(piece, pattern_, content_));
  }
  std::string pattern_, content_;
};

struct StripStage : DecoderStage {
  StripStage(std::string content, std::size_t start, std::size_t stop)
      : content_(std::move(content)), start_(start), stop_(stop) {}
  void push(std::string_view piece, TextSink& out) override {
    for (std::size_t i = 0; i < start_ && piece.starts_with(content_); ++i)
      piece.remove_prefix(content_.size());
    for (std::size_t i = 0; i < stop_ && piece.ends_with(content_); ++i)
      piece.remove_suffix(content_.size());
    out.push(piece);
  }
  std::string content_;
  std::size_t start_, stop_;
};

struct StripTextStart : DecoderStage {
  StripTextStart(std::string content, std::size_t start)
      : content_(std::move(content)), left_(start) {}
  void push(std::string_view piece, TextSink& out) override {
    for (; left_ > 0 && piece.starts_with(content_); --left_) piece.remove_prefix(content_.size());
    if (!piece.empty()) left_ = 0;
    out.push(piece);
  }
  std::string content_;
  std::size_t left_;
};

struct WordPieces : DecoderStage {
  WordPieces(std::string prefix, bool cleanup) : prefix_(std::move(prefix)), cleanup_(cleanup) {}
  void push(std::string_view piece, TextSink& out) override {
    std::string text(piece);
    if (!std::exchange(first_, false)) {
      if (piece.starts_with(prefix_)) {
        text.erase(0, prefix_.size());
      } else {
        text.insert(0, " ");
      }
    }
    if (cleanup_) {
      // The replacements of BERT's decoder, in its order.
      static constexpr std::pair<std::string_view, std::string_view> kRules[] = {
          {" .", "."},   {" ?", "?"},   {" !", "!"},           {" ,", ","},
          {" ' ", "'"},  {" n't", "n't"}, {" 'm", "'m"},       {" do not", " don't"},
          {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"}};
      for (auto [from, to] : kRules) text = replaced(text, from, to);
    }
    out.push(text);
  }
  std::string prefix_;
  bool cleanup_, first_ = true;
};

struct WordSuffix : DecoderStage {
  explicit WordSuffix(std::string suffix) : suffix_(std::move(suffix)) {}
  void push(std::string_view piece, TextSink& out) override {
    if (waits_) out.push(replaced(waiting_, suffix_, " "));
    waiting_ = piece;
    waits_ = true;
  }
  void finish(TextSink& out) override {
    if (waits_) out.push(replaced(waiting_, suffix_, ""));
  }
  std::string suffix_, waiting_;
  bool waits_ = false;
};

struct JoinWithBlanks : DecoderStage {
  void push(std::string_view piece, TextSink& out) override {
    if (!std::exchange(first_, false)) out.push(" ");
    out.push(piece);
  }
  bool first_ = true;
};

struct Fuse : DecoderStage {
  void push(std::string_view piece, TextSink&) override { text_ += piece; }
  void finish(TextSink& out) override { out.push(text_); }
  std::string text_;
};

}  // namespace

DecoderPtr decode_byte_letters() { return decoder_of(ByteLetters(), true); }
DecoderPtr decode_byte_pieces() { return decoder_of(BytePieces()); }
DecoderPtr decode_metaspace(char32_t replacement, bool drop_first) {
  return decoder_of(MetaspaceStage(utf8(replacement), drop_first));
}
DecoderPtr replace_in_pieces(std::string pattern, std::string content) {
  return decoder_of(ReplaceStage(std::move(pattern), std::move(content)));
}
DecoderPtr strip_pieces(char32_t content, std::size_t start, std::size_t stop) {
  return decoder_of(StripStage(utf8(content), start, stop));
}
DecoderPtr decode_word_pieces(std::string prefix, bool cleanup) {
  return decoder_of(WordPieces(std::move(prefix), cleanup));
}
DecoderPtr decode_word_suffix(std::string suffix) {
  return decoder_of(WordSuffix(std::move(suffix)));
}
DecoderPtr join_with_blanks() { return decoder_of(JoinWithBlanks()); }
DecoderPtr fuse() { return decoder_of(Fuse()); }
DecoderPtr strip_text_start(char32_t content, std::size_t start) {
  return decoder_of(StripTextStart(utf8(content), start), true);
}

}  // namespace lab
