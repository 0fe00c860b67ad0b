// Decoders: how the pieces of a token sequence become text again.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lab {

/// Takes the pieces that a decoder stage makes.
class TextSink {
 public:
  virtual ~TextSink() = default;
  virtual void push(std::string_view piece) = 0;
};

/// One stage at work on one sequence: holds back what it cannot decide yet.
class DecoderStage {
 public:
  virtual ~DecoderStage() = default;
  virtual void push(std::string_view piece, TextSink& out) = 0;
  /// The sequence is over.
  virtual void finish(TextSink& out) { static_cast<void>(out); }
};

/// Immutable: starts a stage for each sequence.
class Decoder {
 public:
  virtual ~Decoder() = default;
  virtual std::unique_ptr<DecoderStage> start() const = 0;
  /// Does it make one piece of all that it gets, bit by bit?
  virtual bool fuses() const { return false; }
};
using DecoderPtr = std::unique_ptr<const Decoder>;

/// Letters become the bytes that they stand for (byte_letters.h), bytes that are not UTF-8 U+FFFD.
DecoderPtr decode_byte_letters();
/// Runs of <0xNN> become the text of these bytes, or a U+FFFD each if they are not UTF-8.
DecoderPtr decode_byte_pieces();
/// `replacement` becomes a blank, in the first piece nothing if `drop_first`.
DecoderPtr decode_metaspace(char32_t replacement, bool drop_first);
DecoderPtr replace_in_pieces(std::string pattern, std::string content);
/// Drops up to `start` characters `content` from each piece's start and `stop` from its end.
DecoderPtr strip_pieces(char32_t content, std::size_t start, std::size_t stop);
/// Joins pieces with blanks, except those that start with `prefix`, which loses it; with `cleanup`
/// also takes the blanks away that English punctuation does not have.
DecoderPtr decode_word_pieces(std::string prefix, bool cleanup);
/// `suffix` marks the end of a word: it becomes a blank, at the very end nothing.
DecoderPtr decode_word_suffix(std::string suffix);
DecoderPtr join_with_blanks();
/// Makes one piece of all.
DecoderPtr fuse();
/// As fuse() and then strip_pieces(content, start, 0), without waiting for the end.
DecoderPtr strip_text_start(char32_t content, std::size_t start);

/// A run of the stages over one sequence.
class Decoding {
 public:
  explicit Decoding(const std::vector<DecoderPtr>& decoders);
  ~Decoding();
  Decoding(Decoding&&) noexcept;
  Decoding& operator=(Decoding&&) noexcept;

  /// Both return the text that became certain: whole UTF-8 characters.
  std::string push(std::string_view piece);
  std::string finish();

 private:
  class Link;
  std::vector<std::unique_ptr<Link>> links_;  ///< the last one is the collector of the text
};

}  // namespace lab
