#include "kernels/dropout/dropout.h"

#include <algorithm>
#include <cmath>

#include "base/rng.h"
#include "kernels/chunks.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/dropout/dropout.cc"
#include "kernels/simd.h"

#include "kernels/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

using Words = hn::ScalableTag<std::uint32_t>;

#if HWY_TARGET == HWY_SCALAR

/// Philox 4x32-10 block number `first`.
inline void philox_blocks(std::uint64_t first, const Dropout& p, std::uint32_t* words) {
  const auto block = Philox(p.seed, Stream::kDropout, p.substream).block(first);
  std::copy(block.begin(), block.end(), words);
}

#else

using WordVec = hn::Vec<Words>;

/// The two halves of the 64-bit products of all lanes.
struct Products {
  WordVec low, high;
};

HWY_INLINE Products multiply(WordVec a, WordVec b) {
  const Words d;
  const hn::RepartitionToWide<Words> wide;
  const WordVec even = hn::BitCast(d, hn::MulEven(a, b));
  const auto odd_a = hn::ShiftRight<32>(hn::BitCast(wide, a));
  const auto odd_b = hn::ShiftRight<32>(hn::BitCast(wide, b));
  const auto odd = hn::MulEven(hn::BitCast(d, odd_a), hn::BitCast(d, odd_b));
  const auto even_high = hn::ShiftRight<32>(hn::BitCast(wide, even));
  const auto odd_low = hn::ShiftLeft<32>(odd);
  return {hn::OddEven(hn::BitCast(d, odd_low), even),
          hn::OddEven(hn::BitCast(d, odd), hn::BitCast(d, even_high))};
}

/// Philox 4x32-10 (base/rng.h) of kLanes consecutive blocks; words[4 i ...] is block first + i.
/// The low half of `first` must not wrap within them.
HWY_INLINE void philox_blocks(std::uint64_t first, const Dropout& p, std::uint32_t* words) {
  const Words d;
  WordVec c0 = hn::Iota(d, static_cast<std::uint32_t>(first));
  WordVec c1 = hn::Set(d, static_cast<std::uint32_t>(first >> 32));
  WordVec c2 = hn::Set(d, static_cast<std::uint32_t>(Stream::kDropout));
  WordVec c3 = hn::Set(d, p.substream);
  std::uint32_t k0 = static_cast<std::uint32_t>(p.seed);
  std::uint32_t k1 = static_cast<std::uint32_t>(p.seed >> 32);
  for (int round = 0; round < 10; ++round) {
    const Products p0 = multiply(c0, hn::Set(d, 0xD2511F53));
    const Products p1 = multiply(c2, hn::Set(d, 0xCD9E8D57));
    c0 = hn::Xor(hn::Xor(p1.high, c1), hn::Set(d, k0));
    c2 = hn::Xor(hn::Xor(p0.high, c3), hn::Set(d, k1));
    c1 = p1.low;
    c3 = p0.low;
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  hn::StoreInterleaved4(c0, c1, c2, c3, d, words);
}

#endif

void run_dropout(const Dropout& p, ThreadPool& pool) {
  const hn::RebindToSigned<FloatTag> di;
  const FloatTag d;
  // uniform = (word >> 8) / 2^24 >= probability, in integers.
  const auto dropped = static_cast<std::int32_t>(std::ceil(p.probability * 0x1p24)) - 1;
  const auto most_dropped = hn::Set(di, dropped);
  const FloatVec scale = splat(static_cast<float>(1.0 / (1.0 - p.probability)));
  static_assert(kChunkFloats % (4 * kLanes) == 0);
  for_ranges(pool, p.count, kChunkFloats, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    HWY_ALIGN std::uint32_t words[4 * kLanes];
    for (std::int64_t group = begin; group < end; group += 4 * kLanes) {
      philox_blocks(static_cast<std::uint64_t>(group) / 4, p, words);
      for_vectors(group, std::min<std::int64_t>(end, group + 4 * kLanes),
                  [&](std::int64_t i, auto lanes) HWY_ATTR {
        const auto word = hn::Load(Words(), words + (i - group));
        const auto keep = hn::Gt(hn::BitCast(di, hn::ShiftRight<8>(word)), most_dropped);
        const FloatVec kept = hn::IfThenElseZero(hn::RebindMask(d, keep),
                                            hn::Mul(lanes.load(p.x + i), scale));
        lanes.store(p.accumulate ? hn::Add(lanes.load(p.y + i), kept) : kept, p.y + i);
      });
    }
  });
}

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lab::kernels {

void dropout(const Dropout& problem, ThreadPool& pool) { LAB_DISPATCH(run_dropout)(problem, pool); }

}  // namespace lab::kernels
#endif
