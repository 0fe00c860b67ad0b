// TimedDevice: hands every operation on to another device and adds up how long each kind takes there.
#pragma once

#include <array>
#include <chrono>

#include "device/count/counts.h"
#include "device/device.h"

namespace lab {

/// For devices that have done an operation when they return.
class TimedDevice final : public Device {
 public:
  /// `device` must outlive this one, which shares its memory.
  explicit TimedDevice(Device& device) : device_(device) {}

  struct Time {
    std::int64_t calls = 0;
    double seconds = 0;
  };
  const Time& operator[](Operation operation) const { return times_[static_cast<std::size_t>(operation)]; }
  /// Starts timing anew; memory stays.
  void clear_times() { times_ = {}; }

  std::uint32_t real_bytes() const override { return device_.real_bytes(); }
  DType real_dtype() const override { return device_.real_dtype(); }
  Result<std::uint64_t> allocate(std::uint64_t bytes) override { return device_.allocate(bytes); }
  Result<Weight> place(const TensorView& matrix) override { return device_.place(matrix); }
  void write(Reals to, const float* from) override { device_.write(to, from); }
  void write(Ints to, const std::int32_t* from) override { device_.write(to, from); }
  void read(Reals from, float* to) override { device_.read(from, to); }

  void fill(Reals to, double value) override { time(Operation::kFill, [&] { device_.fill(to, value); }); }
  void copy(Reals from, Reals to) override { time(Operation::kCopy, [&] { device_.copy(from, to); }); }
  void add(Reals from, Reals to) override { time(Operation::kAdd, [&] { device_.add(from, to); }); }
  void linear_forward(const LinearForward& op) override { time(Operation::kLinearForward, [&] { device_.linear_forward(op); }); }
  void linear_backward(const LinearBackward& op) override { time(Operation::kLinearBackward, [&] { device_.linear_backward(op); }); }
  void low_rank_norms(const LowRankNorms& op) override { time(Operation::kLowRankNorms, [&] { device_.low_rank_norms(op); }); }
  void embed_forward(const EmbedForward& op) override { time(Operation::kEmbedForward, [&] { device_.embed_forward(op); }); }
  void embed_backward(const EmbedBackward& op) override { time(Operation::kEmbedBackward, [&] { device_.embed_backward(op); }); }
  void embed_pair_forward(const EmbedPairForward& op) override { time(Operation::kEmbedPairForward, [&] { device_.embed_pair_forward(op); }); }
  void embed_pair_backward(const EmbedPairBackward& op) override { time(Operation::kEmbedPairBackward, [&] { device_.embed_pair_backward(op); }); }
  void rms_norm_forward(const RmsNormForward& op) override { time(Operation::kRmsNormForward, [&] { device_.rms_norm_forward(op); }); }
  void rms_norm_backward(const RmsNormBackward& op) override { time(Operation::kRmsNormBackward, [&] { device_.rms_norm_backward(op); }); }
  void rope(const Rope& op) override { time(Operation::kRope, [&] { device_.rope(op); }); }
  void attention_forward(const AttentionForward& op) override { time(Operation::kAttentionForward, [&] { device_.attention_forward(op); }); }
  void attention_backward(const AttentionBackward& op) override { time(Operation::kAttentionBackward, [&] { device_.attention_backward(op); }); }
  void swiglu_forward(const SwigluForward& op) override { time(Operation::kSwigluForward, [&] { device_.swiglu_forward(op); }); }
  void swiglu_backward(const SwigluBackward& op) override { time(Operation::kSwigluBackward, [&] { device_.swiglu_backward(op); }); }
  void cross_entropy(const CrossEntropy& op) override { time(Operation::kCrossEntropy, [&] { device_.cross_entropy(op); }); }
  void dropout(const Dropout& op) override { time(Operation::kDropout, [&] { device_.dropout(op); }); }
  void grad_norm(const GradNorm& op) override { time(Operation::kGradNorm, [&] { device_.grad_norm(op); }); }
  void adamw(const AdamW& op) override { time(Operation::kAdamW, [&] { device_.adamw(op); }); }

 private:
  template <class Work>
  void time(Operation operation, const Work& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    Time& sum = times_[static_cast<std::size_t>(operation)];
    ++sum.calls;
    sum.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }

  Device& device_;
  std::array<Time, kOperations> times_;
};

}  // namespace lab
