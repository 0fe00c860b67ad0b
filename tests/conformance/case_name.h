// Names of golden cases as parts of test names, which may hold no hyphen.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <tuple>

#include "devices.h"

namespace lab {

inline std::string without_hyphens(std::string name) {
  std::ranges::replace(name, '-', '_');
  return name;
}

inline std::string case_name(const testing::TestParamInfo<std::string>& info) { return without_hyphens(info.param); }

/// A golden case on a device.
using DeviceCase = std::tuple<std::string, TestedDevice>;
inline std::string device_case_name(const testing::TestParamInfo<DeviceCase>& info) {
  return without_hyphens(std::get<0>(info.param) + "_" + device_name(std::get<1>(info.param)));
}

}  // namespace lab
