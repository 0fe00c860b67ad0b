#include "model/config.h"

#include <gtest/gtest.h>

#include "model/names.h"

namespace lab {
namespace {

const char* const kGood = R"({"model_type":"llama","vocab_size":40,"hidden_size":32,"num_hidden_layers":2,"intermediate_size":48,
  "num_attention_heads":4,"num_key_value_heads":2,"max_position_embeddings":64,"rms_norm_eps":1e-5,"hidden_act":"silu"})";

TEST(ModelConfig, ReadsWhatIsThereAndFillsInDefaults) {
  const auto config = config_from_json(parse_json(kGood).value(), "config.json");
  ASSERT_TRUE(config) << config.error().text();
  EXPECT_EQ(config->head_dim, 8);
  EXPECT_EQ(config->rope.theta, 10000);
  EXPECT_EQ(config->windows, (std::vector<std::int64_t>{0, 0}));
}

TEST(TensorNames, TranslateBothWays) {
  for (const char* name : {"model.layers.11.self_attn.q_proj.weight", "model.layers.0.mlp.down_proj.weight", "model.layers.3.self_attn.k_proj.bias",
                           "model.layers.2.self_attn.q_norm.weight", "model.embed_tokens.weight", "lm_head.weight", "model.norm.weight"}) {
    const auto gguf = gguf_tensor_name(name);
    ASSERT_TRUE(gguf) << name;
    EXPECT_EQ(huggingface_tensor_name(*gguf), name);
  }
  EXPECT_EQ(gguf_tensor_name("model.layers.7.self_attn.o_proj.weight"), "blk.7.attn_output.weight");
  for (const char* name : {"model.layers.x.mlp.up_proj.weight", "model.layers..weight", "model.layers.1.weight", "visual.patch.weight", ""})
    EXPECT_FALSE(gguf_tensor_name(name)) << name;
}

}  // namespace
}  // namespace lab
