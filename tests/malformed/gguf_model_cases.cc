// G15 and G16: GGUF files that are well-formed but describe no possible model or vocabulary.
#include <cmath>

#include "gguf_bytes.h"
#include "table.h"

namespace lab::malformed {
namespace {

/// Metadata entries of a file, each with its type and value already in bytes.
using Values = std::vector<std::pair<std::string, Bytes>>;

Bytes u32(std::uint32_t value) { return Bytes().u32(kU32).u32(value); }
Bytes f32(float value) { return Bytes().u32(kF32).f32(value); }
Bytes text(std::string_view value) { return Bytes().u32(kString).str(value); }
Bytes texts(const std::vector<std::string>& list) {
  Bytes bytes = Bytes().u32(kArray).u32(kString).u64(list.size());
  for (const auto& item : list) bytes.str(item);
  return bytes;
}
Bytes integers(const std::vector<std::uint32_t>& list) {
  Bytes bytes = Bytes().u32(kArray).u32(kI32).u64(list.size());
  for (auto item : list) bytes.u32(item);
  return bytes;
}
Bytes floats(const std::vector<float>& list) {
  Bytes bytes = Bytes().u32(kArray).u32(kF32).u64(list.size());
  for (float item : list) bytes.f32(item);
  return bytes;
}

/// A llama of one layer: hidden 8, 2 heads of 4, feed-forward 12, vocabulary of 6 rows.
Values shape() {
  return {{"general.architecture", text("llama")}, {"llama.block_count", u32(1)}, {"llama.embedding_length", u32(8)},
          {"llama.feed_forward_length", u32(12)}, {"llama.attention.head_count", u32(2)},
          {"llama.attention.head_count_kv", u32(1)}, {"llama.context_length", u32(64)},
          {"llama.attention.layer_norm_rms_epsilon", f32(1e-5f)}};
}
Values sentence_piece() {
  Values values = shape();
  values.emplace_back("tokenizer.ggml.model", text("llama"));
  values.emplace_back("tokenizer.ggml.tokens", texts({"<unk>", "<s>", "<0x0A>", "▁", "a", "▁a"}));
  values.emplace_back("tokenizer.ggml.token_type", integers({2, 3, 6, 1, 1, 1}));
  values.emplace_back("tokenizer.ggml.scores", floats({0, 0, 0, -1, -2, -3}));
  values.emplace_back("tokenizer.ggml.bos_token_id", u32(1));
  return values;
}
Values byte_level() {
  Values values = shape();
  values.emplace_back("tokenizer.ggml.model", text("gpt2"));
  values.emplace_back("tokenizer.ggml.pre", text("gpt-2"));
  values.emplace_back("tokenizer.ggml.tokens", texts({"<s>", "a", "b", "ab", "c", "d"}));
  values.emplace_back("tokenizer.ggml.token_type", integers({3, 1, 1, 1, 1, 1}));
  values.emplace_back("tokenizer.ggml.merges", texts({"a b"}));
  values.emplace_back("tokenizer.ggml.eos_token_id", u32(0));
  return values;
}

std::string file(const Values& values, std::uint64_t rows = 6) {
  struct Tensor { const char* name; std::vector<std::uint64_t> dims; };
  const Tensor tensors[] = {
      {"token_embd.weight", {8, rows}}, {"output_norm.weight", {8}}, {"blk.0.attn_norm.weight", {8}},
      {"blk.0.ffn_norm.weight", {8}}, {"blk.0.attn_q.weight", {8, 8}}, {"blk.0.attn_k.weight", {8, 4}},
      {"blk.0.attn_v.weight", {8, 4}}, {"blk.0.attn_output.weight", {8, 8}}, {"blk.0.ffn_gate.weight", {8, 12}},
      {"blk.0.ffn_up.weight", {8, 12}}, {"blk.0.ffn_down.weight", {12, 8}}};
  Bytes bytes = gguf(std::size(tensors), values.size());
  for (const auto& [key, value] : values) bytes.str(key).append(value.bytes());
  std::uint64_t end = 0;
  for (const Tensor& tensor : tensors) {
    bytes.tensor(tensor.name, tensor.dims, kTypeF32).u64(end);
    end += (4 * tensor.dims[0] * (tensor.dims.size() > 1 ? tensor.dims[1] : 1) + 31) / 32 * 32;
  }
  return bytes.pad().zeros(end).bytes();
}

/// `values` with one replaced, or added, or taken out.
Values with(Values values, const std::string& key, std::optional<Bytes> value) {
  std::erase_if(values, [&](const auto& entry) { return entry.first == key; });
  if (value) values.emplace_back(key, *std::move(value));
  return values;
}

void tables(Table& t) {
  const std::string types = "tokenizer.ggml.token_type", scores = "tokenizer.ggml.scores";
  const auto bad = [&](std::string what, const Values& values, const std::string& key, Bytes value) {
    t.refused("G15", std::move(what), file(with(values, key, std::move(value))), Code::kCorrupt, key);
  };
  bad("fewer token types than pieces", byte_level(), types, integers({3, 1, 1}));
  bad("more token types than pieces", byte_level(), types, integers({3, 1, 1, 1, 1, 1, 1}));
  bad("unknown token type", byte_level(), types, integers({3, 1, 1, 77, 1, 1}));
  bad("token types as strings", byte_level(), types, texts({"3", "1", "1", "1", "1", "1"}));
  bad("fewer scores than pieces", sentence_piece(), scores, floats({0, 0, 0, -1, -2}));
  bad("needless scores of another length", byte_level(), scores, floats({1, 2}));
  bad("score NaN", sentence_piece(), scores, floats({0, 0, 0, -1, -2, std::nanf("")}));
  bad("score infinite", sentence_piece(), scores, floats({0, 0, 0, -1, -2, INFINITY}));
  bad("scores as strings", sentence_piece(), scores, texts({"", "", "", "", "", ""}));
  bad("tokens as numbers", byte_level(), "tokenizer.ggml.tokens", integers({1, 2, 3, 4}));
  bad("piece twice", byte_level(), "tokenizer.ggml.tokens", texts({"<s>", "a", "a", "ab", "c", "d"}));
  bad("piece not UTF-8", byte_level(), "tokenizer.ggml.tokens", texts({"<s>", "a", "\xff", "ab", "c", "d"}));
  for (const char* merge : {"ab", "a b c", "a ", ""})
    bad(cat("merge '", merge, "' of no two pieces"), byte_level(), "tokenizer.ggml.merges", texts({merge}));
  for (const char* merge : {"a x", "b a"})
    t.refused("G15", cat("merge '", merge, "' of unknown pieces"),
              file(with(byte_level(), "tokenizer.ggml.merges", texts({merge}))), Code::kCorrupt, "merges");
  t.refused("G15", "no scores", file(with(sentence_piece(), scores, std::nullopt)), Code::kNotFound, scores);
  t.refused("G15", "no merges", file(with(byte_level(), "tokenizer.ggml.merges", std::nullopt)), Code::kNotFound,
            "tokenizer.ggml.merges");
  t.refused("G15", "more pieces than the embedding has rows", file(byte_level(), 5), Code::kMismatch, "tokenizer.ggml.tokens");
  t.accepted("G15", "fewer pieces than the embedding has rows", file(byte_level(), 8));
  t.accepted("G15", "SentencePiece", file(sentence_piece()));
}

void hyperparameters(Table& t) {
  const auto bad = [&](std::string what, const std::string& key, Bytes value, const std::string& field) {
    t.refused("G16", std::move(what), file(with(byte_level(), key, std::move(value))), Code::kCorrupt, field);
  };
  const std::string heads = "llama.attention.head_count", kv = "llama.attention.head_count_kv";
  bad("no layers", "llama.block_count", u32(0), "layer count");
  bad("5000 layers", "llama.block_count", u32(5000), "layer count");
  bad("2^32-1 layers", "llama.block_count", u32(~0u), "layer count");
  bad("layers as text", "llama.block_count", text("1"), "llama.block_count");
  bad("hidden size 0", "llama.embedding_length", u32(0), "hidden size");
  bad("hidden size 2^31", "llama.embedding_length", u32(1u << 31), "hidden size");
  bad("no heads", heads, u32(0), "head count");
  bad("2^30 heads", heads, u32(1u << 30), "head count");
  bad("no key-value heads", kv, u32(0), "key-value head count");
  bad("heads that do not divide the hidden size", heads, u32(3), "head count");
  bad("key-value heads that do not divide the heads", kv, u32(3), "key-value head count");
  bad("feed-forward size 0", "llama.feed_forward_length", u32(0), "feed-forward size");
  bad("context 0", "llama.context_length", u32(0), "context length");
  bad("norm epsilon NaN", "llama.attention.layer_norm_rms_epsilon", f32(std::nanf("")), "norm epsilon");
  bad("rotary dimensions beyond the head", "llama.rope.dimension_count", u32(6), "rotary dimension count");
  t.refused("G16", "no layer count", file(with(byte_level(), "llama.block_count", std::nullopt)), Code::kCorrupt,
            "llama.block_count");
  t.refused("G16", "one layer more than the file has", file(with(byte_level(), "llama.block_count", u32(2))),
            Code::kNotFound, "model.layers.1.input_layernorm.weight");
  t.refused("G16", "hidden size that the tensors do not have", file(with(byte_level(), "llama.embedding_length", u32(16))),
            Code::kMismatch, "model.embed_tokens.weight");
  t.refused("G16", "vocabulary of no pieces", file(with(with(byte_level(), "tokenizer.ggml.tokens", texts({})),
                                                         "tokenizer.ggml.token_type", integers({}))),
            Code::kCorrupt, "tokenizer.ggml.eos_token_id");
}

void special_ids(Table& t) {
  for (const char* key : {"tokenizer.ggml.bos_token_id", "tokenizer.ggml.eos_token_id", "tokenizer.ggml.unknown_token_id",
                          "tokenizer.ggml.padding_token_id", "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id",
                          "tokenizer.ggml.seperator_token_id", "tokenizer.ggml.mask_token_id"}) {
    t.refused("G16", cat(key, " one too large"), file(with(byte_level(), key, u32(6))), Code::kCorrupt, key);
    t.refused("G16", cat(key, " 2^32-1"), file(with(byte_level(), key, u32(~0u))), Code::kCorrupt, key);
    t.refused("G16", cat(key, " as text"), file(with(byte_level(), key, text("0"))), Code::kCorrupt, key);
  }
  for (const char* piece : {"<0x-1>", "<0x1>", "<0x100>", "<0xZZ>", "0x0A"})
    t.refused("G16", cat("byte piece ", piece),
              file(with(sentence_piece(), "tokenizer.ggml.tokens", texts({"<unk>", "<s>", piece, "▁", "a", "▁a"}))),
              Code::kCorrupt, "tokenizer.ggml.tokens");
  t.accepted("G16", "a tiny model", file(byte_level()));
}

}  // namespace

std::vector<Case> gguf_model_cases() {
  Table t(Format::kModel, "model.gguf");
  tables(t);
  hyperparameters(t);
  special_ids(t);
  return t.take();
}

}  // namespace lab::malformed
