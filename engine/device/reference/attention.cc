#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "device/reference/operations.h"

namespace lab::reference {
namespace {

double dot(const double* a, const double* b, std::int64_t n) {
  double sum = 0;
  for (std::int64_t i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

/// Where query t's head lies in q and out, and its keys' head in row j of k and v.
struct Offsets {
  explicit Offsets(const AttentionForward& op) : op(op), group(op.heads / op.kv_heads) {}
  std::int64_t query(std::int64_t t, std::int64_t head) const {
    return (t * op.heads + head) * op.head_dim;
  }
  std::int64_t key(std::int64_t j, std::int64_t head) const {
    return (j * op.kv_heads + head / group) * op.head_dim;
  }
  const AttentionForward& op;
  std::int64_t group;
};

/// Softmax of the visible keys' scores, weights[j - key_begin[t]]; returns log sum exp of the
/// scores.
double attention_weights(const Offsets& at, std::int64_t t, std::int64_t head,
                         std::vector<double>& weights) {
  const AttentionForward& op = at.op;
  const std::int64_t begin = data(op.key_begin)[t], end = data(op.key_end)[t];
  weights.clear();
  double largest = -std::numeric_limits<double>::infinity();
  for (std::int64_t j = begin; j < end; ++j) {
    const double score =
        op.scale * dot(data(op.q) + at.query(t, head), data(op.k) + at.key(j, head), op.head_dim);
    weights.push_back(score);
    largest = std::max(largest, score);
  }
  double sum = 0;
  for (double& weight : weights) sum += weight = std::exp(weight - largest);
  for (double& weight : weights) weight /= sum;
  return largest + std::log(sum);
}

}  // namespace

void attention_forward(const AttentionForward& op) {
  const Offsets at(op);
  std::vector<double> weights;
  for (std::int64_t t = 0; t < op.queries; ++t)
    for (std::int64_t head = 0; head < op.heads; ++head) {
      const double log_sum_exp = attention_weights(at, t, head, weights);
      if (op.log_sum_exp) data(op.log_sum_exp)[t * op.heads + head] = log_sum_exp;
      double* out = data(op.out) + at.query(t, head);
      std::fill(out, out + op.head_dim, 0.0);
      std::int64_t j = data(op.key_begin)[t];
      for (const double weight : weights) {
        const double* v = data(op.v) + at.key(j++, head);
        for (std::int64_t i = 0; i < op.head_dim; ++i) out[i] += weight * v[i];
      }
    }
}

// d weight_j = d_out . v_j; d score_j = weight_j * (d weight_j - sum_k weight_k d weight_k), and
// that sum is d_out . out.
void attention_backward(const AttentionBackward& backward) {
  const AttentionForward& op = backward.forward;
  const Offsets at(op);
  std::fill_n(data(backward.dq), op.queries * op.heads * op.head_dim, 0.0);
  std::fill_n(data(backward.dk), op.keys * op.kv_heads * op.head_dim, 0.0);
  std::fill_n(data(backward.dv), op.keys * op.kv_heads * op.head_dim, 0.0);
  std::vector<double> weights;
  for (std::int64_t t = 0; t < op.queries; ++t)
    for (std::int64_t head = 0; head < op.heads; ++head) {
      attention_weights(at, t, head, weights);
      const std::int64_t query = at.query(t, head);
      const double* d_out = data(backward.d_out) + query;
      const double delta = dot(d_out, data(op.out) + query, op.head_dim);
      std::int64_t j = data(op.key_begin)[t];
      for (const double weight : weights) {
        const std::int64_t key = at.key(j++, head);
        const double d_score =
            weight * (dot(d_out, data(op.v) + key, op.head_dim) - delta) * op.scale;
        for (std::int64_t i = 0; i < op.head_dim; ++i) {
          data(backward.dq)[query + i] += d_score * data(op.k)[key + i];
          data(backward.dk)[key + i] += d_score * data(op.q)[query + i];
          data(backward.dv)[key + i] += weight * d_out[i];
        }
      }
    }
}

}  // namespace lab::reference
