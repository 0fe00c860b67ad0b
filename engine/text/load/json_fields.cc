#include "text/load/json_fields.h"

#include "text/unicode/utf8.h"

namespace lab {

Result<char32_t> need_character(const Json& object, std::string_view key) {
  LAB_TRY(std::string text, need_string(object, key));
  if (unicode::count_code_points(text) != 1) return wrong_shape(key, "one character");
  std::size_t at = 0;
  return unicode::next_code_point(text, at);
}

Result<std::string> stage_type(const Json& stage, std::string_view kind) {
  const Json* type = stage.find("type");
  if (!type || !type->is_string())
    return fail(Error{Code::kBadJson, cat("a ", kind, " has no \"type\"")}.of(kind));
  return type->string();
}

std::unexpected<Error> unknown_stage(std::string_view kind, std::string_view type) {
  return fail(Error{Code::kUnsupported, cat("LoRA Lab does not know the ", kind, " \"", type, "\"")}
                  .of(kind)
                  .fix("Without it the text would be split into other tokens than the model has "
                       "learned, so it is not left out."));
}

}  // namespace lab
