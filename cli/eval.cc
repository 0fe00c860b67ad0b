// lora-lab eval: loss and perplexity of a model on a text file.
#include <chrono>
#include <cmath>
#include <cstdio>

#include "base/cat.h"
#include "commands.h"
#include "train/trainer.h"
#include "usage.h"
#include "workbench.h"

namespace lab::cli {
namespace {

struct Options {
  ModelOptions model;
  std::string data;
  std::int64_t context = 512, stride = 0;
  bool json = false;
};

/// One window of the text: all its tokens are read, those from `scored` on are predicted.
Batch window(std::span<const std::int32_t> ids, std::size_t scored) {
  Batch batch;
  batch.ids.assign(ids.begin(), ids.end());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const bool target = i + 1 < ids.size() && i + 1 >= scored;
    batch.targets.push_back(target ? ids[i + 1] : -100);
    batch.positions.push_back(static_cast<std::int32_t>(i));
    batch.segment_begin.push_back(0);
    batch.loss_tokens += target;
  }
  batch.tokens = static_cast<std::int64_t>(ids.size());
  return batch;
}

Result<Json> run(Options& o) {
  LAB_TRY(const Workbench bench, open_workbench(o.model));
  LAB_TRY(auto tokenizer, bench.source->tokenizer());
  LAB_TRY(auto source, map_file(o.data));
  const auto bytes = source->bytes();
  LAB_TRY(const auto ids, tokenizer->encode({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, {.add_special = true}));
  if (ids.size() < 2) return fail(Error{Code::kEmpty, "the text has fewer than two tokens"}.in(o.data));
  const auto context = static_cast<std::size_t>(std::min({o.context, static_cast<std::int64_t>(ids.size()), bench.base.config.max_positions}));
  const std::size_t stride = o.stride > 0 ? std::min(static_cast<std::size_t>(o.stride), context) : context;

  TrainerOptions options;
  options.context = options.micro_tokens = static_cast<std::int64_t>(context);
  LAB_TRY(auto trainer, Trainer::create(*bench.device, bench.model, Trainable(AdapterPlan{}), options));
  const auto start = std::chrono::steady_clock::now();
  Trainer::Loss total;
  std::int64_t read = 0;
  for (std::size_t begin = 0, scored = 1; scored < ids.size(); begin += stride) {
    const std::size_t end = std::min(begin + context, ids.size());
    const Trainer::Loss loss = trainer->evaluate(window(std::span(ids).subspan(begin, end - begin), scored - begin));
    total.sum += loss.sum;
    total.tokens += loss.tokens;
    read += static_cast<std::int64_t>(end - begin);
    // Without overlap a window's first token has nothing before it and is not predicted.
    scored = stride == context ? end + 1 : end;
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const double loss = total.sum / static_cast<double>(total.tokens);
  if (!o.json)
    std::printf("loss %.4f, perplexity %.3f over %lld tokens, %.0f tok/s\n", loss, std::exp(loss),
                static_cast<long long>(total.tokens), static_cast<double>(read) / seconds);
  Json out = Json::Object{};
  out.set("tokens", total.tokens).set("loss", loss).set("perplexity", std::exp(loss)).set("tokens_per_s", static_cast<double>(read) / seconds);
  return out;
}

}  // namespace

void add_eval(CLI::App& app, Exit& exit) {
  CLI::App* command = app.add_subcommand("eval", "Loss and perplexity on a text file");
  auto o = std::make_shared<Options>();
  add_model_options(*command, o->model);
  command->add_option("--data", o->data, "The text file")->required();
  command->add_option("--context", o->context, "Tokens of a window")->capture_default_str()->check(in_range(2, 1 << 20));
  command->add_option("--stride", o->stride, "Tokens from one window to the next; 0: no overlap")->capture_default_str()->check(in_range(0, 1 << 20));
  command->add_flag("--json", o->json, "Print one JSON object");
  command->callback([o, &exit] { finish(exit, o->json, [&] { return run(*o); }); });
}

}  // namespace lab::cli
