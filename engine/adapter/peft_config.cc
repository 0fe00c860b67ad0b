#include <cmath>
#include <set>

#include "adapter/module_match.h"
#include "adapter/peft_file.h"
#include "base/cat.h"

namespace lab {
namespace {

std::unexpected<Error> bad(std::string_view key, std::string message) {
  return fail(Error{Code::kBadJson, std::move(message)}.of(key).fix("Take the adapter_config.json that was saved with the adapter."));
}

bool empty(const Json* value) {
  return value == nullptr || value->is_null() || (value->is_bool() && !value->boolean()) ||
         (value->is_array() && value->array().empty()) || (value->is_object() && value->object().empty());
}

/// Settings that change what an adapter computes and that LoRA Lab does not have.
Status refuse_unsupported(const Json& config) {
  std::string list;
  for (std::string_view key :
       {"modules_to_save", "layer_replication", "target_parameters", "trainable_token_indices", "lora_bias",
        "use_qalora", "use_bdlora", "alora_invocation_tokens", "arrow_config", "kasa_config", "velora_config",
        "monteclora_config", "megatron_config"})
    if (!empty(config.find(key))) list += cat(list.empty() ? "" : ", ", key);
  if (const Json* bias = config.find("bias"); bias && !(bias->is_string() && bias->string() == "none"))
    list += cat(list.empty() ? "" : ", ", "bias");
  // These start from a base that they have changed first, so the adapter fits no other.
  if (const Json* init = config.find("init_lora_weights"); init && init->is_string())
    for (std::string_view kind : {"pissa", "olora", "loftq", "corda", "lora_ga"})
      if (init->string().starts_with(kind)) list += cat(list.empty() ? "" : ", ", "init_lora_weights = ", init->string());
  if (list.empty()) return {};
  return fail(Error{Code::kUnsupported, cat("the adapter uses settings that are not supported: ", list)}.of(list)
                  .fix("Train it again without them, or merge it into its base with PEFT."));
}

Status read_targets(const Json& config, TargetModules& targets) {
  const Json* value = config.find("target_modules");
  if (value == nullptr || value->is_null()) return {};
  if (value->is_string()) {
    if (value->string() == "all-linear") return {};
    targets.kind = TargetModules::Kind::kRegex;
    targets.regex = value->string();
    return {};
  }
  if (!value->is_array()) return bad("target_modules", "target_modules is neither a string nor a list");
  targets.kind = TargetModules::Kind::kNames;
  for (const Json& name : value->array()) {
    if (!name.is_string()) return bad("target_modules", "target_modules holds something that is not a name");
    targets.names.push_back(name.string());
  }
  return {};
}

template <class Value, class Read>
Status read_pattern(const Json& config, std::string_view key, std::vector<std::pair<std::string, Value>>& out, Read read) {
  const Json* value = config.find(key);
  if (empty(value)) return {};
  if (!value->is_object()) return bad(key, cat(key, " is not an object"));
  for (const auto& [name, number] : value->object()) {
    if (!(std::is_same_v<Value, std::int64_t> ? number.is_integer() : number.is_number()))
      return bad(key, cat(key, " gives '", name, "' something that is not such a number"));
    out.emplace_back(name, read(number));
  }
  return {};
}

Result<bool> flag(const Json& config, std::string_view key) {
  const Json* value = config.find(key);
  if (value == nullptr || value->is_null()) return false;
  if (!value->is_bool()) return bad(key, cat(key, " is neither true nor false"));
  return value->boolean();
}

/// An expression that does not compile is an error of the setting that it stands in.
template <class T>
Status of_key(std::string_view key, const Result<T>& compiled) {
  if (compiled) return {};
  return fail(Error(compiled.error()).of(key).or_fix("Simplify the regular expression."));
}

/// 16.0 as 16: PEFT's type for alpha is int.
Json whole(double value) {
  if (!(std::abs(value) < 1e15)) return value;
  const auto integer = static_cast<std::int64_t>(value);
  return static_cast<double>(integer) == value ? Json(integer) : Json(value);
}

}  // namespace

Result<LoraConfig> lora_from_json(const Json& config) {
  if (!config.is_object()) return bad("", "the adapter's settings are not a JSON object");
  LAB_TRY(auto type, need_string(config, "peft_type"));
  if (type != "LORA")
    return fail(Error{Code::kUnsupported, cat("adapters of the type ", type, " are not supported")}.of("peft_type")
                    .fix("Only LORA adapters are."));
  LAB_CHECK(refuse_unsupported(config));
  LoraConfig lora;
  lora.rank = 8;
  lora.alpha = 8;
  if (config.find("r")) {
    LAB_TRY(lora.rank, need_integer(config, "r"));
  }
  if (config.find("lora_alpha")) {
    LAB_TRY(lora.alpha, need_number(config, "lora_alpha"));
  }
  if (config.find("lora_dropout")) {
    LAB_TRY(lora.dropout, need_number(config, "lora_dropout"));
  }
  if (lora.rank < 1 || lora.rank > 4096) return bad("r", cat("the rank ", lora.rank, " is outside 1 to 4096"));
  if (!std::isfinite(lora.alpha)) return bad("lora_alpha", "lora_alpha is not a finite number");
  if (!(lora.dropout >= 0 && lora.dropout <= 1)) return bad("lora_dropout", "lora_dropout is not between 0 and 1");
  LAB_TRY(lora.rslora, flag(config, "use_rslora"));
  LAB_TRY(lora.dora, flag(config, "use_dora"));
  LAB_CHECK(read_targets(config, lora.targets));
  LAB_CHECK(read_pattern(config, "rank_pattern", lora.rank_pattern, [](const Json& n) { return n.integer(); }));
  LAB_CHECK(read_pattern(config, "alpha_pattern", lora.alpha_pattern, [](const Json& n) { return n.number(); }));
  LAB_CHECK(of_key("target_modules", ModuleMatch::targets(lora.targets)));
  LAB_CHECK(of_key("rank_pattern", PatternValues<std::int64_t>::compile(lora.rank_pattern)));
  LAB_CHECK(of_key("alpha_pattern", PatternValues<double>::compile(lora.alpha_pattern)));
  return lora;
}

Json peft_config(const LoraConfig& lora, const AdapterPlan& plan, const std::string& base_model) {
  Json targets = Json::Array{};
  switch (lora.targets.kind) {
    case TargetModules::Kind::kRegex: targets = lora.targets.regex; break;
    case TargetModules::Kind::kNames:
      for (const std::string& name : lora.targets.names) targets.array().push_back(name);
      break;
    case TargetModules::Kind::kAllLinear: {
      // Written out, as PEFT itself does when it saves.
      std::set<std::string> names;
      for (const PairPlan& pair : plan.pairs) names.insert(pair.module.substr(pair.module.rfind('.') + 1));
      for (const std::string& name : names) targets.array().push_back(name);
    }
  }
  Json ranks = Json::Object{}, alphas = Json::Object{};
  for (const auto& [key, value] : lora.rank_pattern) ranks.set(key, value);
  for (const auto& [key, value] : lora.alpha_pattern) alphas.set(key, whole(value));
  Json config = Json::Object{};
  config.set("alpha_pattern", alphas).set("auto_mapping", nullptr).set("base_model_name_or_path", base_model);
  config.set("bias", "none").set("fan_in_fan_out", false).set("inference_mode", true);
  config.set("init_lora_weights", true).set("layer_replication", nullptr).set("layers_pattern", nullptr);
  config.set("layers_to_transform", nullptr).set("loftq_config", Json::Object{}).set("lora_alpha", whole(lora.alpha));
  config.set("lora_dropout", lora.dropout).set("megatron_config", nullptr).set("megatron_core", "megatron.core");
  config.set("modules_to_save", nullptr).set("peft_type", "LORA").set("r", lora.rank).set("rank_pattern", ranks);
  config.set("revision", nullptr).set("target_modules", targets).set("task_type", "CAUSAL_LM");
  config.set("use_dora", lora.dora).set("use_rslora", lora.rslora);
  return config;
}

}  // namespace lab
