#include "device/stored_weight.h"

#include <optional>
#include <utility>

#include "base/cat.h"
#include "base/checked.h"

namespace lab {

Result<Weight> stored_weight(const TensorView& matrix) {
  const DTypeInfo& type = info(matrix.dtype);
  if (matrix.shape.size() != 2 || matrix.shape[0] == 0 || matrix.shape[1] == 0)
    return fail(Code::kMismatch, cat("a weight must be a matrix, this has ", matrix.shape.size(),
                                     " dimensions, or one of size 0"));
  if (!type.decodable)
    return fail(Code::kUnsupported, cat("a weight cannot be of type ", type.name));
  const auto [rows, cols] = std::pair(matrix.shape[0], matrix.shape[1]);
  if (cols % type.block_elements != 0)
    return fail(Code::kUnsupported, cat("rows of ", cols, " elements are no whole number of ",
                                        type.name, " blocks of ", type.block_elements));
  const auto elements = checked_mul(rows, cols);
  const auto bytes = elements ? storage_bytes(matrix.dtype, *elements) : std::nullopt;
  if (!bytes || *bytes != matrix.bytes.size())
    return fail(Code::kMismatch, cat("a ", type.name, " matrix of ", rows, " x ", cols,
                                     " does not have ", matrix.bytes.size(), " bytes"));
  return Weight{reinterpret_cast<std::uint64_t>(matrix.bytes.data()), matrix.dtype,
                static_cast<std::int64_t>(rows), static_cast<std::int64_t>(cols)};
}

}  // namespace lab
