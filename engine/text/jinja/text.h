// Text: an immutable UTF-8 string that remembers which of its bytes the user gave.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/jinja/budget.h"

namespace lab::jinja {

/// Who wrote a byte; 0 is the template's own text.
using Origin = std::uint8_t;
enum : Origin {
  kFromUser = 1,   ///< comes from a string of the messages or tools, not from the template
  kGenerated = 2,  ///< written inside {% generation %}: the assistant's own words
};

/// Bytes [begin, end) of a text have an origin other than 0.
struct Mark {
  std::size_t begin, end;
  Origin origin;
};

/// Cheap to copy: copies share the bytes. The budget that was charged must outlive the text.
class Text {
 public:
  static constexpr std::size_t kEnd = static_cast<std::size_t>(-1);

  Text() = default;
  /// A text that no budget pays for: a literal of the template or a result of a few bytes.
  explicit Text(std::string_view bytes, Origin origin = 0);

  std::string_view view() const {
    return data_ ? std::string_view(data_->bytes) : std::string_view();
  }
  bool empty() const { return view().empty(); }
  /// In code points, as Python counts.
  std::size_t length() const { return data_ ? data_->length : 0; }
  std::span<const Mark> marks() const {
    return data_ ? std::span(data_->marks) : std::span<const Mark>();
  }
  /// Was it through |safe or |escape? Then "+" escapes what is added.
  bool is_markup() const { return data_ && data_->markup; }

  /// Where the code point number `index` starts; the size in bytes if there are not so many.
  std::size_t byte_at(std::size_t index) const;
  /// How many code points lie before `byte`.
  std::size_t index_at(std::size_t byte) const;

 private:
  friend class TextBuilder;
  struct Data {
    Data() = default;
    Data(const Data&) = delete;
    Data& operator=(const Data&) = delete;
    ~Data() {
      if (budget) budget->release(held);
    }
    std::string bytes;
    std::vector<Mark> marks;  // ascending, disjoint
    std::size_t length = 0;
    bool markup = false;
    Budget* budget = nullptr;
    std::uint64_t held = 0;
  };
  std::shared_ptr<const Data> data_;
};

/// Writes a Text piece by piece. When the budget refuses a piece, that and all later ones are
/// dropped.
class TextBuilder {
 public:
  explicit TextBuilder(Budget& budget) : budget_(&budget) {}
  ~TextBuilder() { budget_->release(held_); }
  TextBuilder(const TextBuilder&) = delete;
  TextBuilder& operator=(const TextBuilder&) = delete;

  void append(std::string_view bytes, Origin origin = 0);
  void append(char32_t code_point, Origin origin);
  /// Bytes [begin, end) of `text` with their marks, and `more` on all of them.
  void append(const Text& text, std::size_t begin = 0, std::size_t end = Text::kEnd,
              Origin more = 0);
  std::size_t size() const { return bytes_.size(); }
  /// The text so far; the builder is empty afterwards.
  Text finish(bool markup = false);

 private:
  bool hold(std::uint64_t bytes);
  void mark(std::size_t begin, std::size_t end, Origin origin);

  Budget* budget_;
  std::string bytes_;
  std::vector<Mark> marks_;
  std::uint64_t held_ = 0;
};

/// Bytes [begin, end) of `text`, without a copy if that is all of it.
Text cut(Budget& budget, const Text& text, std::size_t begin, std::size_t end = Text::kEnd);

/// Answers which origin a byte carries; ask for ascending bytes.
class OriginCursor {
 public:
  explicit OriginCursor(const Text& text) : marks_(text.marks()) {}
  Origin at(std::size_t byte) {
    while (next_ < marks_.size() && marks_[next_].end <= byte) ++next_;
    return next_ < marks_.size() && marks_[next_].begin <= byte ? marks_[next_].origin : 0;
  }

 private:
  std::span<const Mark> marks_;
  std::size_t next_ = 0;
};

}  // namespace lab::jinja
