// JSON documents as values, with limits on depth and size and with the place of every mistake.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace lab {

/// A JSON value. Objects keep the order of the file; a duplicate key is refused when parsing.
class Json {
 public:
  using Array = std::vector<Json>;
  using Object = std::vector<std::pair<std::string, Json>>;

  Json() = default;
  // Some standard libraries' variants do not survive a copy that runs out of memory (libstdc++ 12
  // destroys what was never made), so that the copy is made first and then moved in.
  Json(const Json& other) { *this = other; }
  Json(Json&&) noexcept = default;
  Json& operator=(const Json& other);
  Json& operator=(Json&&) noexcept = default;
  Json(std::nullptr_t) {}
  Json(bool value) : value_(value) {}
  Json(std::int64_t value) : value_(value) {}
  Json(int value) : value_(static_cast<std::int64_t>(value)) {}
  Json(std::uint64_t value) : value_(static_cast<std::int64_t>(value)) {}
  Json(double value) : value_(value) {}
  Json(std::string value) : value_(std::move(value)) {}
  Json(std::string_view value) : value_(std::string(value)) {}
  Json(const char* value) : value_(std::string(value)) {}
  Json(Array value) : value_(std::move(value)) {}
  Json(Object value) : value_(std::move(value)) {}

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  bool is_bool() const { return std::holds_alternative<bool>(value_); }
  bool is_integer() const { return std::holds_alternative<std::int64_t>(value_); }
  bool is_number() const { return is_integer() || std::holds_alternative<double>(value_); }
  bool is_string() const { return std::holds_alternative<std::string>(value_); }
  bool is_array() const { return std::holds_alternative<Array>(value_); }
  bool is_object() const { return std::holds_alternative<Object>(value_); }

  // Unchecked access: ask is_...() first.
  bool boolean() const { return std::get<bool>(value_); }
  std::int64_t integer() const { return std::get<std::int64_t>(value_); }
  double number() const;
  const std::string& string() const { return std::get<std::string>(value_); }
  const Array& array() const { return std::get<Array>(value_); }
  const Object& object() const { return std::get<Object>(value_); }
  Array& array() { return std::get<Array>(value_); }
  Object& object() { return std::get<Object>(value_); }

  /// The member `key` of an object, or null if this is no object or has no such member.
  const Json* find(std::string_view key) const;
  /// Sets member `key`, replacing one of that name; a null value becomes an object first. Returns
  /// this value, so that calls chain.
  Json& set(std::string_view key, Json value);

  /// Compact text, or indented by `indent` spaces. Doubles print so that they read back exactly;
  /// NaN and infinity, which JSON lacks, print as null.
  std::string dump(int indent = 0) const;

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> value_;
};

struct JsonLimits {
  int max_depth = 64;
  std::uint64_t max_values = 20'000'000;
};

/// Parses one JSON document; white space may surround it. kBadJson with the byte offset for
/// syntax, invalid UTF-8, duplicate keys and integers beyond int64; kLimit beyond `limits`.
/// `source` names the input in errors.
Result<Json> parse_json(std::string_view text, std::string_view source = {},
                        JsonLimits limits = {});

// Typed members with errors that name the field: kBadJson if missing or of another type.
Result<std::int64_t> need_integer(const Json& object, std::string_view key);
Result<double> need_number(const Json& object, std::string_view key);
Result<std::string> need_string(const Json& object, std::string_view key);

}  // namespace lab
