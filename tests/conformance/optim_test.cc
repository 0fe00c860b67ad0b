// AdamW against torch's, over the 20 steps of the oracle's optimiser problem.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/mapped_file.h"
#include "device/reference/reference_device.h"
#include "file/safetensors.h"

namespace lab {
namespace {

class Golden {
 public:
  explicit Golden(const std::string& name) {
    auto source = map_file(std::string(LAB_ORACLE_DIR) + "/optim/" + name);
    if (!source) return;
    auto file = Safetensors::read(std::move(*source));
    if (file) file_ = std::move(*file);
  }
  explicit operator bool() const { return file_.has_value(); }
  const std::vector<NamedTensor>& tensors() const { return file_->tensors(); }

  /// Empty if there is no such F32 tensor.
  std::vector<float> values(const std::string& name) const {
    const TensorView* view = file_->tensor(name);
    if (view == nullptr || view->dtype != DType::kF32) return {};
    std::vector<float> out(view->elements());
    std::memcpy(out.data(), view->bytes.data(), view->bytes.size());
    return out;
  }

 private:
  std::optional<Safetensors> file_;
};

/// max |actual - expected| / max |expected|, the oracle's measure; NaN if the sizes differ.
double relative_error(const std::vector<float>& actual, const std::vector<float>& expected) {
  if (actual.size() != expected.size() || actual.empty()) return std::nan("");
  double worst = 0, largest = 0;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const double error =
        std::abs(static_cast<double>(actual[i]) - static_cast<double>(expected[i]));
    if (std::isnan(error)) return error;
    worst = std::max(worst, error);
    largest = std::max(largest, std::abs(static_cast<double>(expected[i])));
  }
  return worst / largest;
}

Reals allocate(Device& device, std::int64_t count) {
  const auto address = device.allocate(static_cast<std::uint64_t>(count) * device.real_bytes());
  EXPECT_TRUE(address);
  return {address.value_or(0), count, device.real_bytes()};
}

std::vector<float> read(Device& device, Reals from) {
  std::vector<float> out(static_cast<std::size_t>(from.count));
  device.read(from, out.data());
  return out;
}

TEST(Optimiser, AdamWIsTorchs) {
  constexpr std::string_view kStart = "start.";
  const Golden problem("problem.safetensors"), golden("adamw.safetensors");
  ASSERT_TRUE(problem && golden);
  const auto device = make_reference_device();
  int compared = 0;
  for (const NamedTensor& tensor : problem.tensors()) {
    if (!tensor.name.starts_with(kStart)) continue;
    const std::string name = tensor.name.substr(kStart.size());
    const std::vector<float> start = problem.values(tensor.name),
                             grads = problem.values("grad." + name);
    const auto count = static_cast<std::int64_t>(start.size());
    ASSERT_EQ(grads.size(), start.size() * 20) << name;
    AdamW op;
    op.count = count;
    op.params = allocate(*device, count);
    op.grads = allocate(*device, count);
    op.m = allocate(*device, count);
    op.v = allocate(*device, count);
    op.lr = 1e-2;
    op.weight_decay = 0.01;
    device->write(op.params, start.data());
    for (op.step = 1; op.step <= 20; ++op.step) {
      device->write(op.grads, grads.data() + (op.step - 1) * count);
      device->adamw(op);
      if (op.step != 1 && op.step != 20) continue;
      const std::string expected = "step" + std::to_string(op.step) + "." + name;
      // The golden values are float64 results rounded to float32, and so are these.
      EXPECT_LE(relative_error(read(*device, op.params), golden.values(expected)), 1e-7)
          << expected;
      ++compared;
    }
  }
  EXPECT_GE(compared, 2);
}

}  // namespace
}  // namespace lab
