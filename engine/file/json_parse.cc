#include <algorithm>
#include <functional>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/cat.h"
#include "base/out_of_memory.h"
#include "file/json.h"

namespace lab {
namespace {

/// Walks over the text and shows the builder how far the lexer has read.
class Cursor {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  Cursor(const char* at, const char** read) : at_(at), read_(read) {}
  reference operator*() const { return *at_; }
  Cursor& operator++() {
    *read_ = ++at_;
    return *this;
  }
  bool operator==(const Cursor& other) const { return at_ == other.at_; }

 private:
  const char* at_;
  const char** read_;
};

/// Two members of one name: the index of the later one, or npos. O(n log n) whatever the names.
std::size_t find_duplicate(const Json::Object& object) {
  constexpr std::size_t kNone = std::string_view::npos, kFew = 16;
  if (object.size() <= kFew) {
    for (std::size_t later = 1; later < object.size(); ++later)
      for (std::size_t i = 0; i < later; ++i)
        if (object[i].first == object[later].first) return later;
    return kNone;
  }
  // Sorted by hash first, because comparing names is slow; by name within a hash, because a hostile
  // file can make all hashes equal.
  struct Entry {
    std::size_t hash, index;
  };
  std::vector<Entry> entries(object.size());
  for (std::size_t i = 0; i < object.size(); ++i)
    entries[i] = {std::hash<std::string_view>{}(object[i].first), i};
  std::sort(entries.begin(), entries.end(), [&](const Entry& a, const Entry& b) {
    if (a.hash != b.hash) return a.hash < b.hash;
    const int order = object[a.index].first.compare(object[b.index].first);
    return order != 0 ? order < 0 : a.index < b.index;
  });
  std::size_t first = kNone;
  for (std::size_t i = 1; i < entries.size(); ++i)
    if (entries[i - 1].hash == entries[i].hash &&
        object[entries[i - 1].index].first == object[entries[i].index].first)
      first = std::min(first, entries[i].index);
  return first;
}

/// Receives nlohmann's SAX events and builds the value; the functions' names are its interface.
class Builder {
 public:
  Builder(std::string_view text, std::string_view source, JsonLimits limits)
      : read(text.data()), begin_(text.data()), source_(source), limits_(limits) {}

  bool null() { return add(nullptr); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(std::int64_t value) { return add(value); }
  bool number_unsigned(std::uint64_t value) {
    if (!std::in_range<std::int64_t>(value)) return too_large();
    return add(static_cast<std::int64_t>(value));
  }
  bool number_float(double value, const std::string& text) {
    // The lexer falls back to double for integers that do not fit 64 bits.
    if (text.find_first_of(".eE") == std::string::npos) return too_large();
    return add(value);
  }
  bool string(std::string& value) { return add(std::move(value)); }
  bool binary(std::vector<std::uint8_t>&) { return false; }  // JSON text has none

  bool start_object(std::size_t) { return open(Json::Object{}); }
  bool start_array(std::size_t) { return open(Json::Array{}); }
  bool key(std::string& name) {
    key_ = std::move(name);
    key_ends_.push_back(offset());
    return true;
  }
  bool end_object() {
    const Json::Object& object = open_.back()->object();
    const std::size_t first_end = key_ends_.size() - object.size();
    if (const std::size_t i = find_duplicate(object); i != std::string_view::npos)
      return refuse(Error{Code::kBadJson, "this member occurs twice in one object"}
                        .at(key_ends_[first_end + i]).of(object[i].first));
    key_ends_.resize(first_end);
    return end_array();
  }
  bool end_array() {
    open_.pop_back();
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& e) {
    constexpr int kNumberOverflow = 406;
    if (e.id == kNumberOverflow)
      return refuse(Error{Code::kBadJson, "a number is beyond the range of a double"}.at(offset()));
    // "[...] parse error at line 1, column 2: what; last read: 'text'; expected ...": keep what.
    std::string_view what = e.what();
    if (const auto column = what.find(", column "); column != what.npos)
      what.remove_prefix(std::min(what.size(), what.find(": ", column) + 2));
    what = what.substr(0, what.find("; last read"));
    const auto at = static_cast<std::int64_t>(position);
    return refuse(Error{Code::kBadJson, cat("this is not JSON: ", what)}.at(at > 0 ? at - 1 : 0));
  }

  Json take_document() { return std::move(documents_.array().front()); }

  /// How far the lexer has read: it stands behind the token, or one byte further after a number.
  const char* read;
  Error error{Code::kBadJson, {}};

 private:
  std::int64_t offset() const { return read - begin_; }

  bool refuse(Error&& why) {
    error = std::move(why).in(source_).or_fix("Check that this is a whole JSON text.");
    return false;
  }
  bool too_large() {
    return refuse(Error{Code::kBadJson, "an integer is beyond 64 bits"}.at(offset()));
  }

  /// Puts a value into the innermost open container.
  template <class Value>
  bool add(Value&& value) {
    if (++values_ > limits_.max_values)
      return refuse(Error{Code::kLimit, cat("there are more than ", limits_.max_values, " values")}
                        .at(offset()));
    Json& parent = *open_.back();
    if (parent.is_array()) parent.array().emplace_back(std::forward<Value>(value));
    else parent.object().emplace_back(std::move(key_), std::forward<Value>(value));
    return true;
  }

  template <class Container>
  bool open(Container&& container) {
    if (open_.size() > static_cast<std::size_t>(std::max(limits_.max_depth, 0)))
      return refuse(Error{Code::kLimit, cat("values are nested more than ", limits_.max_depth,
                                            " deep")}.at(offset()));
    if (!add(std::move(container))) return false;
    // The address stays valid: its parent does not grow before this container is closed.
    Json& parent = *open_.back();
    open_.push_back(parent.is_array() ? &parent.array().back() : &parent.object().back().second);
    return true;
  }

  const char* begin_;
  std::string_view source_;
  JsonLimits limits_;
  std::uint64_t values_ = 0;
  Json documents_{Json::Array{}};  ///< gets the one document
  std::vector<Json*> open_{&documents_};
  std::string key_;                      ///< of the member whose value comes next
  std::vector<std::int64_t> key_ends_;   ///< of the members so far of every open object
};

}  // namespace

Result<Json> parse_json(std::string_view text, std::string_view source, JsonLimits limits) {
  return or_out_of_memory("reading JSON", [&]() -> Result<Json> {
    // The library skips a byte order mark and takes a NUL for the end; JSON (RFC 8259) has neither.
    if (text.starts_with("\xef\xbb\xbf"))
      return fail(Error{Code::kBadJson, "this is not JSON: it starts with a byte order mark"}
                      .in(source).at(0).fix("Save the file as UTF-8 without BOM."));
    if (const auto nul = text.find('\0'); nul != text.npos)
      return fail(Error{Code::kBadJson, "this is not JSON: it has a NUL byte"}
                      .in(source).at(static_cast<std::int64_t>(nul))
                      .fix("Check that this is a whole JSON text."));
    Builder builder(text, source, limits);
    const Cursor begin(text.data(), &builder.read);
    const Cursor end(text.data() + text.size(), &builder.read);
    if (!nlohmann::json::sax_parse(begin, end, &builder)) return fail(std::move(builder.error));
    return builder.take_document();
  });
}

}  // namespace lab
