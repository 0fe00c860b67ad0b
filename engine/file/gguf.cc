#include "file/gguf.h"

#include <limits>

#include "base/cat.h"

namespace lab {
namespace {

std::unexpected<Error> wrong_type(const Gguf& file, std::string_view key, std::string_view wanted) {
  return fail(Error{Code::kCorrupt, cat("this metadata value should be ", wanted)}
                  .in(file.name()).of(key).fix("Convert the model again."));
}

const GgufArray* as_array(const GgufValue& value) { return std::get_if<GgufArray>(&value.value); }

std::optional<std::int64_t> as_integer(const GgufValue& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value.value)) return *number;
  if (const auto* number = std::get_if<std::uint64_t>(&value.value);
      number && *number <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    return static_cast<std::int64_t>(*number);
  return std::nullopt;
}

}  // namespace

std::size_t GgufArray::size() const {
  return std::visit([](const auto& list) { return list.size(); }, values);
}

const GgufValue* Gguf::find(std::string_view key) const {
  const auto found = metadata_index_.find(key);
  return found == metadata_index_.end() ? nullptr : &metadata_[found->second].second;
}

const GgufTensor* Gguf::tensor(std::string_view name) const {
  const auto found = tensor_index_.find(name);
  return found == tensor_index_.end() ? nullptr : &tensors_[found->second];
}

Result<std::optional<std::int64_t>> Gguf::integer(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (const auto number = as_integer(*value)) return number;
  return wrong_type(*this, key, "an integer of at most 63 bits");
}

Result<std::optional<double>> Gguf::number(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (const auto* number = std::get_if<double>(&value->value)) return *number;
  if (const auto number = as_integer(*value)) return static_cast<double>(*number);
  return wrong_type(*this, key, "a number");
}

Result<std::optional<bool>> Gguf::boolean(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (const auto* truth = std::get_if<bool>(&value->value)) return *truth;
  return wrong_type(*this, key, "a bool");
}

Result<std::optional<std::string_view>> Gguf::string(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (const auto* text = std::get_if<std::string_view>(&value->value)) return *text;
  return wrong_type(*this, key, "a string");
}

Result<std::optional<std::vector<std::string_view>>> Gguf::strings(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (const GgufArray* array = as_array(*value))
    if (const auto* list = std::get_if<std::vector<std::string_view>>(&array->values)) return *list;
  return wrong_type(*this, key, "an array of strings");
}

Result<std::optional<std::vector<std::int64_t>>> Gguf::integers(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (const GgufArray* array = as_array(*value))
    if (const auto* list = std::get_if<std::vector<std::int64_t>>(&array->values)) return *list;
  return wrong_type(*this, key, "an array of integers");
}

Result<std::optional<std::vector<double>>> Gguf::numbers(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (const GgufArray* array = as_array(*value)) {
    if (const auto* list = std::get_if<std::vector<double>>(&array->values)) return *list;
    if (const auto* list = std::get_if<std::vector<std::int64_t>>(&array->values))
      return std::vector<double>(list->begin(), list->end());
  }
  return wrong_type(*this, key, "an array of numbers");
}

}  // namespace lab
