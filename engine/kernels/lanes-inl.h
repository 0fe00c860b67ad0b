// Loops over arrays of floats by whole vectors and, at the end, by the first n lanes of one.

#if defined(LAB_KERNELS_LANES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAB_KERNELS_LANES_INL_H_
#undef LAB_KERNELS_LANES_INL_H_
#else
#define LAB_KERNELS_LANES_INL_H_
#endif

#include <cstdint>
#include <cstring>

#include "kernels/float_vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

HWY_INLINE FloatVec splat(float x) { return hn::Set(kFloats, x); }
HWY_INLINE float lane_sum(FloatVec v) { return hn::GetLane(hn::SumOfLanes(kFloats, v)); }
HWY_INLINE float lane_max(FloatVec v) { return hn::GetLane(hn::MaxOfLanes(kFloats, v)); }

/// Loads and stores of all lanes, no alignment needed.
struct AllLanes {
  HWY_INLINE FloatVec load(const float* p) const { return hn::LoadU(kFloats, p); }
  HWY_INLINE void store(FloatVec v, float* p) const { hn::StoreU(v, kFloats, p); }
  HWY_INLINE FloatVec others(FloatVec v, float) const { return v; }
};

/// Of the first `count` lanes only: memory beyond them is not touched, other lanes read as 0.
struct FirstLanes {
  int count;

#if HWY_MEM_OPS_MIGHT_FAULT
  HWY_INLINE FloatVec load(const float* p) const {
    HWY_ALIGN float lanes[kLanes] = {};
    std::memcpy(lanes, p, sizeof(float) * static_cast<std::size_t>(count));
    return hn::Load(kFloats, lanes);
  }
  HWY_INLINE void store(FloatVec v, float* p) const {
    HWY_ALIGN float lanes[kLanes];
    hn::Store(v, kFloats, lanes);
    std::memcpy(p, lanes, sizeof(float) * static_cast<std::size_t>(count));
  }
#else
  HWY_INLINE FloatVec load(const float* p) const {
    return hn::MaskedLoad(hn::FirstN(kFloats, static_cast<std::size_t>(count)), kFloats, p);
  }
  HWY_INLINE void store(FloatVec v, float* p) const {
    hn::BlendedStore(v, hn::FirstN(kFloats, static_cast<std::size_t>(count)), kFloats, p);
  }
#endif
  /// v with all lanes but these set to x.
  HWY_INLINE FloatVec others(FloatVec v, float x) const {
    return hn::IfThenElse(hn::FirstN(kFloats, static_cast<std::size_t>(count)), v, splat(x));
  }
};

/// Calls body(i, lanes) for each vector of [begin, end), lanes being AllLanes or, last, FirstLanes.
template <class Body>
HWY_INLINE void for_vectors(std::int64_t begin, std::int64_t end, const Body& body) {
  std::int64_t i = begin;
  for (; i + kLanes <= end; i += kLanes) body(i, AllLanes{});
  if (i < end) body(i, FirstLanes{static_cast<int>(end - i)});
}

/// sum_i a[i] b[i].
HWY_INLINE float dot(const float* a, const float* b, std::int64_t count) {
  FloatVec sum = hn::Zero(kFloats);
  for_vectors(0, count, [&](std::int64_t i, auto lanes) HWY_ATTR {
    sum = hn::MulAdd(lanes.load(a + i), lanes.load(b + i), sum);
  });
  return lane_sum(sum);
}

/// y += factor * x.
HWY_INLINE void add_scaled(float factor, const float* x, float* y, std::int64_t count) {
  const FloatVec f = splat(factor);
  for_vectors(0, count, [&](std::int64_t i, auto lanes) HWY_ATTR {
    lanes.store(hn::MulAdd(f, lanes.load(x + i), lanes.load(y + i)), y + i);
  });
}

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
