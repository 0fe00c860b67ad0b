// LoraAdapter: the adapter of one module, for C++ programs: spans in, results or an Error out.
#pragma once

#include <expected>
#include <span>
#include <string>
#include <vector>

#include "ewc.h"
#include "feedback.h"

namespace microlora {

/// What was refused and why: a sentence that says what was expected and what came.
struct Error {
  Status status;
  std::string message;
};
template <class T>
using Result = std::expected<T, Error>;

/// Weights without pending feedback, row-major: a [in][rank], b [rank][out].
struct LoraAdapterState {
  std::vector<float> lora_a, lora_b;
  std::uint32_t in_features = 0, out_features = 0, rank = 0;
  float scaling = 0;
  std::uint64_t seed = 0;
};

/// delta(x) = alpha / rank * (x A) B. Not thread-safe: even const calls share buffers.
class LoraAdapter {
 public:
  /// A is uniform in +-sqrt(2 / in) from the seed, B zero.
  static Result<LoraAdapter> make(std::uint32_t in_features, std::uint32_t out_features,
                                  std::uint32_t rank, float alpha, std::uint64_t seed = 0);
  static Result<LoraAdapter> from_state(const LoraAdapterState& state);
  LoraAdapterState export_state() const;

  Result<void> forward(std::span<const float> x, std::span<float> y) const;      ///< y = delta(x)
  Result<void> forward_add(std::span<const float> x, std::span<float> y) const;  ///< y += delta(x)
  /// x [n][in], y [n][out], y = delta of each row.
  Result<void> forward_batch(std::span<const float> x, std::span<float> y) const;

  /// Adds reward * gradient for the loss gradient g at the output: exact, unbounded.
  Result<void> accumulate_gradient(std::span<const float> x, std::span<const float> g,
                                   float reward);
  void apply_gradients(float lr) { core_->gradient.apply(*core_, lr); }
  /// kShape if the state belongs to an adapter of another shape.
  Result<void> apply_gradients_with_ewc(float lr, const EwcState& ewc, float lambda);
  Result<void> update_fisher(EwcState& ewc, float decay) const;  ///< from the pending gradients

  Result<Owned<EwcState>> make_ewc() const;  ///< zero Fisher, anchored at the present weights

  Result<void> merge_into(std::span<float> w) const;  ///< w [in][out] += delta
  void reset() { core_->reset(); }

  std::size_t param_count() const { return core_->parameters(); }
  std::size_t memory_bytes() const { return param_count() * sizeof(float); }
  std::uint32_t pending_updates() const { return core_->pending(); }
  std::uint32_t rank() const { return core_->shape.rank; }
  std::uint32_t in_features() const { return core_->shape.in; }
  std::uint32_t out_features() const { return core_->shape.out; }

  /// Checks and copies an input and a gradient into the core's x and y.
  Result<void> load_buffers(std::span<const float> x, std::span<const float> g);
  FeedbackAdapter& core() { return *core_; }
  const FeedbackAdapter& core() const { return *core_; }

 private:
  Result<void> check_ewc(const EwcState& ewc) const;

  Owned<FeedbackAdapter> core_;
};

/// An Error for a status that a core function returned; `what` names the operation.
Error describe(Status status, std::string_view what);
/// kShape, unless `got` is `expected`.
Result<void> need(std::string_view what, std::size_t expected, std::size_t got);

}  // namespace microlora
