// SideBySide: runs one operation on the CPU and on the reference device, with the same data.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/rng.h"
#include "base/thread_pool.h"
#include "device/cpu/cpu_device.h"
#include "device/reference/reference_device.h"
#include "kernels/isa.h"
#include "tensor/encode.h"

namespace lab {

/// One device with data that are the same for every device a test is run on.
class Side {
 public:
  explicit Side(Device& device) : device(device) {}

  Reals reals(const std::vector<float>& values) {
    const auto count = static_cast<std::int64_t>(values.size());
    // One number past the start of a block: operations may not assume alignment.
    const auto bytes = static_cast<std::uint64_t>(count + 1) * device.real_bytes();
    const auto address = device.allocate(bytes);
    const Reals all{address.value(), count + 1, device.real_bytes()};
    const Reals out = all.slice(1, count);
    device.write(out, values.data());
    return out;
  }
  Reals zeros(std::int64_t count) {
    return reals(std::vector<float>(static_cast<std::size_t>(count)));
  }
  /// Uniform in [-1, 1), never the same.
  Reals random(std::int64_t count) { return reals(random_values(count)); }
  Reals random_in(std::int64_t count, float low, float high) {
    std::vector<float> values = random_values(count);
    for (float& value : values) value = low + (high - low) * 0.5f * (value + 1);
    return reals(values);
  }
  Ints ints(const std::vector<std::int32_t>& values) {
    const auto count = static_cast<std::int64_t>(values.size());
    const Ints out{device.allocate(values.size() * sizeof(std::int32_t)).value(), count};
    device.write(out, values.data());
    return out;
  }
  /// A frozen matrix of random numbers in a stored type.
  Weight weight(DType dtype, std::int64_t rows, std::int64_t cols) {
    const std::vector<float> values = random_values(rows * cols);
    auto& bytes = stored_.emplace_back(storage_bytes(dtype, values.size()).value());
    encode(dtype, values.data(), rows * cols, bytes.data());
    const std::vector<std::uint64_t> shape = {static_cast<std::uint64_t>(rows),
                                              static_cast<std::uint64_t>(cols)};
    return device.place({dtype, shape, bytes}).value();
  }

  /// Compares these after the operation.
  void check(std::string name, Reals output) { checked_.emplace_back(std::move(name), output); }
  std::vector<std::pair<std::string, std::vector<float>>> outputs() {
    std::vector<std::pair<std::string, std::vector<float>>> all;
    for (const auto& [name, output] : checked_) {
      std::vector<float> values(static_cast<std::size_t>(output.count));
      device.read(output, values.data());
      all.emplace_back(name, std::move(values));
    }
    return all;
  }

  Device& device;

 private:
  std::vector<float> random_values(std::int64_t count) {
    const Philox generator(7, Stream::kInit, substream_++);
    std::vector<float> values(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = 2 * generator.uniform(i) - 1;
    return values;
  }

  std::uint32_t substream_ = 0;
  std::vector<std::vector<std::byte>> stored_;
  std::vector<std::pair<std::string, Reals>> checked_;
};

/// Runs `operation` on both devices, for every instruction set: outputs differ by at most
/// `tolerance` of their largest number or of `usual_size`, if that is more, and not at all between
/// 1, 2 and 3 threads.
inline void expect_same(const std::function<void(Side&)>& operation, double tolerance = 2e-6,
                        double usual_size = 0) {
  const auto reference_device = make_reference_device();
  Side reference(*reference_device);
  operation(reference);
  const auto expected = reference.outputs();
  ASSERT_FALSE(expected.empty());
  for (const kernels::Isa isa : kernels::attainable_isas()) {
    SCOPED_TRACE(kernels::name(isa));
    kernels::force_isa(isa);
    std::vector<std::pair<std::string, std::vector<float>>> of_one_thread;
    for (const int threads : {1, 2, 3}) {
      ThreadPool pool(threads);
      const auto cpu_device = make_cpu_device(pool);
      Side cpu(*cpu_device);
      operation(cpu);
      const auto actual = cpu.outputs();
      if (threads == 1) of_one_thread = actual;
      EXPECT_TRUE(actual == of_one_thread) << threads << " threads change bits";
    }
    for (std::size_t i = 0; i < expected.size(); ++i) {
      double largest = usual_size, error = 0;
      for (std::size_t j = 0; j < expected[i].second.size(); ++j) {
        const double wanted = expected[i].second[j], got = of_one_thread[i].second[j];
        if (std::isfinite(wanted)) largest = std::max(largest, std::abs(wanted));
        if (wanted == got) continue;  // infinities too
        error = std::max(error, std::isnan(got) ? INFINITY : std::abs(wanted - got));
      }
      EXPECT_LE(error, tolerance * largest) << expected[i].first;
    }
  }
  kernels::force_isa(kernels::attainable_isas().back());
}

}  // namespace lab
