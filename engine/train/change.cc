#include "train/change.h"

#include <algorithm>
#include <cmath>

#include "tensor/decode.h"

namespace lab {
namespace {

/// Adds to the change; `norm` is the sum of squares until the end.
void compare(const float* now, const float* start, std::int64_t count, Change& change) {
  for (std::int64_t i = 0; i < count; ++i) {
    const double gap = std::abs(static_cast<double>(now[i]) - start[i]);
    change.changed += gap != 0;
    change.norm += gap * gap;
    change.largest = std::max(change.largest, gap);
  }
}

Result<Change> adapter_change(const Trainer& trainer, const AdapterPlan& plan, std::uint64_t seed, Device& scratch) {
  const std::uint32_t width = scratch.real_bytes();
  const std::int64_t count = plan.parameters(), first_norm = (count + 15) / 16 * 16;
  LAB_TRY(const std::uint64_t address, scratch.allocate(static_cast<std::uint64_t>(first_norm + norm_count(plan)) * width));
  const Reals params{address, count, width};
  Model model = trainer.model();
  attach_adapter(model, plan, params, {}, {address + static_cast<std::uint64_t>(first_norm) * width, norm_count(plan), width});
  upload_adapter(scratch, model.config, initial_values(plan, seed), params);
  initial_magnitudes(scratch, model, plan, params);
  const AdapterValues start = download_adapter(scratch, model.config, plan, params);
  const AdapterValues now = download_adapter(trainer.device(), model.config, plan, trainer.params());

  Change change;
  std::int64_t at = 0;
  for (const PairPlan& pair : plan.pairs) {
    const std::int64_t before = change.changed;
    compare(now.values.data() + at, start.values.data() + at, pair.count(), change);
    if (change.changed > before) change.weights_affected += pair.in * pair.out;
    at += pair.count();
  }
  return change;
}

Result<Change> full_change(const Trainer& trainer, const FullPlan& plan, const ModelSource& source) {
  // Whole rows, so that a piece begins where a quantised block does.
  constexpr std::int64_t kPiece = 1 << 20;
  Change change;
  std::vector<float> now, start;
  for (const FullTensor& tensor : plan.tensors) {
    const TensorView* view = source.tensor(tensor.name);
    if (view == nullptr || view->elements() != static_cast<std::uint64_t>(tensor.count))
      return fail(Error{Code::kMismatch, "the tensor is not the one that the model was loaded with"}.in(source.path()).of(tensor.name));
    const auto cols = static_cast<std::int64_t>(tensor.shape.back()), rows = tensor.count / cols;
    const std::int64_t step = std::max<std::int64_t>(1, kPiece / cols);
    const std::size_t row_bytes = view->bytes.size() / static_cast<std::size_t>(rows);
    for (std::int64_t row = 0; row < rows; row += step) {
      const std::int64_t count = std::min(step, rows - row) * cols;
      now.resize(static_cast<std::size_t>(count));
      start.resize(now.size());
      decode(view->dtype, view->bytes.data() + static_cast<std::size_t>(row) * row_bytes, count, start.data());
      trainer.device().read(trainer.params().slice(tensor.first + row * cols, count), now.data());
      compare(now.data(), start.data(), count, change);
    }
  }
  change.weights_affected = change.changed;
  return change;
}

}  // namespace

Result<Change> change_since_start(const Trainer& trainer, const ModelSource& source, std::uint64_t seed, Device& scratch) {
  const AdapterPlan* plan = trainer.trainable().adapter();
  auto change = plan != nullptr ? adapter_change(trainer, *plan, seed, scratch) : full_change(trainer, *trainer.trainable().full(), source);
  if (change) change->norm = std::sqrt(change->norm);
  return change;
}

}  // namespace lab
