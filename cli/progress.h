// Progress of a training run: a bar on a terminal, a line every few seconds elsewhere, and a log file.
#pragma once

#include <chrono>
#include <cstdio>
#include <string>

#include "base/result.h"
#include "train/run.h"
#include "waiting.h"

namespace lab::cli {

class Progress final : public RunListener {
 public:
  Progress(std::int64_t steps, bool quiet);
  ~Progress() override;

  /// Also writes JSON lines: one for each step, and one with val_loss for each validation.
  Status log_to(const std::string& path, bool append);

  void on_step(const StepRecord& record) override;
  void on_validation(std::int64_t step, double loss) override;
  void on_saved(std::int64_t step) override;
  bool stop_wanted() override;
  bool try_again(const Error& error) override;
  void on_skipped(const Error& error) override;

 private:
  using Clock = std::chrono::steady_clock;
  void show(const StepRecord& record, double eta_s);
  void say(const std::string& line);

  std::int64_t steps_, first_step_ = -1;
  bool quiet_, terminal_;
  std::FILE* log_ = nullptr;
  double smooth_loss_ = 0;
  Clock::time_point started_, shown_;
  Waiting waiting_;                  ///< for validations, saving and long steps
};

}  // namespace lab::cli
