// exp(x) and the logistic function for vectors of floats.

#if defined(LAB_KERNELS_EXP_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAB_KERNELS_EXP_INL_H_
#undef LAB_KERNELS_EXP_INL_H_
#else
#define LAB_KERNELS_EXP_INL_H_
#endif

#include "kernels/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

/// x + kToInteger has x, rounded to the nearest integer, in its lowest bits.
inline constexpr float kToInteger = 0x1.8p23f;

/// exp(r) * 2^n for |r| <= ln 2 / 2, shifted = n + kToInteger. The polynomial interpolates
/// (exp(r) - 1 - r) / r^2 at the Chebyshev points of that range: relative error 1.0e-8.
HWY_INLINE FloatVec exp_reduced(FloatVec r, FloatVec shifted) {
  const hn::RebindToSigned<FloatTag> di;
  FloatVec q = splat(0x1.6d117cp-10f);
  q = hn::MulAdd(q, r, splat(0x1.120be2p-7f));
  q = hn::MulAdd(q, r, splat(0x1.555518p-5f));
  q = hn::MulAdd(q, r, splat(0x1.5554dcp-3f));
  q = hn::MulAdd(q, r, splat(0.5f));
  const FloatVec p = hn::MulAdd(hn::Mul(r, r), q, hn::Add(r, splat(1.0f)));
  // 2^n by adding n to the exponent: n = 128 occurs only with p < 1, n = -126 only with p near 1.
  // Of a NaN that arithmetic makes the lowest bits are 0, so it stays one.
  const auto exponent = hn::ShiftLeft<23>(hn::BitCast(di, shifted));
  return hn::BitCast(kFloats, hn::Add(hn::BitCast(di, p), exponent));
}

/// Error below 2 units in the last place; 0 where the result is below the smallest normal number,
/// infinity above the largest; NaN stays NaN.
HWY_INLINE FloatVec exp(FloatVec x) {
  constexpr float kLow = -0x1.5d589ep+6f, kHigh = 0x1.62e42ep+6f;  // ln 2^-126, ln FLT_MAX
  const FloatVec shifted = hn::MulAdd(x, splat(0x1.715476p+0f), splat(kToInteger));
  const FloatVec n = hn::Sub(shifted, splat(kToInteger));
  // ln 2 in two parts; the first has trailing zeros, so n times it is exact.
  const FloatVec r =
      hn::NegMulAdd(n, splat(-0x1.bd0106p-13f), hn::NegMulAdd(n, splat(0x1.63p-1f), x));
  const FloatVec y = hn::IfThenZeroElse(hn::Lt(x, splat(kLow)), exp_reduced(r, shifted));
  return hn::IfThenElse(hn::Le(x, splat(kHigh)), y, hn::Mul(x, hn::Inf(kFloats)));
}

/// 2^x for x <= 0 (what a softmax needs): 0 below -126; NaN stays NaN.
HWY_INLINE FloatVec exp2_negative(FloatVec x) {
  const FloatVec shifted = hn::Add(x, splat(kToInteger));
  const FloatVec r = hn::Mul(hn::Sub(x, hn::Sub(shifted, splat(kToInteger))),
                             splat(0x1.62e43p-1f));
  return hn::IfThenZeroElse(hn::Lt(x, splat(-126.0f)), exp_reduced(r, shifted));
}

/// 1 / (1 + exp(-x)).
HWY_INLINE FloatVec logistic(FloatVec x) {
  return hn::Div(splat(1.0f), hn::Add(splat(1.0f), exp(hn::Neg(x))));
}

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
