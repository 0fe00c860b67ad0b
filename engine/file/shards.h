// The weights of a Hugging Face folder: one safetensors file, or shards with an index, as one
// table.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "file/safetensors.h"

namespace lab {

/// Views live as long as this object.
class Shards {
 public:
  /// Opens model.safetensors if the folder has it, else what model.safetensors.index.json lists.
  /// kNotFound if there is neither, or a listed shard is missing; kCorrupt for a shard outside the
  /// folder, a tensor in two shards or not in the shard that the index names; and the errors of
  /// Safetensors::read and parse_json.
  static Result<Shards> open(const std::string& folder);
  Shards(Shards&&) = default;
  Shards& operator=(Shards&&) = default;

  const std::vector<Safetensors>& files() const { return files_; }
  std::size_t size() const { return index_.size(); }                      ///< tensors in all
  const TensorView* tensor(std::string_view name) const;                  ///< null if absent
  /// Every tensor by name, in the order of the names.
  const std::map<std::string, const TensorView*, std::less<>>& tensors() const { return index_; }

 private:
  Shards() = default;
  Status add(const std::string& path);

  std::vector<Safetensors> files_;
  std::map<std::string, const TensorView*, std::less<>> index_;
};

}  // namespace lab
