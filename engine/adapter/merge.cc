#include "adapter/merge.h"

#include <cmath>
#include <map>

#include "base/cat.h"

namespace lab {
namespace {

struct Merged {
  PairPlan plan;
  std::vector<float> a, b, magnitude;  ///< rows of b and magnitude in the source's order
};

/// w [out, in] += scale B A; with DoRA each row is then scaled to its magnitude.
void add_pair(const Merged& m, std::vector<float>& w) {
  const std::int64_t in = m.plan.in, rank = m.plan.rank;
  std::vector<double> row(static_cast<std::size_t>(in));
  for (std::int64_t j = 0; j < m.plan.out; ++j) {
    float* const target = w.data() + j * in;
    for (std::int64_t i = 0; i < in; ++i) row[static_cast<std::size_t>(i)] = target[i];
    for (std::int64_t r = 0; r < rank; ++r) {
      const double factor = m.plan.scale * m.b[static_cast<std::size_t>(j * rank + r)];
      const float* a = m.a.data() + r * in;
      for (std::int64_t i = 0; i < in; ++i) row[static_cast<std::size_t>(i)] += factor * a[i];
    }
    double gain = 1;
    if (!m.magnitude.empty()) {
      double squares = 0;
      for (double value : row) squares += value * value;
      gain = m.magnitude[static_cast<std::size_t>(j)] / std::sqrt(squares);
    }
    for (std::int64_t i = 0; i < in; ++i) target[i] = static_cast<float>(gain * row[static_cast<std::size_t>(i)]);
  }
}

/// An embedding [vocab, hidden] += scale (B A)^T.
void add_embedding(const Merged& m, std::vector<float>& w) {
  for (std::int64_t token = 0; token < m.plan.in; ++token)
    for (std::int64_t j = 0; j < m.plan.out; ++j) {
      double sum = 0;
      for (std::int64_t r = 0; r < m.plan.rank; ++r)
        sum += static_cast<double>(m.a[static_cast<std::size_t>(r * m.plan.in + token)]) * m.b[static_cast<std::size_t>(j * m.plan.rank + r)];
      float& value = w[static_cast<std::size_t>(token * m.plan.out + j)];
      value = static_cast<float>(value + m.plan.scale * sum);
    }
}

std::vector<float> in_source_order(const ModelConfig& config, const PairPlan& pair, const float* from, std::int64_t cols) {
  std::vector<float> rows(static_cast<std::size_t>(pair.out * cols));
  const bool qk = pair.place == PairPlan::Place::kSlot && (pair.slot == Slot::kQ || pair.slot == Slot::kK);
  if (config.permuted_qk && qk)
    permute_rows(from, pair.slot == Slot::kQ ? config.heads : config.kv_heads, config.head_dim, cols, true, rows.data());
  else
    std::copy(from, from + rows.size(), rows.begin());
  return rows;
}

}  // namespace

Result<TensorEdit> merge_edit(const ModelConfig& config, const AdapterValues& values) {
  std::map<std::string, Merged, std::less<>> pairs;
  const float* at = values.values.data();
  for (const PairPlan& plan : values.plan.pairs) {
    if (config.tied_head && plan.place != PairPlan::Place::kSlot)
      return fail(Error{Code::kUnsupported, "the model uses one matrix as embedding and head, so a pair on one of them cannot be merged"}
                      .of(plan.module).fix("Keep the adapter beside its base, or train without embed_tokens and lm_head."));
    Merged merged{plan, {at, at + plan.a_count()}, {}, {}};
    merged.b = in_source_order(config, plan, at + plan.a_count(), plan.rank);
    if (plan.dora) merged.magnitude = in_source_order(config, plan, at + plan.a_count() + plan.b_count(), 1);
    at += plan.count();
    pairs.emplace(plan.module + ".weight", std::move(merged));
  }
  return TensorEdit([pairs = std::move(pairs)](const std::string& name, std::vector<float>& w) -> Result<bool> {
    const auto found = pairs.find(name);
    if (found == pairs.end()) return false;
    if (found->second.plan.place == PairPlan::Place::kEmbedding) add_embedding(found->second, w);
    else add_pair(found->second, w);
    for (float value : w)
      if (!std::isfinite(value)) return fail(Error{Code::kNotFinite, "a merged weight is not finite"}.of(name));
    return true;
  });
}

}  // namespace lab
