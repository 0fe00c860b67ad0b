#include "train_options.h"

#include <cmath>

#include "base/cat.h"
#include "kernels/isa.h"
#include "known_models.h"
#include "text/chat_template.h"
#include "usage.h"

namespace lab::cli {

void add_train_options(CLI::App& command, TrainOptions& o) {
  RunSettings& s = o.settings;
  command.add_option("--model", s.model, "A known name, a .gguf file, or a Hugging Face folder")->capture_default_str();
  command.add_option("--data", s.data, "The corpus: .txt, .md, or .jsonl with text, prompt + completion, or messages");
  command.add_option("--variant", o.variant, "What is trained")->capture_default_str()->check(CLI::IsMember({"lora", "rslora", "dora", "full"}));
  command.add_option("--rank", s.lora.rank, "Rank of the adapter's pairs, 1 to 256")->capture_default_str();
  command.add_option("--alpha", s.lora.alpha, "The pairs' scale is alpha / rank")->capture_default_str();
  command.add_option("--dropout", s.lora.dropout, "Dropout of the pairs' inputs")->capture_default_str();
  command.add_option("--targets", o.targets, "all-linear, names like q_proj,v_proj (also embed_tokens, lm_head), or a regular expression over module paths")->capture_default_str();
  command.add_option("--lr", s.adamw.lr, "Highest learning rate")->capture_default_str();
  command.add_option("--schedule", o.schedule, "How the rate falls after the warm-up")->capture_default_str()->check(CLI::IsMember({"constant", "linear", "cosine"}));
  command.add_option("--warmup", s.warmup, "Steps in which the rate rises")->capture_default_str();
  command.add_option("--weight-decay", s.adamw.weight_decay, "Decoupled weight decay")->capture_default_str();
  command.add_option("--clip", s.clip, "Largest gradient norm; 0 does not clip")->capture_default_str();
  auto* steps = command.add_option("--steps", s.steps, "Updates in all")->capture_default_str();
  command.add_option("--epochs", o.epochs, "Instead of steps: how often the corpus is read")->excludes(steps)->check(above_zero(1e6));
  command.add_option("--context", s.context, "Tokens of a row")->capture_default_str();
  command.add_option("--batch", s.batch, "Rows that are computed together")->capture_default_str();
  command.add_option("--grad-accum", s.grad_accum, "Batches that make one update")->capture_default_str();
  command.add_option("--seed", s.seed, "Seed of everything that is random")->capture_default_str()->check(in_range(0, 0x1p64));
  command.add_option("--val-fraction", s.val_fraction, "Share of the corpus that is held out")->capture_default_str();
  command.add_option("--eval-every", s.eval_every, "Steps between validations; 0: only first and last")->capture_default_str();
  command.add_option("--save-every", s.save_every, "Steps between checkpoints; 0: only the last")->capture_default_str();
  command.add_option("--skip-nonfinite", s.skip_nonfinite, "How many steps may be left out because their loss is not finite")->capture_default_str();
  command.add_flag("--loss-on-all", s.loss_on_all, "Also learn prompts and user turns");
  command.add_flag("!--no-packing", s.pack, "One document a row");
  command.add_option("--memory", o.memory, "low recomputes layers to save memory; auto does so where memory is short")->capture_default_str()->check(CLI::IsMember({"auto", "normal", "low"}));
  command.add_option("--threads", o.threads, "Threads to use; 0 takes all cores")->capture_default_str()->check(in_range(0, 1024));
  command.add_option("--precision", o.precision, "f32, bf16 (the operands of large products rounded), or auto: bf16 where the processor computes in it")->capture_default_str()->check(CLI::IsMember({"f32", "bf16", "auto"}));
}

Status resolve(TrainOptions& o) {
  LAB_CHECK(set_variant(o.settings, o.variant));
  LAB_TRY(o.settings.schedule, parse_schedule(o.schedule));
  o.settings.lora.targets = parse_target_modules(o.targets);
  LAB_TRY(o.settings.precision, choose_precision(o.precision, kernels::computes_bfloat16() ? Precision::kBFloat16 : Precision::kFloat32));
  o.settings.recompute = o.memory == "low" ? Recompute::kLayers : Recompute::kNone;
  if (o.settings.data.empty())
    return fail(Error{Code::kBadArgument, "--data is missing"}.of("data").fix("Name a .txt, .md or .jsonl file."));
  return check(o.settings);
}

Result<Dataset> open_dataset(const Workbench& bench, const RunSettings& settings) {
  LAB_TRY(auto tokenizer, bench.source->tokenizer());
  LAB_TRY(auto chat_template, chat_template_of(*tokenizer));
  LAB_TRY(auto corpus, map_file(settings.data));
  DatasetOptions options;
  options.context = settings.context;
  options.pack = settings.pack;
  options.val_fraction = settings.val_fraction;
  options.seed = settings.seed;
  options.loss = settings.loss_on_all ? LossOn::kAll : LossOn::kAnswers;
  return build_dataset(std::move(corpus), tokenizer, std::move(chat_template), options);
}

void resolve_epochs(TrainOptions& o, const Dataset& dataset) {
  if (o.epochs <= 0) return;
  const double rows = static_cast<double>(dataset.train.count()) * o.epochs;
  o.settings.steps = std::max<std::int64_t>(1, std::llround(rows / static_cast<double>(o.settings.batch * o.settings.grad_accum)));
}

Result<Trainable> make_trainable(const Model& model, const RunSettings& settings) {
  if (settings.full) return Trainable(plan_full(model));
  LAB_TRY(AdapterPlan plan, plan_adapter(model.config, settings.lora));
  return Trainable(std::move(plan));
}

}  // namespace lab::cli
