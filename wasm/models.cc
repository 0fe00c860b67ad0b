// Requests about models and tokenizers as files.
#include "base/paths.h"
#include "base/sha256.h"
#include "data/corpus.h"
#include "data/encode.h"
#include "device/cpu/cpu_device.h"
#include "file/shards.h"
#include "generations.h"
#include "platform/memory_files.h"
#include "train/trainable.h"

namespace lab::wasm {
namespace {

/// A model may come without a tokenizer, which then only refuses texts.
Status read_tokenizer(OpenModel& model) {
  auto tokenizer = model.source->tokenizer();
  if (!tokenizer && tokenizer.error().code != Code::kNotFound) return fail(std::move(tokenizer.error()));
  if (!tokenizer) {
    model.no_tokenizer = std::move(tokenizer.error());
    return {};
  }
  LAB_TRY(model.tokenizer, with_template(std::move(*tokenizer)));
  return {};
}

Json tensor_json(std::string_view name, const TensorView& view) {
  Json shape = Json::Array{};
  for (const std::uint64_t dim : view.shape) shape.array().push_back(dim);
  return Json(Json::Object{}).set("name", name).set("dtype", lab::name(view.dtype)).set("shape", std::move(shape));
}

Result<Json> inspect_corpus(const std::string& path) {
  LAB_TRY(auto source, map_file(path));
  LAB_TRY(CorpusReader reader, CorpusReader::open(std::move(source)));
  Sample sample;
  for (std::int64_t samples = 0;; ++samples) {
    LAB_TRY(const bool more, reader.next(sample));
    if (!more) return Json(Json::Object{}).set("format", "corpus").set("samples", samples);
  }
}

bool ends_like_corpus(const std::string& path) { return path.ends_with(".jsonl") || path.ends_with(".txt") || path.ends_with(".md"); }

}  // namespace

Result<std::shared_ptr<const OpenTokenizer>> with_template(std::shared_ptr<const Tokenizer> tokenizer) {
  auto out = std::make_shared<OpenTokenizer>();
  LAB_TRY(out->chat, chat_template_of(*tokenizer));
  out->tokenizer = std::move(tokenizer);
  return out;
}

OpenModel::~OpenModel() {
  // The small files of a folder stay as long as the model, as those of a folder on a disk would.
  if (source) forget_folder(source->path());
}

void OpenModel::end_generation() {
  if (const auto open = generation.lock()) open->generation.reset();
}

void OpenModel::forget_conversation() {
  if (!generation.expired()) return;
  session.reset();
  session_device.reset();
  session_fed.clear();
  session_owner.reset();
}

const std::string& OpenModel::sha256() {
  if (!known_sha256.empty()) return known_sha256;
  Sha256 hash;
  if (const Gguf* gguf = source->gguf())
    for (const GgufTensor& tensor : gguf->tensors()) hash.update(tensor.view.bytes);
  else
    for (const std::string& name : source->tensor_names()) hash.update(source->tensor(name)->bytes);
  return known_sha256 = hex(hash.finish());
}

Result<Json> open_model(const Json& request) {
  LAB_TRY(const std::string path, need_string(request, "path"));
  auto model = std::make_shared<OpenModel>();
  LAB_TRY(model->source, ModelSource::open(path));
  model->device = make_cpu_device(objects().pool);
  LAB_TRY(model->base, load_model(*model->device, *model->source));
  LAB_CHECK(read_tokenizer(*model));
  const ModelConfig& config = model->base.config;
  Json out = Json::Object{};
  out.set("format", model->source->format()).set("family", family_name(config.family)).set("layers", config.layers).set("hidden", config.hidden);
  out.set("vocab", config.vocab).set("max_positions", config.max_positions).set("parameters", plan_full(model->base).parameters);
  out.set("chat", model->tokenizer && model->tokenizer->chat.has_value());
  out.set("model", objects().models.add(std::move(model)));
  return out;
}

Result<Json> open_tokenizer(const Json& request) {
  LAB_TRY(const std::string path, need_string(request, "path"));
  LAB_TRY(auto tokenizer, lab::open_tokenizer(path));
  LAB_TRY(auto open, with_template(std::move(tokenizer)));
  Json out = Json::Object{};
  out.set("vocab", open->tokenizer->vocab_size()).set("chat", open->chat.has_value());
  return out.set("tokenizer", objects().tokenizers.add(std::move(open)));
}

Result<Json> inspect(const Json& request) {
  LAB_TRY(const std::string path, need_string(request, "path"));
  if (ends_like_corpus(path)) return inspect_corpus(path);
  Json out = Json::Object{}, tensors = Json::Array{}, metadata = Json::Object{};
  if (is_folder(path)) {
    LAB_TRY(const Shards shards, Shards::open(path));
    out.set("format", "safetensors folder");
    for (const auto& [name, view] : shards.tensors()) tensors.array().push_back(tensor_json(name, *view));
  } else if (is_gguf_file(path) || path.ends_with(".gguf")) {
    LAB_TRY(auto source, map_file(path));
    LAB_TRY(const Gguf gguf, Gguf::read(std::move(source)));
    LAB_TRY(auto type, gguf.string("general.type"));
    out.set("format", type.value_or("model") == "adapter" ? "gguf adapter" : "gguf");
    for (const GgufTensor& tensor : gguf.tensors()) tensors.array().push_back(tensor_json(tensor.name, tensor.view));
  } else {
    LAB_TRY(auto source, map_file(path));
    auto read = Safetensors::read(std::move(source));
    if (!read && !path.ends_with(".safetensors"))
      return fail(Error{Code::kUnsupported, "this is no GGUF file, no safetensors file and no corpus (.jsonl, .txt, .md)"}.in(path)
                      .fix(cat("Read as safetensors: ", read.error().message, ".")));
    if (!read) return fail(std::move(read.error()));
    const Safetensors file = std::move(*read);
    const bool is_pairs = !file.tensors().empty() && file.tensors().front().name.find(".lora_") != std::string::npos;
    out.set("format", file.metadata().contains("checkpoint") ? "checkpoint" : is_pairs ? "peft adapter" : "safetensors");
    for (const auto& [key, value] : file.metadata()) metadata.set(key, value);
    for (const NamedTensor& tensor : file.tensors()) tensors.array().push_back(tensor_json(tensor.name, tensor.view));
  }
  return out.set("tensors", std::move(tensors)).set("metadata", std::move(metadata));
}

}  // namespace lab::wasm
