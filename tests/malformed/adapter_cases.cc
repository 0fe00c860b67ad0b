// A1 to A6: bad PEFT folders and GGUF adapters, for the model of tiny_config().
#include <cstring>

#include "gguf_bytes.h"
#include "safetensors_bytes.h"
#include "table.h"

namespace lab::malformed {
namespace {

constexpr std::string_view kModule = "model.layers.0.self_attn.q_proj";
const std::string kPrefix = cat("base_model.model.", kModule);

struct Tensor {
  std::string name, shape;
  std::size_t count;
  float value = 0;
};

/// adapter_model.safetensors of these float32 tensors.
std::string weights(const std::vector<Tensor>& tensors, const char* dtype = "F32", std::size_t width = 4) {
  std::string header, data;
  for (const Tensor& tensor : tensors) {
    const std::size_t end = data.size() + tensor.count * width;
    header += cat(header.empty() ? "" : ",", entry(tensor.name, dtype, tensor.shape, cat(data.size(), ",", end)));
    data.resize(end);
    if (tensor.count > 0) std::memcpy(data.data() + end - width, &tensor.value, std::min<std::size_t>(width, 4));
  }
  return safetensors("{" + header + "}", data);
}
Tensor a(std::string shape = "2,8", std::size_t count = 16, float value = 0) {
  return {kPrefix + ".lora_A.weight", std::move(shape), count, value};
}
Tensor b(std::string shape = "8,2", std::size_t count = 16, float value = 0) {
  return {kPrefix + ".lora_B.weight", std::move(shape), count, value};
}

/// adapter_config.json with one member more, or another one.
std::string settings(const std::string& member = "", const std::string& value = "") {
  constexpr std::pair<std::string_view, std::string_view> kMembers[] = {
      {"peft_type", "\"LORA\""}, {"r", "2"}, {"lora_alpha", "4"}, {"bias", "\"none\""}, {"target_modules", R"(["q_proj"])"}};
  std::string text;
  bool used = member.empty();
  for (const auto& [name, good] : kMembers) {
    if (name == member) used = true;
    if (name == member && value.empty()) continue;
    text += cat(text.empty() ? "{" : ",", "\"", name, "\":", name == member ? std::string_view(value) : good);
  }
  return text + (used ? "" : cat(",\"", member, "\":", value)) + "}";
}

class Adapters : public Table {
 public:
  Adapters() : Table(Format::kAdapter, "adapter.gguf") {}
  void both(const char* id, std::string what, std::string config, std::string tensors, Expected expected) {
    folder(id, std::move(what), {{"adapter_config.json", std::move(config)}, {"adapter_model.safetensors", std::move(tensors)}},
           std::move(expected));
  }
  void config(const char* id, std::string what, const char* member, const char* value, Code code, std::string field) {
    both(id, std::move(what), settings(member, value), weights({a(), b()}), {code, std::move(field)});
  }
  void tensors(const char* id, std::string what, const std::vector<Tensor>& list, Code code, std::string field) {
    both(id, std::move(what), settings(), weights(list), {code, std::move(field)});
  }
};

void kinds(Adapters& t) {
  t.config("A1", "another kind of adapter", "peft_type", "\"IA3\"", Code::kUnsupported, "peft_type");
  t.config("A1", "no kind", "peft_type", "", Code::kBadJson, "peft_type");
  t.config("A1", "kind is a number", "peft_type", "1", Code::kBadJson, "peft_type");
  for (const auto& [key, value] : {
           std::pair("bias", "\"all\""), std::pair("modules_to_save", R"(["lm_head"])"), std::pair("layer_replication", "[[0,1]]"),
           std::pair("target_parameters", R"(["x"])"), std::pair("trainable_token_indices", "[1]"), std::pair("lora_bias", "true"),
           std::pair("use_qalora", "true"), std::pair("alora_invocation_tokens", "[1]")})
    t.config("A1", cat(key, ", which is not supported"), key, value, Code::kUnsupported, key);
  t.config("A1", "start from a changed base", "init_lora_weights", "\"pissa\"", Code::kUnsupported, "init_lora_weights = pissa");
  t.config("A1", "DoRA without its magnitudes", "use_dora", "true", Code::kMismatch, std::string(kModule));
  t.config("A1", "use_dora is a text", "use_dora", "\"yes\"", Code::kBadJson, "use_dora");
  t.config("A1", "rank pattern is a list", "rank_pattern", "[1]", Code::kBadJson, "rank_pattern");
  t.config("A1", "rank pattern without a number", "rank_pattern", R"({"q_proj":"2"})", Code::kBadJson, "rank_pattern");
  t.config("A1", "alpha pattern without a number", "alpha_pattern", R"({"q_proj":null})", Code::kBadJson, "alpha_pattern");
  t.config("A1", "pattern that is no expression", "rank_pattern", R"({"(q":2})", Code::kUnsupported, "rank_pattern");
}

void numbers(Adapters& t) {
  for (const char* rank : {"0", "-1", "4097", "9223372036854775807", "2.0", "2.5", "\"2\"", "null", "true", "[]"})
    t.config("A2", cat("rank ", rank), "r", rank, Code::kBadJson, "r");
  t.config("A2", "rank 1e3", "r", "1e3", Code::kBadJson, "r");
  t.config("A2", "another rank than the tensors", "r", "4", Code::kMismatch, std::string(kModule));
  t.config("A2", "alpha is a text", "lora_alpha", "\"high\"", Code::kBadJson, "lora_alpha");
  t.config("A2", "alpha pattern of another rank", "rank_pattern", R"({"q_proj":3})", Code::kMismatch, std::string(kModule));
  t.both("A2", "alpha NaN", settings("lora_alpha", "NaN"), weights({a(), b()}), {Code::kBadJson, "", 39});
  t.both("A2", "alpha 1e999", settings("lora_alpha", "1e999"), weights({a(), b()}), {Code::kBadJson, "", 45});
  t.config("A2", "dropout above 1", "lora_dropout", "1.5", Code::kBadJson, "lora_dropout");
}

void modules(Adapters& t) {
  t.config("A3", "target modules is a number", "target_modules", "3", Code::kBadJson, "target_modules");
  t.config("A3", "target modules holds a number", "target_modules", "[3]", Code::kBadJson, "target_modules");
  t.config("A3", "target modules is no expression", "target_modules", "\"(q_proj\"", Code::kUnsupported, "target_modules");
  t.config("A3", "expression that is too large", "target_modules", R"("(((a{0,999}){0,999}){0,999}){0,999}")", Code::kLimit,
           "target_modules");
  t.config("A3", "target modules that the model lacks", "target_modules", R"(["c_attn"])", Code::kMismatch, "target_modules");
  t.config("A3", "expression that matches no module", "target_modules", "\".*[.]c_attn\"", Code::kMismatch, "target_modules");
  t.tensors("A3", "no tensors", {}, Code::kEmpty, "");
  t.tensors("A3", "layer that the model lacks", {{"base_model.model.model.layers.9.self_attn.q_proj.lora_A.weight", "2,8", 16}},
            Code::kMismatch, "model.layers.9.self_attn.q_proj");
}

void pairs(Adapters& t) {
  const std::string module(kModule);
  t.tensors("A4", "A without B", {a()}, Code::kCorrupt, module);
  t.tensors("A4", "B without A", {b()}, Code::kCorrupt, module);
  t.tensors("A4", "A of another rank than B", {a(), b("8,1", 8)}, Code::kMismatch, module + ".lora_B");
  t.tensors("A4", "A of another width than the base", {a("2,4", 8), b()}, Code::kMismatch, module + ".lora_A");
  t.tensors("A4", "B of another height than the base", {a(), b("4,2", 8)}, Code::kMismatch, module + ".lora_B");
  t.tensors("A4", "A turned round", {a("8,2"), b()}, Code::kMismatch, module);
  t.tensors("A4", "A of one dimension", {a("16"), b()}, Code::kMismatch, module);
  t.tensors("A4", "A without rows", {a("0,8", 0), b("8,0", 0)}, Code::kMismatch, module);
  t.tensors("A4", "tensor of no pair", {a(), b(), {"base_model.model.score.weight", "1", 1}}, Code::kUnsupported,
            "base_model.model.score.weight");
  t.tensors("A4", "tensor of an unknown kind", {a(), b(), {kPrefix + ".lora_C.weight", "1", 1}}, Code::kUnsupported,
            kPrefix + ".lora_C.weight");
  t.tensors("A4", "magnitude without DoRA", {a(), b(), {kPrefix + ".lora_magnitude_vector", "8", 8}}, Code::kMismatch, module);
  t.both("A4", "whole numbers as weights", settings(), weights({a(), b()}, "I32"), {Code::kUnsupported, module + ".lora_A"});
  t.both("A4", "weights file of nothing", settings(), "", {Code::kTruncated, "", 0});
  t.folder("A4", "no weights file", {{"adapter_config.json", settings()}}, {Code::kNotFound, ""});
  t.folder("A4", "no settings", {{"adapter_model.safetensors", weights({a(), b()})}}, {Code::kNotFound, ""});
  t.both("A4", "a good adapter", settings(), weights({a(), b()}), {});
}

/// A GGUF adapter of one pair.
std::string gguf_adapter(const char* architecture, const char* type, float alpha, const std::vector<std::uint64_t>& dims_a,
                         const char* name_b, float last) {
  std::uint64_t count = 1;
  for (auto dim : dims_a) count *= dim;
  Bytes bytes = gguf(2, 4).str("general.architecture").u32(kString).str(architecture)
                    .str("general.type").u32(kString).str("adapter").str("adapter.type").u32(kString).str(type)
                    .str("adapter.lora.alpha").u32(kF32).f32(alpha)
                    .tensor("blk.0.attn_q.weight.lora_a", dims_a, kTypeF32).u64(0)
                    .tensor(name_b, {2, 8}, kTypeF32).u64((4 * count + 31) / 32 * 32).pad().zeros(4 * count).pad().zeros(60).f32(last);
  return bytes.bytes();
}

void gguf_adapters(Adapters& t) {
  constexpr const char* kA = "blk.0.attn_q.weight.lora_a";
  constexpr const char* kB = "blk.0.attn_q.weight.lora_b";
  const std::vector<std::uint64_t> good = {8, 2};
  t.refused("A1", "GGUF adapter of another kind", gguf_adapter("llama", "dora", 4, good, kB, 0), Code::kMismatch, "adapter.type");
  t.refused("A2", "GGUF adapter with alpha NaN", gguf_adapter("llama", "lora", __builtin_nanf(""), good, kB, 0), Code::kNotFinite, "adapter.lora.alpha");
  t.refused("A4", "GGUF adapter without B", gguf_adapter("llama", "lora", 4, good, "blk.0.attn_q.weight.lora_c", 0), Code::kCorrupt, kB);
  t.refused("A4", "GGUF adapter of another width", gguf_adapter("llama", "lora", 4, {4, 2}, kB, 0), Code::kMismatch, kA);
  t.refused("A4", "GGUF adapter of one dimension", gguf_adapter("llama", "lora", 4, {16}, kB, 0), Code::kCorrupt, kA);
  t.refused("A5", "GGUF adapter for another architecture", gguf_adapter("qwen2", "lora", 4, good, kB, 0), Code::kMismatch, "general.architecture");
  t.refused("A6", "GGUF adapter with NaN", gguf_adapter("llama", "lora", 4, good, kB, __builtin_nanf("")), Code::kNotFinite, kB);
  t.accepted("A4", "a good GGUF adapter", gguf_adapter("llama", "lora", 4, good, kB, 0));
}

}  // namespace

std::vector<Case> adapter_cases() {
  Adapters t;
  kinds(t);
  numbers(t);
  modules(t);
  pairs(t);
  t.both("A5", "names code to import, which is never done",
         settings("auto_mapping", R"({"base_model_class":"X","parent_library":"evil"})"), weights({a(), b()}), {});
  const std::string module(kModule);
  t.tensors("A6", "A with NaN", {a("2,8", 16, __builtin_nanf("")), b()}, Code::kNotFinite, module + ".lora_A");
  t.tensors("A6", "B with infinity", {a(), b("8,2", 16, __builtin_inff())}, Code::kNotFinite, module + ".lora_B");
  gguf_adapters(t);
  return t.take();
}

}  // namespace lab::malformed
