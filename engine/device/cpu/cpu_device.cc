#include "device/cpu/cpu_device.h"

#ifdef __linux__
#include <sys/mman.h>
#endif

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "base/cat.h"
#include "base/checked.h"
#include "device/cpu/linear.h"
#include "device/cpu/views.h"
#include "device/stored_weight.h"
#include "kernels/adamw/adamw.h"
#include "kernels/attention/attention.h"
#include "kernels/cross_entropy/cross_entropy.h"
#include "kernels/dropout/dropout.h"
#include "kernels/elementwise/elementwise.h"
#include "kernels/embed/embed.h"
#include "kernels/gemm/gemm.h"
#include "kernels/grad_norm/grad_norm.h"
#include "kernels/low_rank_norms/low_rank_norms.h"
#include "kernels/rms_norm/rms_norm.h"
#include "kernels/rope/rope.h"
#include "kernels/swiglu/swiglu.h"

namespace lab {
namespace {

using cpu::data;
using cpu::view;

constexpr std::uint64_t kAlignment = 64;
constexpr std::uint64_t kHugePage = 2 << 20;

float narrow(double value) { return static_cast<float>(value); }

class CpuDevice final : public Device {
 public:
  CpuDevice(ThreadPool& pool, Precision precision)
      : pool_(pool), precision_(precision),
        kernel_floats_(pool.threads() * std::max(kernels::gemm_scratch_floats(),
                                                 kernels::attention_scratch_floats())),
        scratch_memory_(static_cast<std::size_t>(kernel_floats_ + cpu::kGainFloats) +
                        kAlignment / sizeof(float)) {
    void* at = scratch_memory_.data();
    std::size_t space = scratch_memory_.size() * sizeof(float);
    scratch_ = static_cast<float*>(std::align(kAlignment, 1, at, space));
  }

  std::uint32_t real_bytes() const override { return sizeof(float); }
  DType real_dtype() const override { return DType::kF32; }

  Result<std::uint64_t> allocate(std::uint64_t bytes) override {
    const std::uint64_t alignment = bytes < kHugePage ? kAlignment : kHugePage;
    const auto padded = checked_add(bytes, alignment);
    // calloc: a large block costs memory only where it is touched.
    Block block(padded && *padded <= SIZE_MAX ? std::calloc(static_cast<std::size_t>(*padded), 1) : nullptr, &std::free);
    if (!block) return fail(Code::kOutOfMemory, cat("no memory for ", bytes, " bytes"));
    const auto address = reinterpret_cast<std::uint64_t>(block.get());
    const std::uint64_t aligned = (address + alignment - 1) & ~(alignment - 1);
    blocks_.push_back(std::move(block));
#ifdef MADV_HUGEPAGE
    // A wish: first touches and address translations cost less. What is no whole page stays small.
    if (bytes >= kHugePage) madvise(reinterpret_cast<void*>(aligned), bytes & ~(kHugePage - 1), MADV_HUGEPAGE);
#endif
    return aligned;
  }
  Result<Weight> place(const TensorView& matrix) override { return stored_weight(matrix); }
  void write(Reals to, const float* from) override { std::copy_n(from, to.count, data(to)); }
  void write(Ints to, const std::int32_t* from) override { std::copy_n(from, to.count, data(to)); }
  void read(Reals from, float* to) override { std::copy_n(data(from), from.count, to); }

  void fill(Reals to, double value) override {
    kernels::fill(narrow(value), data(to), to.count, pool_);
  }
  void copy(Reals from, Reals to) override {
    kernels::copy(data(from), data(to), to.count, pool_);
  }
  void add(Reals from, Reals to) override { kernels::add(data(from), data(to), to.count, pool_); }

  void linear_forward(const LinearForward& op) override { cpu::linear_forward(op, linear()); }
  void linear_backward(const LinearBackward& op) override { cpu::linear_backward(op, linear()); }
  void low_rank_norms(const LowRankNorms& op) override {
    kernels::low_rank_norms({view(op.weight), op.rank, narrow(op.scale), data(op.a), data(op.b),
                             data(op.norm)},
                            pool_);
  }

