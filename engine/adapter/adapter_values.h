// AdapterValues: an adapter's numbers on the host, always in Hugging Face's row order.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "adapter/pair_plan.h"

namespace lab {

/// A flat array laid out as the plan says, with rows of q and k in Hugging Face's order.
struct AdapterValues {
  AdapterPlan plan;
  std::vector<float> values;         ///< [plan.parameters()]
};

/// One tensor of an adapter as PEFT names it, without the "base_model.model." prefix.
struct AdapterTensor {
  std::string name;
  std::vector<std::uint64_t> shape;
  std::int64_t first = 0, count = 0; ///< where it lies in the flat array
};
std::vector<AdapterTensor> adapter_tensors(const AdapterPlan& plan);

/// Fresh values: A uniform in +-1/sqrt(in) (kaiming_uniform with a = sqrt 5), B zero; on an embedding
/// A zero and B standard normal, as PEFT. Magnitudes must then come from initial_magnitudes().
AdapterValues initial_values(const AdapterPlan& plan, std::uint64_t seed);

/// Sets every magnitude to its norm, so that a fresh DoRA adapter changes nothing. To be called after
/// attach_adapter() with B zero.
void initial_magnitudes(Device& device, const Model& model, const AdapterPlan& plan, Reals params);

/// Copies between the host's Hugging Face order and the model's own (see ModelConfig::permuted_qk).
void upload_adapter(Device& device, const ModelConfig& config, const AdapterValues& values, Reals params);
AdapterValues download_adapter(Device& device, const ModelConfig& config, const AdapterPlan& plan, Reals params);

/// Reorders rows of a q or k matrix [heads * head_dim, cols] from Hugging Face's order (each head: all
/// first halves, then all second) to llama.cpp's (pairs beside each other), or back.
void permute_rows(const float* from, std::int64_t heads, std::int64_t head_dim, std::int64_t cols,
                  bool to_llama_cpp, float* to);

}  // namespace lab
