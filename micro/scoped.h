// ScopedLora: one online adapter for each kind of query operator, with what its relatives taught.
#pragma once

#include "online.h"

namespace microlora {

/// The category of each operator in the published numbering: scans 0-3, joins 4-6, aggregations
/// 7-8, transforms 9-10, orders 11-12, vector operators 13-14, utilities 15-16.
inline constexpr std::uint8_t kCategory[kOperators] = {0, 0, 0, 0, 1, 1, 1, 2, 2,
                                                       3, 3, 4, 4, 5, 5, 6, 6};

/// With 17 operators: for an operator with n < 10 adaptations y = x + n/10 own(x) + (1 - n/10)
/// category(x), where the category's delta is the sum of what each of its operators taught it. From
/// 10 on, or without fallback: y = x + own(x). Since each operator's teaching is kept apart,
/// `reset_scope` takes back all that it taught. With one operator there is no category.
///
/// Every `op` must be below the number of operators. Vectors are padded with zeros.
struct ScopedLora {
  void lay_out(Arena& arena, const OnlineConfig& config);
  void reset();

  /// `in` is remembered as the operator's last input, unless it is refused (kNotFinite).
  Status forward(std::uint32_t op, const float* in, float* out);
  /// Feedback on the last input, all ones before the first.
  Status adapt(std::uint32_t op, const float* g);
  Status adapt_with_reward(std::uint32_t op, float improvement);
  void reset_scope(std::uint32_t op);

  std::uint32_t operators, fallback;
  OnlineAdapter *own, *taught;  ///< [operators] each; taught is null for one operator
  float *x, *y;                 ///< an input and an output, for the caller's use
  std::uint32_t forwards[kOperators];

 private:
  float* last_[kOperators];
  float* next_;  // where a forward pass keeps its input until it has succeeded
};

}  // namespace microlora
