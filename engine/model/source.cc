#include "model/source.h"

#include <cstring>

#include "base/cat.h"
#include "base/out_of_memory.h"
#include "base/paths.h"
#include "model/names.h"

namespace lab {
namespace {

Result<Json> read_json_file(const std::string& path) {
  LAB_TRY(auto source, map_file(path));
  const auto bytes = source->bytes();
  return parse_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path);
}

Result<Gguf> read_gguf(const std::string& path) {
  LAB_TRY(auto source, map_file(path));
  return Gguf::read(std::move(source));
}

}  // namespace

bool is_gguf_file(const std::string& path) {
  constexpr std::string_view kMagic = "GGUF";
  const auto source = map_file(path);  // which does not wait for the writer of a pipe
  return source && (*source)->bytes().size() >= kMagic.size() &&
         std::memcmp((*source)->bytes().data(), kMagic.data(), kMagic.size()) == 0;
}

Result<std::shared_ptr<const ModelSource>> ModelSource::open(const std::string& path) {
  return or_out_of_memory("opening the model", [&]() -> Result<std::shared_ptr<const ModelSource>> {
    auto out = std::make_shared<ModelSource>();
    out->path_ = path;
    if (is_folder(path)) {
      LAB_TRY(const Json json, read_json_file(path + "/config.json"));
      LAB_TRY(out->config_, config_from_json(json, path + "/config.json"));
      LAB_TRY(out->shards_, Shards::open(path));
      // Some folders of tied models say so only by leaving the head out, others carry it twice.
      if (out->shards_->tensor(cat(kHeadPath, ".weight")) == nullptr) out->config_.tied_head = true;
      return out;
    }
    LAB_TRY(out->gguf_, read_gguf(path));
    LAB_TRY(auto type, out->gguf_->string("general.type"));
    if (type.value_or("model") == "adapter")
      return fail(Error{Code::kMismatch, "this file is an adapter, not a model"}.in(path).fix("Give it with --adapter, and its base with --model."));
    LAB_TRY(out->config_, config_from_gguf(*out->gguf_));
    return out;
  });
}

const TensorView* ModelSource::tensor(std::string_view name) const {
  if (shards_) return shards_->tensor(name);
  const auto gguf_name = gguf_tensor_name(name);
  const GgufTensor* found = gguf_name ? gguf_->tensor(*gguf_name) : nullptr;
  return found != nullptr ? &found->view : nullptr;
}

std::vector<std::string> ModelSource::tensor_names() const {
  std::vector<std::string> names;
  if (shards_) {
    for (const auto& [name, view] : shards_->tensors()) names.push_back(name);
    return names;
  }
  for (const GgufTensor& tensor : gguf_->tensors())
    names.push_back(huggingface_tensor_name(tensor.name).value_or(tensor.name));
  return names;
}

Result<std::shared_ptr<const Tokenizer>> ModelSource::tokenizer() const {
  return or_out_of_memory("reading the tokenizer", [&]() -> Result<std::shared_ptr<const Tokenizer>> {
    LAB_TRY(auto tokenizer, gguf_ ? Tokenizer::from_gguf(*gguf_) : Tokenizer::from_folder(path_));
    if (tokenizer->vocab_size() > config_.vocab)
      return fail(Error{Code::kMismatch, cat("the tokenizer has ", tokenizer->vocab_size(), " pieces, but the model's embedding only ",
                                             config_.vocab, " rows")}
                      .in(gguf_ ? path_ : path_ + "/tokenizer.json").of(gguf_ ? "tokenizer.ggml.tokens" : "vocab")
                      .fix("Take the tokenizer that the model was published with."));
    return tokenizer;
  });
}

Result<std::shared_ptr<const Tokenizer>> open_tokenizer(const std::string& path) {
  if (is_folder(path)) return Tokenizer::from_folder(path);
  LAB_TRY(const Gguf gguf, read_gguf(path));
  return Tokenizer::from_gguf(gguf);
}

}  // namespace lab
