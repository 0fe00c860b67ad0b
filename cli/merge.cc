// lora-lab merge: adds an adapter into its base and writes a model.
#include <cmath>
#include <cstdio>

#include "adapter/merge.h"
#include "base/cat.h"
#include "commands.h"
#include "infer/session.h"
#include "output_path.h"
#include "workbench.h"

namespace lab::cli {
namespace {

struct Options {
  ModelOptions model;
  std::string out, dtype = "keep";
  bool json = false, overwrite = false;
};

Result<std::optional<DType>> parse_dtype(const std::string& name) {
  if (name == "keep") return std::nullopt;
  if (name == "f32") return DType::kF32;
  if (name == "f16") return DType::kF16;
  if (name == "bf16") return DType::kBF16;
  if (name == "q8_0") return DType::kQ8_0;
  return fail(Error{Code::kBadArgument, cat("there is no type '", name, "'")}.of("dtype").fix("Types are keep, f32, f16, bf16 and q8_0."));
}

/// What both models read to be compared: plain English, or arbitrary tokens without a tokenizer.
std::vector<std::int32_t> comparison_ids(const Workbench& bench) {
  constexpr std::string_view kText =
      "The harbour was quiet in the early morning. A small boat came in from the north with its lamps still "
      "lit, and the keeper wrote its name into the book: what it carried, where it had been, and when it would leave.";
  if (auto tokenizer = bench.source->tokenizer())
    if (auto ids = (*tokenizer)->encode(kText)) return *ids;
  std::vector<std::int32_t> ids;
  for (std::int64_t i = 0; i < 32; ++i) ids.push_back(static_cast<std::int32_t>((1 + i * 7919) % bench.base.config.vocab));
  return ids;
}

/// Logits behind each token.
Result<std::vector<float>> logits_of(const Workbench& bench, const std::vector<std::int32_t>& ids) {
  LAB_TRY(auto session, Session::create(*bench.device, bench.model, static_cast<std::int64_t>(ids.size())));
  std::vector<float> all;
  for (const std::int32_t id : ids) {
    LAB_CHECK(session->feed(bench.model, std::span(&id, 1)));
    all.insert(all.end(), session->logits().begin(), session->logits().end());
  }
  return all;
}

/// What the person should know about the model that was written.
std::vector<std::string> notes_on(const Options& o, const Workbench& base, const Workbench& merged, double difference) {
  std::vector<std::string> notes;
  DType stored = DType::kF32;
  for (const Layer& layer : merged.base.layers)
    for (const Linear& linear : layer.linear)
      if (is_quantised(linear.weight.dtype)) stored = linear.weight.dtype;
  if (o.dtype == "keep" && is_quantised(stored))
    notes.push_back(cat("the merged matrices were rounded to ", name(stored), " again, which moved the logits by up to ", fixed(difference, 2),
                        "; --dtype f16 takes a larger file and keeps the adapter far better"));
  if (base.source->gguf() != nullptr && !merged.source->tokenizer())
    notes.push_back("the folder has no tokenizer, because the GGUF file's is not of a kind that LoRA Lab knows: copy the original model's "
                    "tokenizer.json and tokenizer_config.json into it, or write a .gguf file");
  return notes;
}

Result<Json> run(const Options& o) {
  if (o.model.adapter.empty()) return fail(Error{Code::kBadArgument, "--adapter is missing"}.of("adapter"));
  LAB_TRY(const auto dtype, parse_dtype(o.dtype));
  if (o.out.ends_with(".gguf")) LAB_CHECK(may_write_file(o.out, o.overwrite));
  else LAB_CHECK(may_write_into(o.out, {"model.safetensors", "model.safetensors.index.json", "config.json", "tokenizer.json"}, o.overwrite));
  LAB_TRY(const Workbench bench, open_workbench(o.model));
  LAB_TRY(const TensorEdit edit, merge_edit(bench.base.config, bench.adapter->adapter));
  LAB_TRY(const std::uint64_t bytes, write_model(o.out, *bench.source, dtype, edit));

  ModelOptions merged_options = o.model;
  merged_options.model = o.out;
  merged_options.adapter.clear();
  LAB_TRY(const Workbench merged, open_workbench(merged_options));
  const std::vector<std::int32_t> ids = comparison_ids(bench);
  LAB_TRY(const auto before, logits_of(bench, ids));
  LAB_TRY(const auto after, logits_of(merged, ids));
  double difference = 0;
  for (std::size_t i = 0; i < before.size(); ++i) difference = std::max(difference, static_cast<double>(std::abs(before[i] - after[i])));
  if (!o.json)
    std::printf("wrote %s (%s); logits differ by at most %.3g from base + adapter\n", o.out.c_str(), human_bytes(static_cast<double>(bytes)).c_str(), difference);
  Json notes = Json::Array{};
  for (const std::string& note : notes_on(o, bench, merged, difference)) {
    std::fprintf(stderr, "note: %s\n", note.c_str());
    notes.array().push_back(note);
  }
  Json out = Json::Object{};
  out.set("out", o.out).set("bytes", bytes).set("max_abs_logit_difference", difference).set("notes", std::move(notes));
  return out;
}

}  // namespace

void add_merge(CLI::App& app, Exit& exit) {
  CLI::App* command = app.add_subcommand("merge", "Adds an adapter into its base and writes a model");
  auto o = std::make_shared<Options>();
  add_model_options(*command, o->model);
  command->add_option("--out", o->out, "A .gguf file, or a folder for safetensors")->required();
  command->add_option("--dtype", o->dtype, "How matrices are stored; keep leaves each as it is where that can be written")->capture_default_str()
      ->check(CLI::IsMember({"keep", "f32", "f16", "bf16", "q8_0"}));
  command->add_flag("--overwrite", o->overwrite, "Replace what is in --out already");
  command->add_flag("--json", o->json, "Print one JSON object");
  command->callback([o, &exit] { finish(exit, o->json, [&] { return run(*o); }); });
}

}  // namespace lab::cli
