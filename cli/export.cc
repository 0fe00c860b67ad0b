// lora-lab export: turns an adapter into another format.
#include <cstdio>
#include <filesystem>

#include "adapter/gguf_adapter.h"
#include "base/cat.h"
#include "commands.h"
#include "known_models.h"
#include "model/source.h"
#include "output_path.h"

namespace lab::cli {
namespace {

struct Options {
  std::string adapter, format = "peft", out, model;
  bool json = false, overwrite = false;
};

/// The base that the adapter was made for: what --model names, else what the adapter itself names.
Result<std::shared_ptr<const ModelSource>> open_base(const Options& o) {
  std::string base = o.model;
  if (base.empty() && !is_gguf_file(o.adapter)) {
    LAB_TRY(auto lora, read_peft_config(o.adapter, &base));
    (void)lora;
    std::error_code ignored;
    const std::string beside = (std::filesystem::path(o.adapter) / base).string();
    if (!base.empty() && !std::filesystem::exists(base, ignored) && std::filesystem::exists(beside, ignored)) base = beside;
  }
  if (base.empty()) base = kDefaultModel;
  auto source = ModelSource::open(resolve_model(base));
  if (!source) return fail(std::move(source.error()).fix("Name the adapter's base with --model."));
  return source;
}

std::uint64_t size_of(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::file_size(path, ignored);
}

Result<Json> run(const Options& o) {
  if (o.format == "gguf") LAB_CHECK(may_write_file(o.out, o.overwrite));
  else LAB_CHECK(may_write_into(o.out, {"adapter_model.safetensors", "adapter_config.json"}, o.overwrite));
  LAB_TRY(const auto source, open_base(o));
  LAB_TRY(const LoadedAdapter loaded, read_adapter(o.adapter, source->config()));
  std::uint64_t bytes = 0;
  if (o.format == "gguf") {
    LAB_CHECK(write_gguf_adapter(o.out, loaded.adapter, source->config()));
    bytes = size_of(o.out);
  } else {
    LAB_CHECK(write_peft(o.out, loaded.adapter, loaded.lora, base_name(source->path())));
    bytes = size_of(o.out + "/adapter_model.safetensors");
  }
  if (!o.json) std::printf("wrote %s (%s)\n", o.out.c_str(), human_bytes(static_cast<double>(bytes)).c_str());
  Json out = Json::Object{};
  out.set("out", o.out).set("bytes", bytes).set("format", o.format);
  return out;
}

}  // namespace

void add_export(CLI::App& app, Exit& exit) {
  CLI::App* command = app.add_subcommand("export", "Turns an adapter into another format");
  auto o = std::make_shared<Options>();
  command->add_option("--adapter", o->adapter, "A PEFT folder, an adapter_model.safetensors, or a GGUF adapter")->required();
  command->add_option("--format", o->format, "peft (a folder) or gguf (a file)")->capture_default_str()->check(CLI::IsMember({"peft", "gguf"}));
  command->add_option("--out", o->out, "What to write")->required();
  command->add_option("--model", o->model, "The adapter's base; by default the one that the adapter names");
  command->add_flag("--overwrite", o->overwrite, "Replace what is in --out already");
  command->add_flag("--json", o->json, "Print one JSON object");
  command->callback([o, &exit] { finish(exit, o->json, [&] { return run(*o); }); });
}

}  // namespace lab::cli