  void embed_forward(const EmbedForward& op) override {
    kernels::embed(op.tokens, data(op.ids), view(op.weight), data(op.x), pool_);
  }
  void embed_backward(const EmbedBackward& op) override {
    kernels::embed_gradient(op.tokens, op.cols, data(op.ids), data(op.dx), data(op.d_weight),
                            pool_);
  }
  void embed_pair_forward(const EmbedPairForward& op) override {
    kernels::embed_pair({op.tokens, op.cols, op.vocab, op.rank, narrow(op.scale), data(op.ids),
                         data(op.a), data(op.b)},
                        data(op.x), pool_);
  }
  void embed_pair_backward(const EmbedPairBackward& op) override {
    kernels::embed_pair_gradient({op.tokens, op.cols, op.vocab, op.rank, narrow(op.scale),
                                  data(op.ids), data(op.a), data(op.b)},
                                 data(op.dx), data(op.d_a), data(op.d_b), pool_);
  }

  void rms_norm_forward(const RmsNormForward& op) override {
    kernels::rms_norm({op.rows, op.cols, op.eps, data(op.x), data(op.weight), data(op.y)}, pool_);
  }
  void rms_norm_backward(const RmsNormBackward& op) override {
    kernels::rms_norm_gradient({op.rows, op.cols, op.eps, data(op.x), data(op.weight),
                                data(op.dy), data(op.dx), data(op.d_weight), op.accumulate},
                               pool_);
  }
  void rope(const Rope& op) override {
    kernels::rope({op.tokens, op.heads, op.head_dim, op.rotary,
                   op.pairs == RopePairs::kNeighbours, data(op.positions), data(op.cosines),
                   data(op.sines), data(op.x), op.inverse},
                  pool_);
  }

  void attention_forward(const AttentionForward& op) override {
    kernels::attention(attention(op), pool_, scratch_);
  }
  void attention_backward(const AttentionBackward& op) override {
    kernels::attention_gradient({attention(op.forward), data(op.d_out), data(op.delta),
                                 data(op.dq), data(op.dk), data(op.dv)},
                                pool_, scratch_);
  }

  void swiglu_forward(const SwigluForward& op) override {
    kernels::swiglu(data(op.gate), data(op.up), data(op.act), op.count, pool_);
  }
  void swiglu_backward(const SwigluBackward& op) override {
    kernels::swiglu_gradient({op.count, data(op.gate), data(op.up), data(op.d_act),
                              data(op.d_gate), data(op.d_up)},
                             pool_);
  }
  void cross_entropy(const CrossEntropy& op) override {
    kernels::cross_entropy({op.rows, op.vocab, data(op.logits), data(op.targets), data(op.loss),
                            op.gradient, narrow(op.gradient_scale)},
                           pool_);
  }
  void dropout(const Dropout& op) override {
    kernels::dropout({op.count, op.probability, op.seed, op.substream, data(op.x), data(op.y),
                      op.accumulate},
                     pool_);
  }
  void grad_norm(const GradNorm& op) override {
    const double norm = kernels::euclidean_norm(data(op.grads), op.count, pool_);
    data(op.out)[0] = narrow(norm);
    data(op.out)[1] = op.max_norm > 0 ? narrow(std::min(1.0, op.max_norm / (norm + 1e-6))) : 1.0f;
  }
  void adamw(const AdamW& op) override {
    kernels::adamw({op.count, data(op.params), data(op.grads), data(op.m), data(op.v),
                    op.factor ? data(op.factor)[0] : 1.0f, op.lr, op.beta1, op.beta2, op.eps,
                    op.weight_decay, op.step},
                   pool_);
  }

 private:
  cpu::LinearContext linear() { return {pool_, scratch_, scratch_ + kernel_floats_, precision_}; }
  kernels::Attention attention(const AttentionForward& op) const {
    return {op.queries, op.keys, op.heads, op.kv_heads, op.head_dim, narrow(op.scale), data(op.q),
            data(op.k), data(op.v), data(op.key_begin), data(op.key_end), data(op.out),
            data(op.log_sum_exp), precision_ == Precision::kBFloat16};
  }

  using Block = std::unique_ptr<void, void (*)(void*)>;
  ThreadPool& pool_;
  Precision precision_;
  std::int64_t kernel_floats_;
  std::vector<float> scratch_memory_;
  float* scratch_ = nullptr;
  std::vector<Block> blocks_;
};

}  // namespace

std::unique_ptr<Device> make_cpu_device(ThreadPool& pool, Precision precision) {
  return std::make_unique<CpuDevice>(pool, precision);
}

}  // namespace lab
