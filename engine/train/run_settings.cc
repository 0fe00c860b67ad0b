#include "train/run_settings.h"

#include <cmath>

#include "base/cat.h"

namespace lab {
namespace {

std::string targets_text(const TargetModules& targets) {
  if (targets.kind == TargetModules::Kind::kAllLinear) return "all-linear";
  if (targets.kind == TargetModules::Kind::kRegex) return targets.regex;
  std::string text;
  for (const std::string& name : targets.names) text += (text.empty() ? "" : ",") + name;
  return text;
}

/// 1000000000 rather than 1e+09.
std::string plain(double value) {
  return value == std::floor(value) && std::abs(value) < 1e15 ? std::to_string(static_cast<long long>(value)) : cat(value);
}

Result<bool> need_boolean(const Json& object, std::string_view key) {
  const Json* value = object.find(key);
  if (value == nullptr || !value->is_bool()) return fail(Error{Code::kBadJson, cat("'", key, "' is not true or false")}.of(key));
  return value->boolean();
}

}  // namespace

Status set_variant(RunSettings& settings, std::string_view name) {
  settings.full = name == "full";
  settings.lora.rslora = name == "rslora";
  settings.lora.dora = name == "dora";
  if (name != variant_name(settings))
    return fail(Error{Code::kBadArgument, cat("there is no variant '", name, "'")}.of("variant").fix("Variants are lora, rslora, dora and full."));
  return {};
}

std::string_view variant_name(const RunSettings& settings) {
  return settings.full ? "full" : settings.lora.dora ? "dora" : settings.lora.rslora ? "rslora" : "lora";
}

Json to_json(const RunSettings& s) {
  Json json = Json::Object{};
  json.set("model", s.model).set("data", s.data).set("variant", variant_name(s));
  json.set("rank", s.lora.rank).set("alpha", s.lora.alpha).set("dropout", s.lora.dropout).set("targets", targets_text(s.lora.targets));
  json.set("lr", s.adamw.lr).set("weight_decay", s.adamw.weight_decay).set("clip", s.clip);
  json.set("schedule", schedule_name(s.schedule)).set("warmup", s.warmup).set("steps", s.steps);
  json.set("context", s.context).set("batch", s.batch).set("grad_accum", s.grad_accum);
  // JSON numbers of other programs hold 53 bits; a seed has 64.
  json.set("seed", std::to_string(s.seed)).set("val_fraction", s.val_fraction).set("pack", s.pack).set("loss_on_all", s.loss_on_all);
  json.set("eval_every", s.eval_every).set("save_every", s.save_every).set("skip_nonfinite", s.skip_nonfinite).set("recompute", s.recompute == Recompute::kLayers);
  json.set("precision", precision_name(s.precision));
  return json;
}

Result<RunSettings> run_settings_from_json(const Json& json) {
  RunSettings s;
  LAB_TRY(s.model, need_string(json, "model"));
  LAB_TRY(s.data, need_string(json, "data"));
  LAB_TRY(const std::string variant, need_string(json, "variant"));
  LAB_CHECK(set_variant(s, variant));
  LAB_TRY(s.lora.rank, need_integer(json, "rank"));
  LAB_TRY(s.lora.alpha, need_number(json, "alpha"));
  LAB_TRY(s.lora.dropout, need_number(json, "dropout"));
  LAB_TRY(const std::string targets, need_string(json, "targets"));
  s.lora.targets = parse_target_modules(targets);
  LAB_TRY(s.adamw.lr, need_number(json, "lr"));
  LAB_TRY(s.adamw.weight_decay, need_number(json, "weight_decay"));
  LAB_TRY(s.clip, need_number(json, "clip"));
  LAB_TRY(const std::string schedule, need_string(json, "schedule"));
  LAB_TRY(s.schedule, parse_schedule(schedule));
  LAB_TRY(s.warmup, need_integer(json, "warmup"));
  LAB_TRY(s.steps, need_integer(json, "steps"));
  LAB_TRY(s.context, need_integer(json, "context"));
  LAB_TRY(s.batch, need_integer(json, "batch"));
  LAB_TRY(s.grad_accum, need_integer(json, "grad_accum"));
  LAB_TRY(const std::string seed, need_string(json, "seed"));
  const auto parsed = std::from_chars(seed.data(), seed.data() + seed.size(), s.seed);
  if (parsed.ec != std::errc() || parsed.ptr != seed.data() + seed.size())
    return fail(Error{Code::kBadJson, "the seed is not a number"}.of("seed"));
  LAB_TRY(s.val_fraction, need_number(json, "val_fraction"));
  LAB_TRY(s.pack, need_boolean(json, "pack"));
  LAB_TRY(s.loss_on_all, need_boolean(json, "loss_on_all"));
  LAB_TRY(s.eval_every, need_integer(json, "eval_every"));
  LAB_TRY(s.save_every, need_integer(json, "save_every"));
  LAB_TRY(s.skip_nonfinite, need_integer(json, "skip_nonfinite"));
  LAB_TRY(const bool recompute, need_boolean(json, "recompute"));
  s.recompute = recompute ? Recompute::kLayers : Recompute::kNone;
  LAB_TRY(const std::string precision, need_string(json, "precision"));
  const auto known = parse_precision(precision);
  if (!known) return fail(Error{Code::kBadJson, cat("there is no precision '", precision, "'")}.of("precision"));
  s.precision = *known;
  LAB_CHECK(check(s));
  return s;
}

Status check(const RunSettings& s) {
  struct Range { std::string_view name; double value, least, most; };
  const Range ranges[] = {
      {"rank", static_cast<double>(s.lora.rank), 1, 256}, {"alpha", s.lora.alpha, 1e-6, 1e6},
      {"dropout", s.lora.dropout, 0, 0.9}, {"lr", s.adamw.lr, 0, 10}, {"weight-decay", s.adamw.weight_decay, 0, 10},
      {"clip", s.clip, 0, 1e9}, {"warmup", static_cast<double>(s.warmup), 0, 1e9}, {"steps", static_cast<double>(s.steps), 1, 1e9},
      {"context", static_cast<double>(s.context), 2, 1 << 20}, {"batch", static_cast<double>(s.batch), 1, 4096},
      {"grad-accum", static_cast<double>(s.grad_accum), 1, 4096}, {"val-fraction", s.val_fraction, 0, 0.9},
      {"eval-every", static_cast<double>(s.eval_every), 0, 1e9}, {"save-every", static_cast<double>(s.save_every), 0, 1e9},
      {"skip-nonfinite", static_cast<double>(s.skip_nonfinite), 0, 1e9}};
  for (const Range& r : ranges)
    if (!(r.value >= r.least && r.value <= r.most))
      return fail(Error{Code::kBadArgument, cat("--", r.name, " ", plain(r.value), " is outside ", plain(r.least), " to ", plain(r.most))}.of(r.name));
  if (s.lora.rslora && s.lora.dora) return fail(Error{Code::kBadArgument, "rslora and dora cannot be combined"}.of("variant"));
  return {};
}

}  // namespace lab
