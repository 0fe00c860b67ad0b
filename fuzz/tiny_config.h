// The shape of a model that is small enough for adapters of a few hundred bytes.
#pragma once

#include "model/config.h"

namespace lab {

inline ModelConfig tiny_config() {
  ModelConfig config;
  config.vocab = 6;
  config.hidden = 8;
  config.layers = 1;
  config.heads = 2;
  config.kv_heads = 1;
  config.head_dim = 4;
  config.ffn = 12;
  config.max_positions = 64;
  config.windows = {0};
  return config;
}

}  // namespace lab
