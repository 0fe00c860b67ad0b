// Reads optional and required members of a JSON object with errors that name them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/cat.h"
#include "base/result.h"
#include "file/json.h"

namespace lab {

inline std::unexpected<Error> wrong_shape(std::string_view key, std::string_view wanted) {
  return fail(Error{Code::kBadJson, cat("\"", key, "\" is not ", wanted)}.of(key));
}

/// The member, or null if it is missing or JSON null.
inline const Json* present(const Json& object, std::string_view key) {
  const Json* member = object.find(key);
  return member && !member->is_null() ? member : nullptr;
}

inline Result<bool> boolean_or(const Json& object, std::string_view key, bool otherwise) {
  const Json* member = present(object, key);
  if (!member) return otherwise;
  if (!member->is_bool()) return wrong_shape(key, "true or false");
  return member->boolean();
}

inline Result<bool> need_boolean(const Json& object, std::string_view key) {
  const Json* member = object.find(key);
  if (!member || !member->is_bool()) return wrong_shape(key, "true or false");
  return member->boolean();
}

inline Result<std::optional<std::string>> optional_string(const Json& object,
                                                          std::string_view key) {
  const Json* member = present(object, key);
  if (!member) return std::nullopt;
  if (!member->is_string()) return wrong_shape(key, "a string");
  return member->string();
}

inline Result<const Json::Array*> need_array(const Json& object, std::string_view key) {
  const Json* member = object.find(key);
  if (!member || !member->is_array()) return wrong_shape(key, "an array");
  return &member->array();
}

/// A string of exactly one character.
Result<char32_t> need_character(const Json& object, std::string_view key);

/// The member "type" of a stage.
Result<std::string> stage_type(const Json& stage, std::string_view kind);

/// The error for a stage that LoRA Lab does not have.
std::unexpected<Error> unknown_stage(std::string_view kind, std::string_view type);

}  // namespace lab
