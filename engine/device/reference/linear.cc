#include <cmath>
#include <vector>

#include "device/reference/operations.h"
#include "device/reference/weight_rows.h"

namespace lab::reference {
namespace {

/// y[rows, out] = (accumulate ? y : 0) + scale * x[rows, in] w^T, w [out, in].
void times_transposed(std::int64_t rows, std::int64_t in, std::int64_t out, const double* x,
                      const double* w, double scale, bool accumulate, double* y) {
  for (std::int64_t t = 0; t < rows; ++t)
    for (std::int64_t j = 0; j < out; ++j) {
      double sum = 0;
      for (std::int64_t i = 0; i < in; ++i) sum += x[t * in + i] * w[j * in + i];
      y[t * out + j] = (accumulate ? y[t * out + j] : 0) + scale * sum;
    }
}

/// dx[rows, in] = (accumulate ? dx : 0) + scale * dy[rows, out] w, w [out, in].
void times(std::int64_t rows, std::int64_t in, std::int64_t out, const double* dy, const double* w,
           double scale, bool accumulate, double* dx) {
  for (std::int64_t t = 0; t < rows; ++t)
    for (std::int64_t i = 0; i < in; ++i) {
      double sum = 0;
      for (std::int64_t j = 0; j < out; ++j) sum += dy[t * out + j] * w[j * in + i];
      dx[t * in + i] = (accumulate ? dx[t * in + i] : 0) + scale * sum;
    }
}

/// dw[out, in] += scale * dy[rows, out]^T x[rows, in].
void add_outer(std::int64_t rows, std::int64_t in, std::int64_t out, const double* dy,
               const double* x, double scale, double* dw) {
  for (std::int64_t j = 0; j < out; ++j)
    for (std::int64_t i = 0; i < in; ++i) {
      double sum = 0;
      for (std::int64_t t = 0; t < rows; ++t) sum += dy[t * out + j] * x[t * in + i];
      dw[j * in + i] += scale * sum;
    }
}

/// dx = (accumulate ? dx : 0) + dy W, decoding each row of W once.
void times_weight(std::int64_t tokens, const Weight& w, const double* dy, bool accumulate,
                  double* dx) {
  if (!accumulate)
    for (std::int64_t i = 0; i < tokens * w.cols; ++i) dx[i] = 0;
  std::vector<double> row(static_cast<std::size_t>(w.cols));
  for (std::int64_t j = 0; j < w.rows; ++j) {
    weight_row(w, j, row.data());
    for (std::int64_t t = 0; t < tokens; ++t)
      for (std::int64_t i = 0; i < w.cols; ++i)
        dx[t * w.cols + i] += dy[t * w.rows + j] * row[static_cast<std::size_t>(i)];
  }
}

/// What the row j of W + scale B A is multiplied with: magnitude / norm for DoRA, else 1.
double gain(const LowRank& pair, std::int64_t j) {
  return pair.magnitude ? data(pair.magnitude)[j] / data(pair.norm)[j] : 1;
}

void low_rank_backward(const LinearBackward& op, const double* g_dy) {
  const LowRank& pair = op.pair;
  const std::int64_t tokens = op.tokens, in = op.weight.cols, out = op.weight.rows;
  const Reals input = pair.input ? pair.input : op.x;
  if (op.d_b) add_outer(tokens, pair.rank, out, g_dy, data(pair.u), pair.scale, data(op.d_b));
  times(tokens, pair.rank, out, g_dy, data(pair.b), pair.scale, false, data(op.du));
  if (op.d_a) add_outer(tokens, in, pair.rank, data(op.du), data(input), 1, data(op.d_a));
  if (pair.input) {
    if (op.d_input)
      times(tokens, in, pair.rank, data(op.du), data(pair.a), 1, false, data(op.d_input));
  } else if (op.dx) {
    times(tokens, in, pair.rank, data(op.du), data(pair.a), 1, true, data(op.dx));
  }
}

}  // namespace

void linear_forward(const LinearForward& op) {
  const LowRank& pair = op.pair;
  const std::int64_t in = op.weight.cols, out = op.weight.rows;
  if (pair.rank > 0)
    times_transposed(op.tokens, in, pair.rank, data(pair.input ? pair.input : op.x), data(pair.a),
                     1, false, data(pair.u));
  std::vector<double> row(static_cast<std::size_t>(in));
  const double *x = data(op.x), *u = data(pair.u), *b = data(pair.b);
  double* y = data(op.y);
  for (std::int64_t j = 0; j < out; ++j) {
    weight_row(op.weight, j, row.data());
    for (std::int64_t t = 0; t < op.tokens; ++t) {
      double base = 0, low = 0;
      for (std::int64_t i = 0; i < in; ++i)
        base += x[t * in + i] * row[static_cast<std::size_t>(i)];
      for (std::int64_t r = 0; r < pair.rank; ++r)
        low += u[t * pair.rank + r] * b[j * pair.rank + r];
      const double sum =
          gain(pair, j) * (base + pair.scale * low) + (op.bias ? data(op.bias)[j] : 0);
      y[t * out + j] = (op.accumulate ? y[t * out + j] : 0) + sum;
    }
  }
}

void linear_backward(const LinearBackward& op) {
  const LowRank& pair = op.pair;
  const std::int64_t tokens = op.tokens, out = op.weight.rows;
  const double *dy = data(op.dy), *g_dy = dy;
  for (std::int64_t t = 0; op.d_bias && t < tokens; ++t)
    for (std::int64_t j = 0; j < out; ++j) data(op.d_bias)[j] += dy[t * out + j];
  if (pair.magnitude) {
    for (std::int64_t t = 0; t < tokens; ++t)
      for (std::int64_t j = 0; j < out; ++j) {
        data(op.g_dy)[t * out + j] = gain(pair, j) * dy[t * out + j];
        if (op.d_magnitude)
          data(op.d_magnitude)[j] += dy[t * out + j] * data(op.z)[t * out + j] / data(pair.norm)[j];
      }
    g_dy = data(op.g_dy);
  }
  if (op.dx) times_weight(tokens, op.weight, g_dy, op.accumulate_dx, data(op.dx));
  if (op.d_weight) add_outer(tokens, op.weight.cols, out, g_dy, data(op.x), 1, data(op.d_weight));
  if (pair.rank > 0) low_rank_backward(op, g_dy);
}

void low_rank_norms(const LowRankNorms& op) {
  const std::int64_t in = op.weight.cols;
  std::vector<double> row(static_cast<std::size_t>(in));
  const double *a = data(op.a), *b = data(op.b);
  for (std::int64_t j = 0; j < op.weight.rows; ++j) {
    weight_row(op.weight, j, row.data());
    double squares = 0;
    for (std::int64_t i = 0; i < in; ++i) {
      double low = 0;
      for (std::int64_t r = 0; r < op.rank; ++r) low += b[j * op.rank + r] * a[r * in + i];
      const double sum = row[static_cast<std::size_t>(i)] + op.scale * low;
      squares += sum * sum;
    }
    data(op.norm)[j] = std::sqrt(squares);
  }
}

}  // namespace lab::reference
