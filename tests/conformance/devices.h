// The devices that every conformance test runs on.
#pragma once

#include <memory>
#include <string>

#include "base/thread_pool.h"
#include "device/cpu/cpu_device.h"
#include "device/reference/reference_device.h"

namespace lab {

enum class TestedDevice { kReference, kCpu };
inline std::string device_name(TestedDevice device) { return device == TestedDevice::kCpu ? "cpu" : "reference"; }

inline std::unique_ptr<Device> make_device(TestedDevice device) {
  static ThreadPool pool(2);
  return device == TestedDevice::kCpu ? make_cpu_device(pool) : make_reference_device();
}

}  // namespace lab
