// CorpusReader: walks over a corpus file, a plain text or JSON lines, sample by sample.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/mapped_file.h"
#include "base/result.h"
#include "data/sample.h"
#include "file/json.h"

namespace lab {

/// The longest line of a .jsonl file, so that one line cannot take all memory.
inline constexpr std::uint64_t kMaxLineBytes = std::uint64_t{16} << 20;

/// Every error names the file, the line and, where one byte is at fault, its offset in the file.
class CorpusReader {
 public:
  /// The name's ending decides: .txt and .md are one text, .jsonl has a sample on each line that is
  /// not blank. kUnsupported for another ending. A byte order mark is skipped.
  static Result<CorpusReader> open(std::shared_ptr<const ByteSource> source);

  /// Reads the next sample; false at the end. Its texts are valid until the next call.
  /// kLimit for a longer line than kMaxLineBytes, kBadText for bytes that are not UTF-8 or NUL,
  /// kBadJson for another line than an object, kEmpty for a text file of nothing but blanks, and
  /// the errors of read_sample().
  Result<bool> next(Sample& sample);

  /// Is the file one text, a sample of its own?
  bool is_plain_text() const { return plain_text_; }

 private:
  CorpusReader(std::shared_ptr<const ByteSource> source, bool plain_text);
  Status check_text(std::string_view text) const;
  Status read_line(std::string_view line, Sample& sample);
  Result<bool> next_line(Sample& sample);

  std::shared_ptr<const ByteSource> source_;
  bool plain_text_;
  std::string_view bytes_;
  std::size_t at_ = 0;     ///< where the next line begins
  std::int64_t line_ = 0;  ///< number of the line that was read last
  Json object_;            ///< of that line; the sample's texts belong to it
};

}  // namespace lab
