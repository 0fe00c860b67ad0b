#include "progress.h"

#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <limits>
#include <thread>

#include "base/cat.h"
#include "file/json.h"
#include "interrupts.h"
#include "report.h"

namespace lab::cli {
Progress::Progress(std::int64_t steps, bool quiet)
    : steps_(steps), quiet_(quiet), terminal_(isatty(STDERR_FILENO) == 1), started_(Clock::now()) {
  if (!quiet_) waiting_.quietly_on("measuring the held-out loss");
}

Progress::~Progress() {
  if (log_ != nullptr) std::fclose(log_);
}

Status Progress::log_to(const std::string& path, bool append) {
  log_ = std::fopen(path.c_str(), append ? "a" : "w");
  if (log_ == nullptr) return fail(Error{Code::kIo, cat("cannot write the log: ", std::strerror(errno))}.in(path));
  return {};
}

void Progress::say(const std::string& line) {
  if (quiet_) return;
  std::fprintf(stderr, terminal_ ? "\r\033[K%s\n" : "%s\n", line.c_str());
  waiting_.quietly_on("at work");
}

void Progress::show(const StepRecord& r, double eta_s) {
  constexpr int kWidth = 24;
  const int filled = static_cast<int>(kWidth * r.step / std::max<std::int64_t>(steps_, 1));
  std::string bar;
  for (int i = 0; i < kWidth; ++i) bar += i < filled ? "█" : "░";
  std::string line = cat("step ", r.step, "/", steps_, "  loss ", fixed(smooth_loss_, 3), "  ", fixed(r.tokens_per_s, 0), " tok/s");
  if (std::isfinite(eta_s)) line += cat("  ", human_time(eta_s), " left");
  std::fprintf(stderr, terminal_ ? "\r\033[K%s %s" : "%s%s\n", terminal_ ? bar.c_str() : "", line.c_str());
  std::fflush(stderr);
}

void Progress::on_step(const StepRecord& r) {
  const auto now = Clock::now();
  if (!quiet_) waiting_.quietly_on(cat("at work after step ", r.step));
  if (first_step_ < 0) {
    first_step_ = r.step - 1;
    smooth_loss_ = r.loss;
    started_ = now - std::chrono::microseconds(1);
  }
  smooth_loss_ += 0.1 * (r.loss - smooth_loss_);
  if (log_ != nullptr) {
    Json line = Json::Object{};
    line.set("step", r.step).set("tokens", r.tokens).set("loss", r.loss).set("lr", r.lr).set("grad_norm", r.grad_norm);
    line.set("tokens_per_s", r.tokens_per_s).set("memory_bytes", peak_resident_bytes());
    std::fprintf(log_, "%s\n", line.dump().c_str());
    std::fflush(log_);
  }
  const bool last = r.step == steps_;
  const double pause_s = terminal_ ? 0.1 : 5.0;
  if (quiet_ || (!last && std::chrono::duration<double>(now - shown_).count() < pause_s)) return;
  shown_ = now;
  const double done = static_cast<double>(r.step - first_step_);
  const double per_step = done > 1 ? std::chrono::duration<double>(now - started_).count() / (done - 1) : std::numeric_limits<double>::infinity();
  show(r, last ? 0 : per_step * static_cast<double>(steps_ - r.step));
  if (last && terminal_) std::fprintf(stderr, "\n");
}

void Progress::on_validation(std::int64_t step, double loss) {
  say(cat("  held-out loss after step ", step, ": ", fixed(loss, 4)));
  if (log_ == nullptr) return;
  Json line = Json::Object{};
  std::fprintf(log_, "%s\n", line.set("step", step).set("val_loss", loss).dump().c_str());
  std::fflush(log_);
}

void Progress::on_saved(std::int64_t step) { say(cat("  saved after step ", step)); }

void Progress::on_skipped(const Error& error) { say(cat("  left out: ", error.text())); }

bool Progress::stop_wanted() { return interrupts() > 0; }

bool Progress::try_again(const Error& error) {
  constexpr int kPause_s = 5;
  say(cat(error.text(), " The run waits and tries again every ", kPause_s, " s; Ctrl-C ends it."));
  for (int i = 0; i < 10 * kPause_s && !stop_wanted(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  return !stop_wanted();
}

}  // namespace lab::cli
