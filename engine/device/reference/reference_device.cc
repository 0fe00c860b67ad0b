#include "device/reference/reference_device.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "base/cat.h"
#include "base/checked.h"
#include "device/reference/operations.h"
#include "device/stored_weight.h"

namespace lab {
namespace {

using reference::data;

class ReferenceDevice final : public Device {
 public:
  std::uint32_t real_bytes() const override { return sizeof(double); }
  DType real_dtype() const override { return DType::kF64; }

  Result<std::uint64_t> allocate(std::uint64_t bytes) override {
    constexpr std::uint64_t kAlignment = 64;
    const auto padded = checked_add(bytes, kAlignment);
    // calloc: a large block costs memory only where it is touched.
    Block block(padded ? std::calloc(*padded, 1) : nullptr, &std::free);
    if (!block) return fail(Code::kOutOfMemory, cat("no memory for ", bytes, " bytes"));
    const auto address = reinterpret_cast<std::uint64_t>(block.get());
    blocks_.push_back(std::move(block));
    return (address + kAlignment - 1) & ~(kAlignment - 1);
  }
  Result<Weight> place(const TensorView& matrix) override { return stored_weight(matrix); }
  void write(Reals to, const float* from) override { std::copy_n(from, to.count, data(to)); }
  void write(Ints to, const std::int32_t* from) override {
    std::copy_n(from, to.count, reinterpret_cast<std::int32_t*>(to.address));
  }
  void read(Reals from, float* to) override {
    for (std::int64_t i = 0; i < from.count; ++i) to[i] = static_cast<float>(data(from)[i]);
  }

  void fill(Reals to, double value) override { std::fill_n(data(to), to.count, value); }
  void copy(Reals from, Reals to) override { std::copy_n(data(from), to.count, data(to)); }
  void add(Reals from, Reals to) override {
    for (std::int64_t i = 0; i < to.count; ++i) data(to)[i] += data(from)[i];
  }
  void linear_forward(const LinearForward& op) override { reference::linear_forward(op); }
  void linear_backward(const LinearBackward& op) override { reference::linear_backward(op); }
  void low_rank_norms(const LowRankNorms& op) override { reference::low_rank_norms(op); }
  void embed_forward(const EmbedForward& op) override { reference::embed_forward(op); }
  void embed_backward(const EmbedBackward& op) override { reference::embed_backward(op); }
  void embed_pair_forward(const EmbedPairForward& op) override {
    reference::embed_pair_forward(op);
  }
  void embed_pair_backward(const EmbedPairBackward& op) override {
    reference::embed_pair_backward(op);
  }
  void rms_norm_forward(const RmsNormForward& op) override { reference::rms_norm_forward(op); }
  void rms_norm_backward(const RmsNormBackward& op) override { reference::rms_norm_backward(op); }
  void rope(const Rope& op) override { reference::rope(op); }
  void attention_forward(const AttentionForward& op) override { reference::attention_forward(op); }
  void attention_backward(const AttentionBackward& op) override {
    reference::attention_backward(op);
  }
  void swiglu_forward(const SwigluForward& op) override { reference::swiglu_forward(op); }
  void swiglu_backward(const SwigluBackward& op) override { reference::swiglu_backward(op); }
  void cross_entropy(const CrossEntropy& op) override { reference::cross_entropy(op); }
  void dropout(const Dropout& op) override { reference::dropout(op); }
  void grad_norm(const GradNorm& op) override { reference::grad_norm(op); }
  void adamw(const AdamW& op) override { reference::adamw(op); }

 private:
  using Block = std::unique_ptr<void, void (*)(void*)>;
  std::vector<Block> blocks_;
};

}  // namespace

std::unique_ptr<Device> make_reference_device() { return std::make_unique<ReferenceDevice>(); }

}  // namespace lab
