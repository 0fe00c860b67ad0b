// Counts: the work that operations would have been, kept by kind so that each kind can be timed.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>

#include "tensor/dtype.h"

namespace lab {

/// One for each operation of Device, in its order.
enum class Operation : std::uint8_t {
  kFill,
  kCopy,
  kAdd,
  kLinearForward,
  kLinearBackward,
  kLowRankNorms,
  kEmbedForward,
  kEmbedBackward,
  kEmbedPairForward,
  kEmbedPairBackward,
  kRmsNormForward,
  kRmsNormBackward,
  kRope,
  kAttentionForward,
  kAttentionBackward,
  kSwigluForward,
  kSwigluBackward,
  kCrossEntropy,
  kDropout,
  kGradNorm,
  kAdamW,
};
inline constexpr std::size_t kOperations = static_cast<std::size_t>(Operation::kAdamW) + 1;

/// The name of Device's function, for example "linear_forward".
std::string_view name(Operation operation);

/// FLOPs are 2 a multiply-add of matrix products and attention; what goes element by element is
/// bound by memory and counts as bytes alone. Bytes: every operand once, twice if it is updated.
struct OperationCount {
  std::int64_t calls = 0;
  std::uint64_t flops = 0, bytes = 0;

  bool operator==(const OperationCount&) const = default;
};

/// The three products with a matrix W [out, in] that linear layers consist of. A low-rank pair's
/// are those of its two matrices: A [rank, in] and B [out, rank].
enum class Product : std::uint8_t {
  kForward,         ///< x W^T: [tokens, in] -> [tokens, out]
  kInputGradient,   ///< dy W: [tokens, out] -> [tokens, in]
  kWeightGradient,  ///< dy^T x: -> [out, in]
};

struct LinearShape {
  Product product = Product::kForward;
  std::int64_t tokens = 0, in = 0, out = 0;
  DType dtype = DType::kF32;  ///< how W is stored

  std::uint64_t flops() const {
    return 2 * static_cast<std::uint64_t>(tokens) * static_cast<std::uint64_t>(in) *
           static_cast<std::uint64_t>(out);
  }
  auto operator<=>(const LinearShape&) const = default;
};

struct Counts {
  std::array<OperationCount, kOperations> operations;
  /// How often linear_forward and linear_backward multiply in which shape; the FLOPs of these
  /// products are the FLOPs of these two operations.
  std::map<LinearShape, std::int64_t> linear_products;

  const OperationCount& operator[](Operation operation) const {
    return operations[static_cast<std::size_t>(operation)];
  }
  OperationCount total() const;
};

}  // namespace lab
