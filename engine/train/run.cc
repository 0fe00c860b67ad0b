#include "train/run.h"
#include "base/out_of_memory.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <limits>
#include <vector>

#include "train/frozen_file.h"
#include "train/trained_weights.h"

namespace lab {
namespace {

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

constexpr std::uint64_t kMostFrozenBytes = std::uint64_t{4} << 30;

/// Where the lowest layers are frozen and micro-batches come again, so that looking up beats computing.
void remember_frozen_layers(Trainer& trainer, const Dataset& dataset, const RunSettings& s, const std::string& folder) {
  const std::int64_t rows = dataset.train.count(), held_out = dataset.validation.count();
  const bool again = (s.steps - trainer.steps_done()) * s.grad_accum > rows || held_out > 0;
  if (trainer.frozen_layers() == 0 || !remembers_frozen_layers(s) || !again) return;
  std::error_code problem;
  const std::uintmax_t room = std::filesystem::space(folder, problem).available;
  if (problem) return;
  auto file = FrozenFile::create(folder, static_cast<std::size_t>(rows + held_out), std::min<std::uint64_t>(kMostFrozenBytes, room / 2));
  if (file) trainer.remember_frozen(std::move(*file));  // without it the run only takes longer
}

/// The run's state between steps.
class Run {
 public:
  Run(Trainer& trainer, const Dataset& dataset, const RunSettings& settings, const RunPlace& place, RunListener& listener)
      : trainer_(trainer), dataset_(dataset), settings_(settings), place_(place), listener_(listener),
        cursor_(dataset.train.count(), settings.seed) {
    for (std::int64_t i = 0; i < settings.grad_accum; ++i) micro_.emplace_back(settings.batch * settings.context);
  }

  Result<RunReport> run(const CheckpointInfo* resumed) {
    if (resumed != nullptr) {
      LAB_CHECK(cursor_.seek(resumed->cursor));
      LAB_CHECK(take_history(resumed->history));
      report_.tokens = resumed->tokens;
      last_saved_ = resumed->step;
    } else {
      report_.val_loss_first = validate();
    }
    report_.val_loss_last = resumed == nullptr ? report_.val_loss_first : std::numeric_limits<double>::quiet_NaN();
    while (trainer_.steps_done() < settings_.steps && !report_.interrupted) LAB_CHECK(step());
    const bool due = !report_.interrupted && last_validated_ != trainer_.steps_done();
    if (due) report_.val_loss_last = validate();
    if (last_saved_ != trainer_.steps_done()) LAB_CHECK(save());
    report_.steps = trainer_.steps_done();
    report_.steps_s = step_seconds_;
    report_.tokens_per_s = step_seconds_ > 0 ? static_cast<double>(step_tokens_) / step_seconds_ : 0;
    return report_;
  }

 private:
  Status step() {
    const auto start = Clock::now();
    const CursorState before = cursor_.state();
    for (Batch& batch : micro_) {
      batch.clear();
      for (std::int64_t i = 0; i < settings_.batch; ++i) dataset_.append_row(dataset_.train, cursor_.next(), batch);
    }
    const std::int64_t index = trainer_.steps_done();
    const double lr = settings_.adamw.lr * schedule_factor(settings_.schedule, index, settings_.warmup, settings_.steps);
    auto stepped = trainer_.step(micro_, lr);
    if (!stepped) return not_applied(std::move(stepped.error()), before);
    const StepResult result = *stepped;
    const double seconds = seconds_since(start);
    step_seconds_ += seconds;
    step_tokens_ += result.tokens;
    report_.tokens += result.tokens;
    if (index == 0) report_.loss_first = result.loss;
    report_.loss_last = result.loss;
    listener_.on_step({index + 1, report_.tokens, result.loss, lr, result.grad_norm, static_cast<double>(result.tokens) / seconds});

    const std::int64_t done = trainer_.steps_done();
    if (settings_.eval_every > 0 && done % settings_.eval_every == 0) report_.val_loss_last = validate();
    if (settings_.save_every > 0 && done % settings_.save_every == 0) LAB_CHECK(save());
    report_.interrupted = done < settings_.steps && listener_.stop_wanted();
    return {};
  }

