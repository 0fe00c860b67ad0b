// lora-lab generate: completes a prompt.
#include <cstdio>

#include "base/cat.h"
#include "commands.h"
#include "interrupts.h"
#include "sampling_options.h"
#include "workbench.h"

namespace lab::cli {
namespace {

struct Options {
  ModelOptions model;
  GenerateOptions generate;
  std::string prompt;
  std::int64_t context = 2048;
  bool json = false;
};

Result<Json> run(const Options& o) {
  LAB_TRY(const Workbench bench, open_workbench(o.model));
  LAB_TRY(auto tokenizer, bench.source->tokenizer());
  LAB_TRY(const auto prompt, tokenizer->encode(o.prompt, {.parse_special = true, .add_special = true}));
  const std::int64_t need = static_cast<std::int64_t>(prompt.size()) + o.generate.max_tokens;
  const std::int64_t capacity = std::min({need, o.context, bench.base.config.max_positions});
  LAB_TRY(auto session, Session::create(*bench.device, bench.model, std::max<std::int64_t>(capacity, 1)));
  catch_interrupts();
  auto sink = [&](std::string_view text) { return (o.json || print_now(text)) && interrupts() == 0; };
  LAB_TRY(const Generated out, generate(*session, bench.model, tokenizer, prompt, o.generate, sink));
  const auto decoded = static_cast<std::int64_t>(out.ids.size());
  const double prefill_rate = static_cast<double>(out.prefill_tokens) / std::max(out.prefill_s, 1e-9);
  // The first new token comes out of the prefill.
  const double decode_rate = decoded > 1 ? static_cast<double>(decoded - 1) / std::max(out.decode_s, 1e-9) : 0;
  if (!o.json) {
    std::printf("\n");
    std::fprintf(stderr, "[%lld + %lld tokens, prefill %.0f tok/s, decode %.0f tok/s, %s]\n", static_cast<long long>(out.prefill_tokens),
                 static_cast<long long>(decoded), prefill_rate, decode_rate, std::string(stop_reason_name(out.reason)).c_str());
  }
  Json ids = Json::Array{};
  for (std::int32_t id : out.ids) ids.array().push_back(id);
  Json json = Json::Object{};
  json.set("text", out.text).set("ids", std::move(ids)).set("stop_reason", stop_reason_name(out.reason));
  json.set("prefill_tokens", out.prefill_tokens).set("prefill_tokens_per_s", prefill_rate);
  json.set("decode_tokens", decoded).set("decode_tokens_per_s", decode_rate);
  return json;
}

}  // namespace

void add_generate(CLI::App& app, Exit& exit) {
  CLI::App* command = app.add_subcommand("generate", "Completes a prompt (raw text, no chat template)");
  auto o = std::make_shared<Options>();
  add_model_options(*command, o->model);
  command->add_option("--prompt", o->prompt, "The text to complete")->required();
  command->add_option("--context", o->context, "Most tokens in all")->capture_default_str()->check(in_range(2, 1 << 24));
  add_sampling_options(*command, o->generate);
  command->add_flag("--json", o->json, "Print one JSON object");
  command->callback([o, &exit] {
    finish(exit, o->json, [&] { return run(*o); });
    if (interrupts() > 0) exit.status = kInterruptedStatus;
  });
}

}  // namespace lab::cli
