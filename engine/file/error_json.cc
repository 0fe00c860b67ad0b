#include "file/error_json.h"

namespace lab {

Json error_to_json(const Error& error) {
  Json details = Json::Object{};
  details.set("code", code_name(error.code)).set("message", error.message);
  if (!error.file.empty()) details.set("file", error.file);
  if (error.offset >= 0) details.set("offset", error.offset);
  if (error.line >= 0) details.set("line", error.line);
  if (!error.field.empty()) details.set("field", error.field);
  if (!error.remedy.empty()) details.set("remedy", error.remedy);
  return Json(Json::Object{}).set("error", std::move(details));
}

}  // namespace lab
