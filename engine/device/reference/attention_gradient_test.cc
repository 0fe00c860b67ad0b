// Finite differences of attention under every kind of visible range.
#include "device/reference/gradient_check.h"

namespace lab {
namespace {

struct Case {
  const char* name;
  std::int64_t heads, kv_heads, head_dim, keys;
  std::vector<std::int32_t> begin, end;
};

class AttentionGradient : public GradientCheck {
 protected:
  AttentionForward random_forward(const Case& c) {
    const auto queries = static_cast<std::int64_t>(c.begin.size());
    AttentionForward op;
    op.queries = queries;
    op.keys = c.keys;
    op.heads = c.heads;
    op.kv_heads = c.kv_heads;
    op.head_dim = c.head_dim;
    op.scale = 0.8;
    op.q = random(queries * c.heads * c.head_dim);
    op.k = random(c.keys * c.kv_heads * c.head_dim);
    op.v = random(c.keys * c.kv_heads * c.head_dim);
    op.key_begin = ints(c.begin);
    op.key_end = ints(c.end);
    op.out = random(op.q.count);
    op.log_sum_exp = random(queries * c.heads);
    return op;
  }
};

TEST_F(AttentionGradient, IsThatOfTheForward) {
  const Case cases[] = {
      {"one key", 1, 1, 1, 1, {0}, {1}},
      {"causal", 1, 1, 5, 4, {0, 0, 0, 0}, {1, 2, 3, 4}},
      {"grouped heads", 6, 2, 3, 3, {0, 0, 0}, {1, 2, 3}},
      {"one key head", 4, 1, 3, 3, {0, 0, 0}, {1, 2, 3}},
      {"two documents", 2, 1, 3, 5, {0, 0, 2, 2, 2}, {1, 2, 3, 4, 5}},
      {"sliding window", 2, 2, 3, 6, {0, 0, 0, 1, 2, 3}, {1, 2, 3, 4, 5, 6}},
      {"behind a cache", 4, 2, 3, 7, {0, 0, 0}, {5, 6, 7}},
      {"window behind a cache", 2, 1, 4, 7, {2, 3, 4}, {5, 6, 7}},
      {"not causal", 2, 1, 3, 5, {0, 0, 1}, {5, 5, 5}},
      {"a query that sees nothing", 2, 1, 3, 3, {0, 1, 1}, {1, 1, 3}},
  };
  for (const Case& c : cases) {
    const AttentionForward forward = random_forward(c);
    AttentionBackward op;
    op.forward = forward;
    op.d_out = random(forward.out.count);
    op.delta = random(forward.queries * c.heads);
    op.dq = random(forward.q.count);
    op.dk = random(forward.k.count);
    op.dv = random(forward.v.count);
    const auto loss = [&] {
      device_->attention_forward(forward);
      return weighted_sum(op.d_out, forward.out);
    };
    loss();
    device_->attention_backward(op);
    EXPECT_LE(gradient_error(forward.v, values(op.dv), loss), kTolerance) << c.name;
    if (c.keys == 1) {  // its weight is 1 whatever the score
      EXPECT_NEAR(at(op.dq)[0], 0, 1e-15);
      EXPECT_NEAR(at(op.dk)[0], 0, 1e-15);
      continue;
    }
    EXPECT_LE(gradient_error(forward.q, values(op.dq), loss), kTolerance) << c.name;
    EXPECT_LE(gradient_error(forward.k, values(op.dk), loss), kTolerance) << c.name;
  }
}

TEST_F(AttentionGradient, OfLogSumExpIsTheSoftmaxThatWeighsTheValues) {
  // d log_sum_exp / d score_j is the weight of key j; with one-hot values, so is out.
  const Case c{"", 1, 1, 3, 3, {0}, {3}};
  const AttentionForward op = random_forward(c);
  for (int j = 0; j < 3; ++j)
    for (int i = 0; i < 3; ++i) at(op.v)[j * 3 + i] = i == j;
  // The keys are one-hot too, so that q holds the scores before their scale.
  device_->copy(op.v, op.k);
  const auto log_sum_exp = [&] {
    device_->attention_forward(op);
    return at(op.log_sum_exp)[0];
  };
  log_sum_exp();
  std::vector<double> weights = values(op.out);
  for (double& weight : weights) weight *= op.scale;
  EXPECT_LE(gradient_error(op.q, weights, log_sum_exp), kTolerance);
}

}  // namespace
}  // namespace lab
