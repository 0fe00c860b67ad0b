// G16 and T2 for folders: config.json, model.safetensors and tokenizer.json that do not make a model.
#include "safetensors_bytes.h"
#include "table.h"

namespace lab::malformed {
namespace {

/// config.json of a llama with one layer; one member replaced, or taken out if `value` is empty.
std::string config(std::string_view member = {}, std::string_view value = {}) {
  constexpr std::pair<std::string_view, std::string_view> kMembers[] = {
      {"model_type", "\"llama\""}, {"vocab_size", "3"}, {"hidden_size", "4"}, {"num_hidden_layers", "1"},
      {"intermediate_size", "8"}, {"num_attention_heads", "2"}, {"num_key_value_heads", "1"},
      {"max_position_embeddings", "64"}, {"rms_norm_eps", "1e-5"}, {"hidden_act", "\"silu\""}, {"rope_theta", "10000.0"},
      {"head_dim", "2"}, {"quantization_config", "null"}, {"rope_scaling", "null"}, {"tie_word_embeddings", "true"}};
  std::string text;
  for (const auto& [name, good] : kMembers) {
    if (name == member && value.empty()) continue;
    text += cat(text.empty() ? "{" : ",\n ", "\"", name, "\": ", name == member ? value : good);
  }
  return text + "}";
}

std::string weights(const char* embedding_shape = "3,4", int embedding = 12, const char* left_out = "") {
  struct Tensor { const char *name, *shape; int count; };
  const Tensor tensors[] = {
      {"model.embed_tokens.weight", embedding_shape, embedding}, {"model.norm.weight", "4", 4},
      {"model.layers.0.input_layernorm.weight", "4", 4}, {"model.layers.0.post_attention_layernorm.weight", "4", 4},
      {"model.layers.0.self_attn.q_proj.weight", "4,4", 16}, {"model.layers.0.self_attn.k_proj.weight", "2,4", 8},
      {"model.layers.0.self_attn.v_proj.weight", "2,4", 8}, {"model.layers.0.self_attn.o_proj.weight", "4,4", 16},
      {"model.layers.0.mlp.gate_proj.weight", "8,4", 32}, {"model.layers.0.mlp.up_proj.weight", "8,4", 32},
      {"model.layers.0.mlp.down_proj.weight", "4,8", 32}};
  std::string header;
  int end = 0;
  for (const Tensor& tensor : tensors) {
    if (std::string_view(tensor.name) == left_out) continue;
    header += cat(header.empty() ? "" : ",", entry(tensor.name, "F32", tensor.shape, cat(end, ",", end + 4 * tensor.count)));
    end += 4 * tensor.count;
  }
  return safetensors("{" + header + "}", static_cast<std::size_t>(end));
}

std::string tokenizer(const char* vocab) {
  return cat(R"({"version":"1.0","model":{"type":"BPE","merges":[],"vocab":)", vocab, "}}");
}

}  // namespace

std::vector<Case> model_folder_cases() {
  Table t(Format::kModel, "");
  const char* const kGoodVocab = R"({"a":0,"b":1,"c":2})";
  const auto one = [&](const char* id, std::string what, std::string json, std::string tensors, const char* vocab,
                       Expected expected) {
    t.folder(id, std::move(what),
             {{"config.json", std::move(json)}, {"model.safetensors", std::move(tensors)}, {"tokenizer.json", tokenizer(vocab)}},
             std::move(expected));
  };
  const auto spoilt = [&](const char* what, const char* member, const char* value, Code code, std::string field) {
    one("M1", what, config(member, value), weights(), kGoodVocab, {code, std::move(field)});
  };
  one("T2", "one piece more than the embedding has rows", config(), weights(), R"({"a":0,"b":1,"c":2,"d":3})",
      {Code::kMismatch, "vocab"});
  one("T2", "fewer pieces than the embedding has rows", config(), weights(), R"({"a":0,"b":1})", {});
  spoilt("no layers", "num_hidden_layers", "0", Code::kCorrupt, "layer count");
  spoilt("2^40 layers", "num_hidden_layers", "1099511627776", Code::kCorrupt, "layer count");
  spoilt("no heads", "num_attention_heads", "0", Code::kCorrupt, "head count");
  spoilt("-4 heads", "num_attention_heads", "-4", Code::kCorrupt, "head count");
  spoilt("key-value heads that do not divide", "num_key_value_heads", "3", Code::kCorrupt, "key-value head count");
  spoilt("vocabulary of 0", "vocab_size", "0", Code::kCorrupt, "vocabulary size");
  spoilt("hidden size -1", "hidden_size", "-1", Code::kCorrupt, "hidden size");
  spoilt("hidden size as text", "hidden_size", "\"many\"", Code::kBadJson, "hidden_size");
  spoilt("no hidden size", "hidden_size", "", Code::kBadJson, "hidden_size");
  spoilt("odd head size", "head_dim", "3", Code::kCorrupt, "rotary dimension count");
  spoilt("head size 512", "head_dim", "512", Code::kUnsupported, "head size");
  spoilt("feed-forward size 2^62", "intermediate_size", "4611686018427387904", Code::kCorrupt, "feed-forward size");
  spoilt("norm epsilon 0", "rms_norm_eps", "0.0", Code::kCorrupt, "norm epsilon");
  spoilt("rope base 0", "rope_theta", "0.0", Code::kCorrupt, "rope base");
  spoilt("another family", "model_type", "\"mamba\"", Code::kUnsupported, "model_type");
  spoilt("another activation", "hidden_act", "\"gelu\"", Code::kUnsupported, "hidden_act");
  spoilt("weights of another quantiser", "quantization_config", R"({"bits":4})", Code::kUnsupported, "quantization_config");
  spoilt("unknown rope scaling", "rope_scaling", R"({"rope_type":"longrope"})", Code::kUnsupported, "rope_type");
  spoilt("rope scaling by 0", "rope_scaling", R"({"rope_type":"linear","factor":0.0})", Code::kCorrupt, "rope scaling factor");
  one("M1", "config.json is a list", "[]", weights(), kGoodVocab, {Code::kBadJson, "model_type"});
  one("M1", "config.json is empty", "", weights(), kGoodVocab, {Code::kBadJson, "", 0});
  one("M2", "tensor missing", config(), weights("3,4", 12, "model.norm.weight"), kGoodVocab, {Code::kNotFound, "model.norm.weight"});
  one("M2", "embedding of another width", config(), weights("4,3"), kGoodVocab, {Code::kMismatch, "model.embed_tokens.weight"});
  one("M2", "embedding of one dimension", config(), weights("12"), kGoodVocab, {Code::kMismatch, "model.embed_tokens.weight"});
  t.folder("M2", "no weights", {{"config.json", config()}}, {Code::kNotFound, ""});
  t.folder("M2", "no config.json", {{"model.safetensors", weights()}}, {Code::kNotFound, ""});
  one("M2", "a tiny model", config(), weights(), kGoodVocab, {});
  return t.take();
}

}  // namespace lab::malformed
