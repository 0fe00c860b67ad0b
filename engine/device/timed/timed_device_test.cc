#include "device/timed/timed_device.h"

#include <gtest/gtest.h>

#include "device/count/count_device.h"

namespace lab {
namespace {

TEST(TimedDevice, HandsEachOperationOnAndTimesItAsWhatItIs) {
  CountDevice counting;
  TimedDevice device(counting);
  device.fill({}, 0);
  device.copy({}, {});
  device.add({}, {});
  device.linear_forward({});
  device.linear_backward({});
  device.low_rank_norms({});
  device.embed_forward({});
  device.embed_backward({});
  device.embed_pair_forward({});
  device.embed_pair_backward({});
  device.rms_norm_forward({});
  device.rms_norm_backward({});
  device.rope({});
  device.attention_forward({});
  device.attention_backward({});
  device.swiglu_forward({});
  device.swiglu_backward({});
  device.cross_entropy({});
  device.dropout({});
  device.grad_norm({});
  device.adamw({});
  for (std::size_t i = 0; i < kOperations; ++i) {
    const auto operation = static_cast<Operation>(i);
    EXPECT_EQ(counting.counts()[operation].calls, 1) << name(operation);
    EXPECT_EQ(device[operation].calls, 1) << name(operation);
    EXPECT_GE(device[operation].seconds, 0) << name(operation);
  }
  device.clear_times();
  EXPECT_EQ(device[Operation::kAdamW].calls, 0);
}

TEST(TimedDevice, SharesTheOthersMemory) {
  CountDevice counting;
  TimedDevice device(counting);
  EXPECT_TRUE(device.allocate(100));
  EXPECT_EQ(counting.allocated_bytes(), 100u);
}

}  // namespace
}  // namespace lab
