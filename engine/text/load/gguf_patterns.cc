#include "text/load/gguf_patterns.h"

#include <algorithm>

#include "base/cat.h"

namespace lab {

namespace {

// The patterns are those of the models' own tokenizer.json files.
constexpr std::string_view kLlama3 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|)"
    R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kQwen2 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|)"
    R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kQwen35 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}|)"
    R"( ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kGpt4o =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+)"
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)?|)"
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*)"
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)?|)"
    R"(\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kTekken =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|)"
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|)"
    R"(\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kBailing =
    R"('(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]++[\r\n]*|)"
    R"(\s*[\r\n]|\s+(?!\S)|\s+)";
constexpr std::string_view kSeedCoder =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1}|)"
    R"( ?[^\s\p{L}\p{N}\r\n]+|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kDeepSeekWords =
    R"([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|)"
    R"([^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|)"
    R"(\s*[\r\n]+|\s+(?!\S)|\s+)";

struct Family {
  std::vector<std::string_view> names;
  GgufPre pre;
};

const std::vector<Family>& families() {
  static const std::vector<Family> kFamilies = {
      {.names = {"gpt-2", "phi-2", "mpt", "olmo", "jais", "gigachat", "a.x-4.0", "mellum",
                 "exaone4", "trillion", "granite-docling", "modern-bert"},
       .pre = {.gpt2 = true}},
      {.names = {"smollm", "starcoder", "refact", "command-r", "codeshell", "exaone", "minerva-7b",
                 "mellum2"},
       .pre = {.one_by_one = true, .gpt2 = true}},
      {.names = {"llama-bpe", "llama3", "llama-v3", "falcon3", "falcon-h1", "pixtral", "midm-2.0",
                 "lfm2"},
       .pre = {.patterns = {kLlama3}, .ignore_merges = true, .add_bos = true}},
      {.names = {"dbrx", "smaug-bpe", "glm4", "chatglm-bpe"},
       .pre = {.patterns = {kLlama3}}},
      {.names = {"qwen2", "deepseek-r1-qwen", "megrez", "stablelm2", "hunyuan", "solar-open",
                 "grok-2", "kormo"},
       .pre = {.patterns = {kQwen2}}},
      {.names = {"qwen35"},
       .pre = {.patterns = {kQwen35}}},
      {.names = {"gpt-4o", "llama4", "kanana2", "minimax-m2"},
       .pre = {.patterns = {kGpt4o}}},
      {.names = {"tekken"},
       .pre = {.patterns = {kTekken}, .ignore_merges = true, .add_bos = true}},
      {.names = {"bailingmoe", "bailingmoe2", "llada-moe"},
       .pre = {.patterns = {kBailing}}},
      {.names = {"seed-coder"},
       .pre = {.patterns = {kSeedCoder}}},
      {.names = {"deepseek-v3", "hunyuan-dense", "joyai-llm"},
       .pre = {.patterns = {R"(\p{N}{1,3})", "[一-龥぀-ゟ゠-ヿ]+", kDeepSeekWords}}},
      {.names = {"deepseek-coder"},
       .pre = {.patterns = {R"([\r\n])", R"(\s?\p{L}+)", R"(\s?\p{P}+)", "[一-龥ࠀ-一가-퟿]+", R"(\p{N})"}}},
  };
  return kFamilies;
}

}  // namespace

Result<GgufPre> gguf_pre_tokenizer(std::string_view name) {
  auto family = std::ranges::find_if(
      families(), [&](const Family& f) { return std::ranges::count(f.names, name) > 0; });
  if (family == families().end())
    return fail(Error{Code::kUnsupported,
                      cat("LoRA Lab does not know the pre-tokenizer \"", name, "\"")}
                    .of("tokenizer.ggml.pre")
                    .fix("Use the model's Hugging Face folder, whose tokenizer.json spells the "
                         "pattern out."));
  return family->pre;
}

std::optional<std::string_view> gguf_pre_name(const GgufPre& pre) {
  auto splits_alike = [&](const Family& f) {
    return f.pre.one_by_one == pre.one_by_one && f.pre.patterns == pre.patterns &&
           f.pre.gpt2 == pre.gpt2 && f.pre.ignore_merges == pre.ignore_merges;
  };
  auto family = std::ranges::find_if(families(), splits_alike);
  return family == families().end() ? std::nullopt : std::optional(family->names.front());
}

Result<std::vector<PreTokenizerPtr>> pre_tokenizers_of(const GgufPre& pre) {
  std::vector<PreTokenizerPtr> stages;
  if (pre.one_by_one) stages.push_back(split_at_numbers(true));
  for (std::string_view pattern : pre.patterns) {
    LAB_TRY(auto regex, Regex::compile(pattern));
    stages.push_back(split_at(std::move(regex), Delimiter::kIsolated, false));
  }
  stages.push_back(byte_level(false, pre.gpt2));
  return stages;
}

}  // namespace lab
