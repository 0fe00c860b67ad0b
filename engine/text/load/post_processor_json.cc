#include "text/load/json_fields.h"
#include "text/load/stages_json.h"

namespace lab {

namespace {

constexpr std::string_view kKind = "post_processor";
using Ids = std::vector<std::int32_t>;

Status append_id(const Json& id, const Vocabulary& vocabulary, Ids& out) {
  if (!id.is_integer()) return wrong_shape("ids", "a list of token ids");
  if (!vocabulary.contains(id.integer()))
    return fail(Error{Code::kCorrupt, cat("the post-processor adds the id ", id.integer(),
                                          ", but the vocabulary has only ", vocabulary.size())}
                    .of(kKind));
  out.push_back(static_cast<std::int32_t>(id.integer()));
  return {};
}

Status special_token(const Json& piece, const Json& json, const Vocabulary& vocabulary, Ids& out) {
  LAB_TRY(auto name, need_string(piece, "id"));
  const Json* tokens = json.find("special_tokens");
  const Json* token = tokens ? tokens->find(name) : nullptr;
  if (!token)
    return fail(Error{Code::kCorrupt, cat("the post-processor's template names \"", name,
                                          "\", which is not in its special_tokens")}
                    .of("special_tokens"));
  LAB_TRY(auto ids, need_array(*token, "ids"));
  for (const Json& id : *ids) LAB_CHECK(append_id(id, vocabulary, out));
  return {};
}

Status from_template(const Json& json, const Vocabulary& vocabulary, Ids& prefix, Ids& suffix) {
  LAB_TRY(auto pieces, need_array(json, "single"));
  int texts = 0;
  for (const Json& piece : *pieces) {
    if (const Json* special = piece.find("SpecialToken")) {
      LAB_CHECK(special_token(*special, json, vocabulary, texts ? suffix : prefix));
      continue;
    }
    const Json* sequence = piece.find("Sequence");
    const Json* id = sequence ? sequence->find("id") : nullptr;
    if (!id || !id->is_string() || id->string() != "A")
      return wrong_shape("single", "a template of special tokens and sequence A");
    ++texts;
  }
  if (texts != 1)
    return fail(Error{Code::kUnsupported, cat("the post-processor's template uses the text ", texts,
                                              " times; LoRA Lab supports once")}
                    .of("single"));
  return {};
}

// "cls" and "sep", each [text, id].
Status from_pair(const Json& json, std::string_view key, const Vocabulary& vocabulary, Ids& out) {
  LAB_TRY(auto pair, need_array(json, key));
  if (pair->size() != 2) return wrong_shape(key, "a token and its id");
  return append_id((*pair)[1], vocabulary, out);
}

}  // namespace

Status post_processor_from_json(const Json& json, const Vocabulary& vocabulary, Ids& prefix,
                                Ids& suffix) {
  LAB_TRY(auto type, stage_type(json, kKind));
  if (type == "ByteLevel") return {};  // only changes offsets
  if (type == "Sequence") {
    LAB_TRY(auto processors, need_array(json, "processors"));
    for (const Json& item : *processors)
      LAB_CHECK(post_processor_from_json(item, vocabulary, prefix, suffix));
    return {};
  }
  Ids before, after;
  if (type == "TemplateProcessing") {
    LAB_CHECK(from_template(json, vocabulary, before, after));
  } else if (type == "BertProcessing" || type == "RobertaProcessing") {
    LAB_CHECK(from_pair(json, "cls", vocabulary, before));
    LAB_CHECK(from_pair(json, "sep", vocabulary, after));
  } else {
    return unknown_stage(kKind, type);
  }
  // A later processor goes around what an earlier one has added.
  prefix.insert(prefix.begin(), before.begin(), before.end());
  suffix.insert(suffix.end(), after.begin(), after.end());
  return {};
}

}  // namespace lab
