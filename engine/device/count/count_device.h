// CountDevice: executes nothing and counts FLOPs, bytes and calls, so a plan is the model run on
// it.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "device/count/counts.h"
#include "device/device.h"

namespace lab {

/// Addresses are virtual: any amount of memory can be "allocated", and nothing is behind it except
/// the integers that write() gives, since the work of attention depends on them (integers never
/// written are 0). Not thread-safe.
class CountDevice final : public Device {
 public:
  /// Address space behind every allocation, whatever its size: an Arena over allocate(0) may grow
  /// this far without touching what was allocated next.
  static constexpr std::uint64_t kReach = std::uint64_t{1} << 44;

  /// `real` is the number type of the device that the counted run is for: kF32 or kF64.
  explicit CountDevice(DType real = DType::kF32) : real_(real) {}

  const Counts& counts() const { return counts_; }
  /// Starts counting anew, for example after loading; memory stays.
  void clear_counts() { counts_ = {}; }
  std::uint64_t allocated_bytes() const { return allocated_bytes_; }
  std::uint64_t placed_bytes() const { return placed_bytes_; }  ///< stored weights, in place

  std::uint32_t real_bytes() const override { return info(real_).block_bytes; }
  DType real_dtype() const override { return real_; }
  Result<std::uint64_t> allocate(std::uint64_t bytes) override;
  Result<Weight> place(const TensorView& matrix) override;
  void write(Reals to, const float* from) override;
  void write(Ints to, const std::int32_t* from) override;
  void read(Reals from, float* to) override;  ///< zeros

  void fill(Reals to, double value) override;
  void copy(Reals from, Reals to) override;
  void add(Reals from, Reals to) override;
  void linear_forward(const LinearForward& op) override;
  void linear_backward(const LinearBackward& op) override;
  void low_rank_norms(const LowRankNorms& op) override;
  void embed_forward(const EmbedForward& op) override;
  void embed_backward(const EmbedBackward& op) override;
  void embed_pair_forward(const EmbedPairForward& op) override;
  void embed_pair_backward(const EmbedPairBackward& op) override;
  void rms_norm_forward(const RmsNormForward& op) override;
  void rms_norm_backward(const RmsNormBackward& op) override;
  void rope(const Rope& op) override;
  void attention_forward(const AttentionForward& op) override;
  void attention_backward(const AttentionBackward& op) override;
  void swiglu_forward(const SwigluForward& op) override;
  void swiglu_backward(const SwigluBackward& op) override;
  void cross_entropy(const CrossEntropy& op) override;
  void dropout(const Dropout& op) override;
  void grad_norm(const GradNorm& op) override;
  void adamw(const AdamW& op) override;

 private:
  struct Visible {
    std::int64_t pairs = 0;  ///< of a query and a key that it sees
    std::int64_t keys = 0;   ///< from the first to the last key that any query sees
  };

  /// Bytes of a matrix of Reals (or a vector), read or written once.
  std::uint64_t reals(std::int64_t rows, std::int64_t cols = 1) const {
    return static_cast<std::uint64_t>(rows) * static_cast<std::uint64_t>(cols) * real_bytes();
  }
  /// The same, read and then written.
  std::uint64_t updated(std::int64_t rows, std::int64_t cols = 1) const {
    return 2 * reals(rows, cols);
  }
  void count(Operation operation, std::uint64_t flops, std::uint64_t bytes);
  /// Counts one product of a linear layer; returns its FLOPs.
  std::uint64_t product(const LinearShape& shape);
  std::int32_t integer(Ints ints, std::int64_t index) const;
  Visible visible(const AttentionForward& op) const;

  DType real_;
  Counts counts_;
  std::unordered_map<std::uint64_t, std::int32_t> integers_;  ///< by address
  std::uint64_t next_address_ = kReach;
  std::uint64_t allocated_bytes_ = 0, placed_bytes_ = 0;
};

}  // namespace lab
