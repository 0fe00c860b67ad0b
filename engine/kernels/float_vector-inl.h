// The widest float32 vector of the instruction set that is being compiled for.

#if defined(LAB_KERNELS_FLOAT_VECTOR_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAB_KERNELS_FLOAT_VECTOR_INL_H_
#undef LAB_KERNELS_FLOAT_VECTOR_INL_H_
#else
#define LAB_KERNELS_FLOAT_VECTOR_INL_H_
#endif

#include "hwy/highway.h"

namespace lab::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using FloatTag = hn::ScalableTag<float>;
using FloatVec = hn::Vec<FloatTag>;
inline constexpr FloatTag kFloats;
inline constexpr int kLanes = static_cast<int>(hn::MaxLanes(FloatTag()));

}  // namespace lab::kernels::HWY_NAMESPACE
#endif
