// A tiny random llama in a folder of its own, for tests that need some model and no golden data.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <limits>

#include "base/rng.h"
#include "file/safetensors.h"
#include "model/source.h"

namespace lab {

struct TinyModel {
  std::string folder = new_folder();
  std::shared_ptr<const ModelSource> source;

  /// The embedding of `broken_token`, if there is one, is not a number.
  explicit TinyModel(int broken_token = -1) {
    std::filesystem::create_directories(folder);
    std::ofstream(folder + "/config.json")
        << R"({"model_type":"llama","vocab_size":40,"hidden_size":32,"num_hidden_layers":3,"intermediate_size":48,
              "num_attention_heads":4,"num_key_value_heads":2,"max_position_embeddings":64,"rms_norm_eps":1e-5,"hidden_act":"silu",
              "tie_word_embeddings":false})";
    add("model.embed_tokens.weight", {40, 32});
    if (broken_token >= 0) tensors_.back().values[static_cast<std::size_t>(broken_token) * 32] = std::numeric_limits<float>::quiet_NaN();
    add("lm_head.weight", {40, 32});
    add("model.norm.weight", {32});
    for (int layer = 0; layer < 3; ++layer) {
      const std::string prefix = "model.layers." + std::to_string(layer) + ".";
      add(prefix + "input_layernorm.weight", {32});
      add(prefix + "post_attention_layernorm.weight", {32});
      add(prefix + "self_attn.q_proj.weight", {32, 32});
      add(prefix + "self_attn.k_proj.weight", {16, 32});
      add(prefix + "self_attn.v_proj.weight", {16, 32});
      add(prefix + "self_attn.o_proj.weight", {32, 32});
      add(prefix + "mlp.gate_proj.weight", {48, 32});
      add(prefix + "mlp.up_proj.weight", {48, 32});
      add(prefix + "mlp.down_proj.weight", {32, 48});
    }
    std::vector<NamedTensor> tensors;
    for (const auto& t : tensors_) tensors.push_back({t.name, {DType::kF32, t.shape, std::as_bytes(std::span(t.values))}});
    EXPECT_TRUE(write_safetensors(folder + "/model.safetensors", tensors, {{"format", "pt"}}));
    auto opened = ModelSource::open(folder);
    EXPECT_TRUE(opened) << opened.error().text();
    source = *opened;
  }
  ~TinyModel() {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }

 private:
  static std::string new_folder() {
    static int number = 0;
    return (std::filesystem::temp_directory_path() / ("lab_tiny_" + std::to_string(getpid()) + "_" + std::to_string(number++))).string();
  }
  struct Tensor {
    std::string name;
    std::vector<std::uint64_t> shape;
    std::vector<float> values;
  };
  void add(std::string name, std::vector<std::uint64_t> shape) {
    const Philox random(1, Stream::kInit, static_cast<std::uint32_t>(tensors_.size()));
    std::uint64_t count = 1;
    for (auto dim : shape) count *= dim;
    Tensor tensor{std::move(name), std::move(shape), std::vector<float>(count)};
    const bool norm = tensor.shape.size() == 1;
    for (std::uint64_t i = 0; i < count; ++i) tensor.values[i] = norm ? 1.0f + 0.1f * random.normal(i) : 0.3f * random.normal(i);
    tensors_.push_back(std::move(tensor));
  }
  std::vector<Tensor> tensors_;
};

}  // namespace lab