  /// Mean loss of the validation rows; NaN if there are none.
  double validate() {
    last_validated_ = trainer_.steps_done();
    Trainer::Loss total;
    Batch& batch = micro_.front();
    for (std::int64_t row = 0; row < dataset_.validation.count();) {
      batch.clear();
      for (std::int64_t i = 0; i < settings_.batch && row < dataset_.validation.count(); ++i)
        dataset_.append_row(dataset_.validation, row++, batch);
      const Trainer::Loss loss = trainer_.evaluate(batch);
      total.sum += loss.sum;
      total.tokens += loss.tokens;
    }
    if (total.tokens == 0) return std::numeric_limits<double>::quiet_NaN();
    const double loss = total.sum / static_cast<double>(total.tokens);
    listener_.on_validation(trainer_.steps_done(), loss);
    return loss;
  }

  /// A step failed and left everything as it was; its rows began at `rows`.
  Status not_applied(Error error, CursorState rows) {
    error.file = settings_.data;
    if (error.code == Code::kNotFinite && report_.skipped < settings_.skip_nonfinite) {
      ++report_.skipped;
      listener_.on_skipped(error);
      return {};
    }
    if (error.code == Code::kNotFinite && last_saved_ != trainer_.steps_done()) {
      LAB_CHECK(cursor_.seek(rows));  // a run that goes on from here meets them again
      LAB_CHECK(save());
    }
    return fail(std::move(error));
  }

  Status save() {
    for (;;) {
      const auto start = Clock::now();
      Status saved = write();
      report_.saving_s += seconds_since(start);
      if (saved || saved.error().code != Code::kDiskFull || !listener_.try_again(saved.error())) return saved;
    }
  }

  Status write() {
    if (last_saved_ < 0) discard_checkpoints(place_.folder);  // of another run
    LAB_CHECK(save_trained(trainer_, settings_, place_));
    CheckpointInfo info;
    info.step = trainer_.steps_done();
    info.tokens = report_.tokens;
    info.cursor = cursor_.state();
    info.model_sha256 = place_.model_sha256;
    info.corpus_sha256 = dataset_.corpus_sha256;
    info.rows_sha256 = dataset_.rows_sha256;
    info.program = place_.program;
    info.device = place_.device;
    info.settings = to_json(settings_);
    info.history = Json(Json::Object{}).set("loss_first", report_.loss_first).set("loss_last", report_.loss_last)
                       .set("val_loss_first", report_.val_loss_first).set("skipped", report_.skipped);
    LAB_CHECK(write_checkpoint(place_.folder, trainer_, info));
    last_saved_ = info.step;
    listener_.on_saved(info.step);
    return {};
  }

  Status take_history(const Json& history) {
    auto number = [&](const char* key) {
      const Json* value = history.find(key);
      return value != nullptr && value->is_number() ? value->number() : std::numeric_limits<double>::quiet_NaN();
    };
    report_.loss_first = number("loss_first");
    report_.loss_last = number("loss_last");
    report_.val_loss_first = number("val_loss_first");
    LAB_TRY(report_.skipped, need_integer(history, "skipped"));
    return {};
  }

  Trainer& trainer_;
  const Dataset& dataset_;
  const RunSettings& settings_;
  const RunPlace& place_;
  RunListener& listener_;
  Cursor cursor_;
  std::vector<Batch> micro_;
  RunReport report_;
  double step_seconds_ = 0;
  std::int64_t step_tokens_ = 0, last_saved_ = -1, last_validated_ = -1;
};

}  // namespace

Status save_trained(const Trainer& trainer, const RunSettings& settings, const RunPlace& place) {
  Device& device = trainer.device();
  if (const AdapterPlan* plan = trainer.trainable().adapter())
    return write_peft(place.folder, download_adapter(device, trainer.model().config, *plan, trainer.params()), settings.lora, place.base_model);
  const std::string out = place.source->gguf() != nullptr ? place.folder + "/model.gguf" : place.folder;
  auto written = write_model(out, *place.source, DType::kF32, trained_weights(trainer));
  if (!written) return fail(std::move(written.error()));
  return {};
}

Result<RunReport> run_training(Trainer& trainer, const Dataset& dataset, const RunSettings& settings,
                               const RunPlace& place, const CheckpointInfo* resumed, RunListener& listener) {
  return or_out_of_memory("training", [&]() -> Result<RunReport> {
    remember_frozen_layers(trainer, dataset, settings, place.folder);
    return Run(trainer, dataset, settings, place, listener).run(resumed);
  });
}

}  // namespace lab
