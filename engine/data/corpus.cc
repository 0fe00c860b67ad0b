#include "data/corpus.h"

#include <algorithm>

#include "base/cat.h"
#include "file/utf8.h"

namespace lab {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::string_view kBlanks = " \t\r\n";
/// More values than any conversation has, few enough for memory: a value takes 40 bytes or more.
constexpr JsonLimits kLineLimits{.max_depth = 64, .max_values = 1'000'000};

bool is_blank(std::string_view text) { return text.find_first_not_of(kBlanks) == text.npos; }

std::string byte_text(char c) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  return {'0', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
}

}  // namespace

CorpusReader::CorpusReader(std::shared_ptr<const ByteSource> source, bool plain_text)
    : source_(std::move(source)), plain_text_(plain_text) {
  const auto bytes = source_->bytes();
  bytes_ = {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  if (bytes_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
}

Result<CorpusReader> CorpusReader::open(std::shared_ptr<const ByteSource> source) {
  const std::string_view name = source->name();
  if (name.ends_with(".jsonl")) return CorpusReader(std::move(source), false);
  if (name.ends_with(".txt") || name.ends_with(".md")) return CorpusReader(std::move(source), true);
  return fail(Error{Code::kUnsupported, "the ending of the file's name is not one of a corpus"}
                  .in(name)
                  .fix("A corpus is a .txt, .md or .jsonl file."));
}

Status CorpusReader::check_text(std::string_view text) const {
  const std::size_t invalid = find_invalid_utf8(text);
  const std::size_t nul = text.substr(0, invalid).find('\0');
  const std::size_t bad = std::min(invalid, nul);
  if (bad == text.npos) return {};
  const char* place = text.data() + bad;
  const auto line = line_ + std::count(text.data(), place, '\n');
  const std::string message = bad == nul ? std::string("the text has a NUL byte")
                                         : cat("the byte ", byte_text(*place), " is not UTF-8");
  return fail(Error{Code::kBadText, message}
                  .in(source_->name())
                  .at(place - bytes_.data())
                  .on_line(line)
                  .fix("Save the file as UTF-8 text."));
}

Status CorpusReader::read_line(std::string_view line, Sample& sample) {
  LAB_CHECK(check_text(line));
  auto parsed = parse_json(line, source_->name(), kLineLimits);
  if (!parsed) {
    Error error = std::move(parsed).error();
    if (error.offset >= 0) error.offset += line.data() - bytes_.data();
    error.remedy = "Write one JSON object a line.";
    return fail(std::move(error).on_line(line_));
  }
  object_ = *std::move(parsed);
  if (auto status = read_sample(object_, sample); !status)
    return fail(std::move(status).error().in(source_->name()).on_line(line_).or_fix("Correct the line."));
  sample.line = line_;
  return {};
}

Result<bool> CorpusReader::next_line(Sample& sample) {
  while (at_ < bytes_.size()) {
    const std::string_view rest = bytes_.substr(at_);
    const std::size_t end = rest.substr(0, kMaxLineBytes + 1).find('\n');
    ++line_;
    if (end == rest.npos && rest.size() > kMaxLineBytes)
      return fail(Error{Code::kLimit, cat("the line is longer than ", kMaxLineBytes >> 20, " MiB")}
                      .in(source_->name())
                      .at(static_cast<std::int64_t>(at_))
                      .on_line(line_)
                      .fix("Split the sample, or put a long text into a .txt file."));
    const std::string_view line = rest.substr(0, end);
    at_ += line.size() + 1;
    if (is_blank(line)) continue;
    LAB_CHECK(read_line(line, sample));
    return true;
  }
  return false;
}

Result<bool> CorpusReader::next(Sample& sample) {
  if (!plain_text_) return next_line(sample);
  if (line_ > 0) return false;
  line_ = 1;
  sample.kind = Sample::Kind::kText;
  sample.line = 1;
  sample.text = bytes_.substr(at_);
  LAB_CHECK(check_text(sample.text));
  if (is_blank(sample.text))
    return fail(Error{Code::kEmpty, "the file has no text"}.in(source_->name()).fix(
        "Give a file with text."));
  return true;
}

}  // namespace lab
