// Reads the golden files of the oracle, and measures agreement as its tolerances are stated.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "file/safetensors.h"
#include "tensor/decode.h"

namespace lab {

inline std::string oracle_path(const std::string& name) { return std::string(LAB_ORACLE_DIR) + "/" + name; }

/// A golden safetensors file; a missing one or a missing tensor fails the test.
class OracleFile {
 public:
  explicit OracleFile(const std::string& name) : file_(open(oracle_path(name))) {}

  bool has(const std::string& name) const { return file_.tensor(name) != nullptr; }
  const TensorView& view(const std::string& name) const {
    const TensorView* view = file_.tensor(name);
    if (view == nullptr) {
      ADD_FAILURE() << file_.name() << " lacks " << name;
      static const TensorView none;
      return none;
    }
    return *view;
  }
  std::vector<float> floats(const std::string& name) const {
    const TensorView& v = view(name);
    std::vector<float> out(v.bytes.empty() ? 0 : v.elements());
    if (!out.empty()) decode(v.dtype, v.bytes.data(), static_cast<std::int64_t>(out.size()), out.data());
    return out;
  }
  std::vector<std::int32_t> ints(const std::string& name) const {
    const TensorView& v = view(name);
    std::vector<std::int32_t> out(v.bytes.size() / 4);
    if (!out.empty()) std::memcpy(out.data(), v.bytes.data(), out.size() * 4);
    return out;
  }
  std::vector<std::string> names(const std::string& prefix) const {
    std::vector<std::string> out;
    for (const NamedTensor& tensor : file_.tensors())
      if (tensor.name.starts_with(prefix)) out.push_back(tensor.name);
    return out;
  }

 private:
  static Safetensors open(const std::string& path) {
    auto source = map_file(path);
    if (!source) ADD_FAILURE() << source.error().text();
    return Safetensors::read(source.value()).value();
  }
  Safetensors file_;
};

/// max |a - b| / max |b|, the oracle's measure; infinite if the sizes differ.
inline double difference(const std::vector<float>& ours, const std::vector<float>& golden) {
  if (ours.size() != golden.size()) return INFINITY;
  double most = 0, scale = 0;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    const double gap = std::abs(static_cast<double>(ours[i]) - golden[i]);
    if (!(gap <= most)) most = gap;  // also keeps NaN
    scale = std::max(scale, static_cast<double>(std::abs(golden[i])));
  }
  return scale > 0 ? most / scale : most;
}

}  // namespace lab
