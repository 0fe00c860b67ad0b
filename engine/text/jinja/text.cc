#include "text/jinja/text.h"

#include <algorithm>

#include "text/unicode/utf8.h"

namespace lab::jinja {

namespace {
// A text's bookkeeping: its counters, and the control block of the pointer to it.
constexpr std::uint64_t kTextOverhead = 128;
}  // namespace

Text::Text(std::string_view bytes, Origin origin) {
  if (bytes.empty()) return;
  auto data = std::make_shared<Data>();
  data->bytes = bytes;
  data->length = unicode::count_code_points(bytes);
  if (origin != 0) data->marks.push_back({0, bytes.size(), origin});
  data_ = std::move(data);
}

std::size_t Text::byte_at(std::size_t index) const {
  if (index >= length()) return view().size();
  if (length() == view().size()) return index;
  std::size_t at = 0;
  while (index-- > 0) at += unicode::utf8_length(static_cast<unsigned char>(view()[at]));
  return at;
}

std::size_t Text::index_at(std::size_t byte) const {
  if (length() == view().size()) return byte;
  return unicode::count_code_points(view().substr(0, byte));
}

bool TextBuilder::hold(std::uint64_t bytes) {
  if (!budget_->hold(bytes)) return false;
  held_ += bytes;
  return true;
}

void TextBuilder::mark(std::size_t begin, std::size_t end, Origin origin) {
  if (origin == 0 || begin == end) return;
  if (!marks_.empty() && marks_.back().end == begin && marks_.back().origin == origin) {
    marks_.back().end = end;
  } else if (hold(sizeof(Mark))) {
    marks_.push_back({begin, end, origin});
  }
}

void TextBuilder::append(std::string_view bytes, Origin origin) {
  if (bytes.empty() || !hold(bytes.size())) return;
  std::size_t begin = bytes_.size();
  bytes_ += bytes;
  mark(begin, bytes_.size(), origin);
}

void TextBuilder::append(char32_t code_point, Origin origin) {
  std::string bytes;
  unicode::append_utf8(bytes, code_point);
  append(bytes, origin);
}

void TextBuilder::append(const Text& text, std::size_t begin, std::size_t end,
                         Origin more) {
  end = std::min(end, text.view().size());
  if (begin >= end || !hold(end - begin)) return;
  std::size_t shift = bytes_.size() - begin;  // wraps around, and back below
  bytes_ += text.view().substr(begin, end - begin);
  auto marks = text.marks();
  auto first = std::partition_point(marks.begin(), marks.end(),
                                    [&](const Mark& mark) { return mark.end <= begin; });
  std::size_t at = begin;
  for (; first != marks.end() && first->begin < end; ++first) {
    std::size_t from = std::max(first->begin, begin), to = std::min(first->end, end);
    mark(at + shift, from + shift, more);
    mark(from + shift, to + shift, first->origin | more);
    at = to;
  }
  mark(at + shift, end + shift, more);
}

Text TextBuilder::finish(bool markup) {
  Text text;
  if (!bytes_.empty() && hold(kTextOverhead)) {
    auto data = std::make_shared<Text::Data>();
    data->bytes = std::move(bytes_);
    data->marks = std::move(marks_);
    data->length = unicode::count_code_points(data->bytes);
    data->markup = markup;
    data->budget = budget_;
    data->held = held_;
    held_ = 0;
    text.data_ = std::move(data);
  }
  bytes_.clear();
  marks_.clear();
  budget_->release(held_);
  held_ = 0;
  return text;
}

Text cut(Budget& budget, const Text& text, std::size_t begin, std::size_t end) {
  end = std::min(end, text.view().size());
  if (begin == 0 && end == text.view().size()) return text;
  TextBuilder builder(budget);
  builder.append(text, begin, end);
  return builder.finish(text.is_markup());
}

}  // namespace lab::jinja
