#include "device/cpu/linear.h"

#include <algorithm>
#include <array>

#include "device/cpu/views.h"
#include "kernels/column/column.h"
#include "kernels/elementwise/elementwise.h"
#include "kernels/gemm/gemm.h"
#include "kernels/matvec/matvec.h"

namespace lab::cpu {
namespace {

using kernels::Gemm;
using kernels::GemmTerm;
using kernels::MatrixView;

/// x [m, k] times w^T, w [n, k].
GemmTerm times_transposed(const float* x, const MatrixView& w, float scale) {
  return {.a = x, .a_row_stride = w.cols, .b = w, .b_is_nk = true, .k = w.cols, .scale = scale};
}

/// x [m, k] times w, w [k, n].
GemmTerm times(const float* x, const MatrixView& w, float scale) {
  return {.a = x, .a_row_stride = w.rows, .b = w, .b_is_nk = false, .k = w.rows, .scale = scale};
}

/// x^T y, x [k, m], y [k, n].
GemmTerm transposed_times(const float* x, std::int64_t m, const MatrixView& y, float scale) {
  return {.a = x, .a_row_stride = 1, .a_col_stride = m, .b = y, .b_is_nk = false, .k = y.rows,
          .scale = scale};
}

/// c [m, n] (+)= the sum of the terms.
void product(std::int64_t m, std::int64_t n, std::span<const GemmTerm> terms, float* c,
             bool accumulate, const LinearContext& context) {
  kernels::gemm({.m = m, .n = n, .terms = terms, .c = c, .c_row_stride = n,
                 .accumulate = accumulate, .bfloat16 = context.precision == Precision::kBFloat16},
                context.pool, context.scratch);
}

/// u = input A^T.
void project_down(const LinearForward& op, const LinearContext& context) {
  const LowRank& pair = op.pair;
  const float* input = data(pair.input ? pair.input : op.x);
  const MatrixView a = view(pair.a, pair.rank, op.weight.cols);
  if (op.tokens <= kernels::kMatvecMaxVectors) {
    kernels::matvec({.vectors = op.tokens, .x = input, .w = a, .y = data(pair.u)}, context.pool);
    return;
  }
  const GemmTerm term = times_transposed(input, a, 1);
  product(op.tokens, pair.rank, {&term, 1}, data(pair.u), false, context);
}

/// Outputs [first, first + count) for tokens [token, token + tokens); gain is null for 1.
struct Slice {
  std::int64_t first = 0, count = 0, token = 0, tokens = 0;
  const float* gain = nullptr;
};

void few_tokens(const LinearForward& op, const Slice& slice, const LinearContext& context) {
  const LowRank& pair = op.pair;
  const bool low = pair.rank > 0;
  kernels::matvec({.vectors = slice.tokens,
                   .x = data(op.x) + slice.token * op.weight.cols,
                   .w = rows_of(view(op.weight), slice.first, slice.count),
                   .u = low ? data(pair.u) + slice.token * pair.rank : nullptr,
                   .b = low ? data(pair.b) + slice.first * pair.rank : nullptr,
                   .rank = pair.rank,
                   .scale = static_cast<float>(pair.scale),
                   .column_scale = slice.gain,
                   .bias = op.bias ? data(op.bias) + slice.first : nullptr,
                   .y = data(op.y) + slice.token * op.weight.rows + slice.first,
                   .accumulate = op.accumulate},
                  context.pool);
}

void many_tokens(const LinearForward& op, const Slice& slice, const LinearContext& context) {
  const LowRank& pair = op.pair;
  std::array<GemmTerm, 2> terms = {
      times_transposed(data(op.x), rows_of(view(op.weight), slice.first, slice.count), 1)};
  if (pair.rank > 0)
    terms[1] = times_transposed(
        data(pair.u), rows_of(view(pair.b, op.weight.rows, pair.rank), slice.first, slice.count),
        static_cast<float>(pair.scale));
  kernels::gemm({.m = op.tokens,
                 .n = slice.count,
                 .terms = std::span(terms).first(pair.rank > 0 ? 2 : 1),
                 .c = data(op.y) + slice.first,
                 .c_row_stride = op.weight.rows,
                 .column_scale = slice.gain,
                 .bias = op.bias ? data(op.bias) + slice.first : nullptr,
                 .accumulate = op.accumulate,
                 .bfloat16 = context.precision == Precision::kBFloat16},
                context.pool, context.scratch);
}

void outputs(const LinearForward& op, Slice slice, const LinearContext& context) {
  if (op.tokens > kernels::kMatvecMaxVectors) return many_tokens(op, slice, context);
  // matvec() writes contiguous rows: of a part of the outputs it can do one token only.
  slice.tokens = slice.count == op.weight.rows ? op.tokens : 1;
  for (; slice.token < op.tokens; slice.token += slice.tokens) few_tokens(op, slice, context);
}

/// The gradients of the pair, and what it adds to the inputs, from g * dy.
void pair_backward(const LinearBackward& op, const float* g_dy, const LinearContext& context) {
  const LowRank& pair = op.pair;
  const std::int64_t in = op.weight.cols, out = op.weight.rows;
  const float scale = static_cast<float>(pair.scale);
  if (op.d_b) {
    const GemmTerm term = transposed_times(g_dy, out, view(pair.u, op.tokens, pair.rank), scale);
    product(out, pair.rank, {&term, 1}, data(op.d_b), true, context);
  }
  const GemmTerm to_du = times(g_dy, view(pair.b, out, pair.rank), scale);
  product(op.tokens, pair.rank, {&to_du, 1}, data(op.du), false, context);
  if (op.d_a) {
    const MatrixView input = view(pair.input ? pair.input : op.x, op.tokens, in);
    const GemmTerm term = transposed_times(data(op.du), pair.rank, input, 1);
    product(pair.rank, in, {&term, 1}, data(op.d_a), true, context);
  }
  if (pair.input && op.d_input) {
    const GemmTerm term = times(data(op.du), view(pair.a, pair.rank, in), 1);
    product(op.tokens, in, {&term, 1}, data(op.d_input), false, context);
  }
}

}  // namespace

void linear_forward(const LinearForward& op, const LinearContext& context) {
  const LowRank& pair = op.pair;
  if (pair.rank > 0) project_down(op, context);
  const std::int64_t out = op.weight.rows;
  if (!pair.magnitude) return outputs(op, {.count = out}, context);
  for (std::int64_t first = 0; first < out; first += kGainFloats) {
    const std::int64_t count = std::min(kGainFloats, out - first);
    kernels::divide(data(pair.magnitude) + first, data(pair.norm) + first, context.gains, count);
    outputs(op, {.first = first, .count = count, .gain = context.gains}, context);
  }
}

void linear_backward(const LinearBackward& op, const LinearContext& context) {
  const LowRank& pair = op.pair;
  const std::int64_t tokens = op.tokens, in = op.weight.cols, out = op.weight.rows;
  const float* g_dy = data(op.dy);
  if (op.d_bias) kernels::add_column_sums(tokens, out, g_dy, data(op.d_bias), context.pool);
  if (pair.magnitude) {
    if (op.d_magnitude)
      kernels::add_column_dots(tokens, out, g_dy, data(op.z), data(pair.norm),
                               data(op.d_magnitude), context.pool);
    kernels::scale_columns(tokens, out, g_dy, data(pair.magnitude), data(pair.norm),
                           data(op.g_dy), context.pool);
    g_dy = data(op.g_dy);
  }
  if (pair.rank > 0) pair_backward(op, g_dy, context);
  if (op.d_weight) {
    const GemmTerm term = transposed_times(g_dy, out, view(op.x, tokens, in), 1);
    product(out, in, {&term, 1}, data(op.d_weight), true, context);
  }
  if (!op.dx) return;
  std::array<GemmTerm, 2> terms = {times(g_dy, view(op.weight), 1)};
  const bool low = pair.rank > 0 && !pair.input;
  if (low) terms[1] = times(data(op.du), view(pair.a, pair.rank, in), 1);
  product(tokens, in, std::span(terms).first(low ? 2 : 1), data(op.dx), op.accumulate_dx, context);
}

}  // namespace lab::cpu
