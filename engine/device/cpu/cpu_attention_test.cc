// Attention of the CPU device over every kind of key range, against the reference device.
#include <algorithm>
#include <functional>

#include "device/cpu/side_by_side.h"

namespace lab {
namespace {

struct Range {
  std::int64_t begin, end;
};

struct Shape {
  std::int64_t queries = 1, keys = 1, heads = 1, kv_heads = 1, head_dim = 64;
};

void attend(Side& s, const Shape& shape, const std::function<Range(std::int64_t)>& range,
            bool backward) {
  const auto& [queries, keys, heads, kv_heads, head_dim] = shape;
  std::vector<std::int32_t> begins, ends;
  for (std::int64_t t = 0; t < queries; ++t) {
    begins.push_back(static_cast<std::int32_t>(range(t).begin));
    ends.push_back(static_cast<std::int32_t>(range(t).end));
  }
  AttentionForward op{.queries = queries, .keys = keys, .heads = heads, .kv_heads = kv_heads,
                      .head_dim = head_dim, .scale = 0.4,
                      .q = s.random(queries * heads * head_dim),
                      .k = s.random(keys * kv_heads * head_dim),
                      .v = s.random(keys * kv_heads * head_dim),
                      .key_begin = s.ints(begins), .key_end = s.ints(ends),
                      .out = s.random(queries * heads * head_dim),
                      .log_sum_exp = backward ? s.random(queries * heads) : Reals{}};
  s.device.attention_forward(op);
  s.check("out", op.out);
  if (!backward) return;
  s.check("log_sum_exp", op.log_sum_exp);
  AttentionBackward back{.forward = op, .d_out = s.random(queries * heads * head_dim),
                         .delta = s.zeros(queries * heads),
                         .dq = s.random(queries * heads * head_dim),
                         .dk = s.random(keys * kv_heads * head_dim),
                         .dv = s.random(keys * kv_heads * head_dim)};
  s.device.attention_backward(back);
  s.check("dq", back.dq);
  s.check("dk", back.dk);
  s.check("dv", back.dv);
}

// With one visible key the gradients of q and k are 0 but for rounding, hence the usual size.
constexpr double kTolerance = 4e-6, kUsualSize = 1;

TEST(CpuAttention, CausalAtManyShapes) {
  for (const Shape& shape : {Shape{1, 1, 1, 1, 8}, Shape{7, 7, 3, 1, 20}, Shape{33, 33, 2, 2, 64},
                             Shape{64, 64, 4, 2, 96}, Shape{70, 70, 9, 3, 64},
                             Shape{65, 65, 2, 1, 80}, Shape{40, 40, 5, 1, 128},
                             Shape{9, 9, 1, 1, 256}, Shape{17, 17, 7, 7, 1},
                             Shape{200, 200, 3, 1, 16}}) {
    SCOPED_TRACE(shape.queries);
    expect_same([&](Side& s) {
      attend(s, shape, [](std::int64_t t) { return Range{0, t + 1}; }, true);
    }, kTolerance, kUsualSize);
  }
}

TEST(CpuAttention, SlidingWindows) {
  for (const std::int64_t window : {1, 8, 100}) {
    expect_same([&](Side& s) {
      attend(s, {150, 150, 2, 1, 32}, [&](std::int64_t t) {
        return Range{std::max<std::int64_t>(0, t + 1 - window), t + 1};
      }, true);
    }, kTolerance, kUsualSize);
  }
}

TEST(CpuAttention, PackedDocuments) {
  expect_same([&](Side& s) {
    attend(s, {180, 180, 6, 2, 64}, [&](std::int64_t t) {
      const std::int64_t begin = t < 3 ? 0 : t < 70 ? 3 : t < 71 ? 70 : 71;
      return Range{begin, t + 1};
    }, true);
  }, kTolerance, kUsualSize);
}

TEST(CpuAttention, QueriesThatSeeNoKey) {
  for (const std::int64_t queries : {5, 50})
    expect_same([&](Side& s) {
      attend(s, {queries, queries, 2, 1, 16}, [](std::int64_t t) {
        return t < 3 ? Range{0, 0} : Range{2, t + 1};
      }, true);
    }, kTolerance, kUsualSize);
}

TEST(CpuAttention, FewQueriesOverACache) {
  for (const std::int64_t queries : {1, 3, 20})
    for (const std::int64_t head_dim : {64, 72})
      expect_same([&](Side& s) {
        attend(s, {queries, 300, 9, 3, head_dim},
               [&](std::int64_t t) { return Range{2, 270 + t}; }, queries == 20);
      }, kTolerance, kUsualSize);
}

TEST(CpuAttention, LongCachesAreReadInPieces) {
  for (const std::int64_t keys : {384, 385, 1300, 2001})
    expect_same([&](Side& s) {
      attend(s, {2, keys, 10, 2, 48}, [&](std::int64_t t) { return Range{t, keys - 1 + t}; },
             false);
    }, kTolerance, kUsualSize);
}

TEST(CpuAttention, LargeScoresDoNotOverflow) {
  expect_same([](Side& s) {
    const std::int64_t queries = 40;
    const Reals q = s.random_in(queries * 16, -60, 60), k = s.random_in(queries * 16, -60, 60);
    const Reals v = s.random(queries * 16), out = s.zeros(queries * 16);
    std::vector<std::int32_t> begins(queries, 0), ends(queries, queries);
    s.device.attention_forward({.queries = queries, .keys = queries, .heads = 1, .kv_heads = 1,
                                .head_dim = 16, .scale = 1, .q = q, .k = k, .v = v,
                                .key_begin = s.ints(begins), .key_end = s.ints(ends), .out = out,
                                .log_sum_exp = {}});
    s.check("out", out);
  }, 5e-3);  // scores near 10^4 have three digits after the point in float32
}

}  // namespace
}  // namespace lab
