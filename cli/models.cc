// lora-lab models: the known models and which of them are on this machine.
#include <cstdio>

#include "commands.h"
#include "known_models.h"

namespace lab::cli {
namespace {

Result<Json> run(bool json) {
  Json list = Json::Array{};
  for (const KnownModel& model : known_models()) {
    Json row = Json::Object{};
    row.set("name", model.name).set("title", model.title).set("cached", is_cached(model)).set("bytes", model.bytes);
    row.set("path", cached_path(model)).set("source", model.source).set("sha256", model.sha256);
    list.array().push_back(row);
    if (!json)
      std::printf("%-16s %-44s %9s  %s\n", std::string(model.name).c_str(), std::string(model.title).c_str(),
                  human_bytes(static_cast<double>(model.bytes)).c_str(), is_cached(model) ? "on this machine" : "not fetched yet");
  }
  Json out = Json::Object{};
  out.set("models", std::move(list));
  return out;
}

}  // namespace

void add_models(CLI::App& app, Exit& exit) {
  CLI::App* command = app.add_subcommand("models", "Lists known models and which are on this machine");
  auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "Print one JSON object");
  command->callback([json, &exit] { finish(exit, *json, [&] { return run(*json); }); });
}

}  // namespace lab::cli
