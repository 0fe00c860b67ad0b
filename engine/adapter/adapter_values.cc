#include "adapter/adapter_values.h"

#include <cmath>

#include "base/cat.h"
#include "base/rng.h"

namespace lab {
namespace {

/// Heads whose rows a pair's output is made of, if the model stores them permuted; else 0.
std::int64_t permuted_heads(const ModelConfig& config, const PairPlan& pair) {
  if (!config.permuted_qk || pair.place != PairPlan::Place::kSlot) return 0;
  if (pair.slot == Slot::kQ) return config.heads;
  if (pair.slot == Slot::kK) return config.kv_heads;
  return 0;
}

/// Copies a whole flat array, changing the row order of B and magnitude where the model's differs.
void reorder(const ModelConfig& config, const AdapterPlan& plan, bool to_model, const float* from, float* to) {
  for (const PairPlan& pair : plan.pairs) {
    const std::int64_t heads = permuted_heads(config, pair);
    auto take = [&](std::int64_t count, std::int64_t cols, bool rows_of_output) {
      if (heads > 0 && rows_of_output) permute_rows(from, heads, config.head_dim, cols, to_model, to);
      else std::copy(from, from + count, to);
      from += count;
      to += count;
    };
    take(pair.a_count(), pair.in, false);
    take(pair.b_count(), pair.rank, true);
    if (pair.dora) take(pair.out, 1, true);
  }
}

}  // namespace

std::vector<AdapterTensor> adapter_tensors(const AdapterPlan& plan) {
  std::vector<AdapterTensor> tensors;
  std::int64_t at = 0;
  auto add = [&](std::string name, std::vector<std::uint64_t> shape) {
    std::int64_t count = 1;
    for (auto dim : shape) count *= static_cast<std::int64_t>(dim);
    tensors.push_back({std::move(name), std::move(shape), at, count});
    at += count;
  };
  for (const PairPlan& p : plan.pairs) {
    const auto in = static_cast<std::uint64_t>(p.in), out = static_cast<std::uint64_t>(p.out), rank = static_cast<std::uint64_t>(p.rank);
    const bool embedding = p.place == PairPlan::Place::kEmbedding;
    add(p.module + (embedding ? ".lora_embedding_A" : ".lora_A.weight"), {rank, in});
    add(p.module + (embedding ? ".lora_embedding_B" : ".lora_B.weight"), {out, rank});
    if (p.dora) add(p.module + ".lora_magnitude_vector", {out});
  }
  return tensors;
}

AdapterValues initial_values(const AdapterPlan& plan, std::uint64_t seed) {
  AdapterValues out{plan, std::vector<float>(static_cast<std::size_t>(plan.parameters()), 0.0f)};
  float* values = out.values.data();
  for (std::size_t i = 0; i < plan.pairs.size(); ++i) {
    const PairPlan& p = plan.pairs[i];
    const Philox random(seed, Stream::kInit, static_cast<std::uint32_t>(i));
    if (p.place == PairPlan::Place::kEmbedding) {
      for (std::int64_t j = 0; j < p.b_count(); ++j)
        values[p.a_count() + j] = random.normal(static_cast<std::uint64_t>(j));
    } else {
      const float bound = 1.0f / std::sqrt(static_cast<float>(p.in));
      for (std::int64_t j = 0; j < p.a_count(); ++j)
        values[j] = (2.0f * random.uniform(static_cast<std::uint64_t>(j)) - 1.0f) * bound;
    }
    values += p.count();
  }
  return out;
}

void initial_magnitudes(Device& device, const Model& model, const AdapterPlan& plan, Reals params) {
  refresh_norms(device, model, plan);
  std::int64_t at = 0;
  for (const PairPlan& p : plan.pairs) {
    at += p.a_count() + p.b_count();
    if (!p.dora) continue;
    const Pair& pair = p.place == PairPlan::Place::kHead ? model.head.pair
                                                         : model.layers[static_cast<std::size_t>(p.layer)][p.slot].pair;
    device.copy(pair.norm, params.slice(at, p.out));
    at += p.out;
  }
}

void upload_adapter(Device& device, const ModelConfig& config, const AdapterValues& values, Reals params) {
  std::vector<float> ordered(values.values.size());
  reorder(config, values.plan, true, values.values.data(), ordered.data());
  device.write(params, ordered.data());
}

AdapterValues download_adapter(Device& device, const ModelConfig& config, const AdapterPlan& plan, Reals params) {
  std::vector<float> ordered(static_cast<std::size_t>(params.count));
  device.read(params, ordered.data());
  AdapterValues out{plan, std::vector<float>(ordered.size())};
  reorder(config, plan, false, ordered.data(), out.values.data());
  return out;
}

void permute_rows(const float* from, std::int64_t heads, std::int64_t head_dim, std::int64_t cols,
                  bool to_llama_cpp, float* to) {
  const std::int64_t half = head_dim / 2;
  for (std::int64_t h = 0; h < heads; ++h)
    for (std::int64_t side = 0; side < 2; ++side)
      for (std::int64_t i = 0; i < half; ++i) {
        const std::int64_t hf = h * head_dim + side * half + i, gguf = h * head_dim + 2 * i + side;
        const float* source = from + (to_llama_cpp ? hf : gguf) * cols;
        std::copy(source, source + cols, to + (to_llama_cpp ? gguf : hf) * cols);
      }
}

}  // namespace lab
