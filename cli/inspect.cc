// lora-lab inspect: what a model, adapter or checkpoint file holds.
#include <cstdio>
#include <filesystem>
#include <optional>

#include "base/cat.h"
#include "commands.h"
#include "file/gguf.h"
#include "file/safetensors.h"
#include "file/shards.h"
#include "known_models.h"
#include "model/config.h"
#include "model/source.h"
#include "tensor/decode.h"

namespace lab::cli {
namespace {

struct Options {
  std::string file, tensor, out;
  bool json = false;
};

struct Row {
  std::string name;
  TensorView view;
};

/// Everything that inspect says about one input; the owner keeps the views alive.
struct Contents {
  std::shared_ptr<const void> owner;
  std::string format, architecture;
  std::vector<Row> tensors;
  Json metadata = Json::Object{};
};

Json value_of(const GgufValue& value) {
  return std::visit([](const auto& v) -> Json {
    using V = std::decay_t<decltype(v)>;
    if constexpr (std::is_same_v<V, GgufArray>) return Json(cat("[", v.size(), " values]"));
    else if constexpr (std::is_same_v<V, std::string_view>) return Json(v);
    else return Json(v);
  }, value.value);
}

Result<Contents> from_gguf(const std::string& path) {
  LAB_TRY(auto source, map_file(path));
  LAB_TRY(Gguf read, Gguf::read(source));
  auto gguf = std::make_shared<const Gguf>(std::move(read));
  Contents out{gguf, cat("gguf v", gguf->version()), "", {}, Json::Object{}};
  LAB_TRY(auto architecture, gguf->string("general.architecture"));
  out.architecture = architecture.value_or("");
  for (const auto& [key, value] : gguf->metadata()) out.metadata.set(key, value_of(value));
  for (const GgufTensor& tensor : gguf->tensors()) out.tensors.push_back({tensor.name, tensor.view});
  return out;
}

Result<Contents> from_safetensors(const std::string& path) {
  LAB_TRY(auto source, map_file(path));
  LAB_TRY(Safetensors read, Safetensors::read(source));
  auto file = std::make_shared<const Safetensors>(std::move(read));
  Contents out{file, "safetensors", "", {}, Json::Object{}};
  for (const auto& [key, value] : file->metadata()) out.metadata.set(key, value);
  for (const NamedTensor& tensor : file->tensors()) out.tensors.push_back({tensor.name, tensor.view});
  if (const auto state = file->metadata().find("checkpoint"); state != file->metadata().end()) {
    out.format = "checkpoint";
    LAB_TRY(out.metadata, parse_json(state->second, path));
  }
  return out;
}

Result<Json> read_settings(const std::string& path) {
  LAB_TRY(auto source, map_file(path));
  const auto bytes = source->bytes();
  return parse_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path);
}

Result<Contents> from_folder(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  if (fs::exists(path + "/adapter_model.safetensors", ignored)) {
    LAB_TRY(Contents out, from_safetensors(path + "/adapter_model.safetensors"));
    out.format = "peft adapter";
    if (auto config = read_settings(path + "/adapter_config.json")) out.metadata = std::move(*config);
    if (fs::exists(path + "/checkpoint.safetensors", ignored)) {
      LAB_TRY(const Contents run, from_safetensors(path + "/checkpoint.safetensors"));
      out.metadata.set("checkpoint", run.metadata);
    }
    return out;
  }
  // A full fine-tune's folder.
  if (fs::exists(path + "/model.gguf", ignored)) return from_gguf(path + "/model.gguf");
  if (!fs::exists(path + "/config.json", ignored))
    return fail(Error{Code::kNotFound, "the folder holds no model (config.json with safetensors files) and no adapter (adapter_model.safetensors)"}
                    .in(path).fix("Name a file in it, or another folder."));
  LAB_TRY(auto source, ModelSource::open(path));
  Contents out{source, "huggingface folder", std::string(family_name(source->config().family)), {}, Json::Object{}};
  for (const std::string& name : source->tensor_names())
    if (const TensorView* view = source->tensor(name)) out.tensors.push_back({name, *view});
  return out;
}

Result<Contents> open(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return from_folder(path);
  if (is_gguf_file(path) || path.ends_with(".gguf")) return from_gguf(path);
  auto read = from_safetensors(path);
  if (!read && read.error().code != Code::kNotFound && read.error().code != Code::kIo && !path.ends_with(".safetensors"))
    return fail(Error{Code::kUnsupported, "this is neither a GGUF file nor a safetensors file"}.in(path).fix(cat("Read as safetensors: ", read.error().message, ".")));
  return read;
}

Status write_tensor(const Contents& contents, const Options& o) {
  for (const Row& row : contents.tensors) {
    if (row.name != o.tensor) continue;
    if (!info(row.view.dtype).decodable)
      return fail(Error{Code::kUnsupported, cat("tensors of the type ", name(row.view.dtype), " cannot be decoded")}.of(row.name));
    std::vector<float> values(row.view.elements());
    decode(row.view.dtype, row.view.bytes.data(), static_cast<std::int64_t>(values.size()), values.data());
    return write_safetensors(o.out, {{row.name, {DType::kF32, row.view.shape, std::as_bytes(std::span(values))}}}, {});
  }
  return fail(Error{Code::kNotFound, "the file has no such tensor"}.in(o.file).of(o.tensor));
}

void print(const Contents& contents, std::uint64_t parameters, std::uint64_t bytes) {
  std::printf("%s%s%s: %zu tensors, %.2f million values, %s of data\n", contents.format.c_str(), contents.architecture.empty() ? "" : ", ",
              contents.architecture.c_str(), contents.tensors.size(), static_cast<double>(parameters) / 1e6,
              human_bytes(static_cast<double>(bytes)).c_str());
  for (const auto& [key, value] : contents.metadata.object()) {
    std::string text = value.is_string() ? value.string() : value.dump();
    if (text.size() > 100) text = text.substr(0, 100) + "...";
    for (char& c : text) if (c == '\n') c = ' ';
    std::printf("  %-44s %s\n", key.c_str(), text.c_str());
  }
  for (const Row& row : contents.tensors) {
    std::string shape;
    for (auto dim : row.view.shape) shape += cat(shape.empty() ? "" : " x ", dim);
    std::printf("  %-60s %-7s %s\n", row.name.c_str(), std::string(name(row.view.dtype)).c_str(), shape.c_str());
  }
}

Result<Json> run(const Options& o) {
  LAB_TRY(const Contents contents, open(resolve_model(o.file)));
  if (!o.tensor.empty()) {
    if (o.out.empty()) return fail(Error{Code::kBadArgument, "--tensor needs --out"}.of("out"));
    LAB_CHECK(write_tensor(contents, o));
  }
  std::uint64_t parameters = 0, bytes = 0;
  Json tensors = Json::Array{};
  for (const Row& row : contents.tensors) {
    parameters += row.view.elements();
    bytes += row.view.bytes.size();
    Json shape = Json::Array{};
    for (auto dim : row.view.shape) shape.array().push_back(dim);
    Json entry = Json::Object{};
    entry.set("name", row.name).set("dtype", name(row.view.dtype)).set("shape", shape).set("bytes", row.view.bytes.size());
    tensors.array().push_back(entry);
  }
  if (!o.json) print(contents, parameters, bytes);
  Json out = Json::Object{};
  out.set("format", contents.format).set("architecture", contents.architecture).set("parameters", parameters);
  out.set("bytes", bytes).set("metadata", contents.metadata).set("tensors", std::move(tensors));
  return out;
}

}  // namespace

void add_inspect(CLI::App& app, Exit& exit) {
  CLI::App* command = app.add_subcommand("inspect", "Says what a model, adapter or checkpoint file holds");
  auto o = std::make_shared<Options>();
  command->add_option("FILE", o->file, "A file, a folder, or a known model's name")->required();
  command->add_option("--tensor", o->tensor, "Write this tensor's values as float32 to --out");
  command->add_option("--out", o->out, "The safetensors file to write");
  command->add_flag("--json", o->json, "Print one JSON object");
  command->callback([o, &exit] { finish(exit, o->json, [&] { return run(*o); }); });
}

}  // namespace lab::cli
