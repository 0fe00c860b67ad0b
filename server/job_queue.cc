#include "server/job_queue.h"

#include <new>
#include <utility>

namespace lab::server {

bool Job::wait(std::chrono::milliseconds time, std::string& text) {
  std::unique_lock lock(mutex_);
  news_.wait_for(lock, time, [this] { return over_ || !text_.empty(); });
  text = std::exchange(text_, {});
  return over_;
}

bool Job::put(std::string_view text) {
  if (cancelled_) return false;
  {
    const std::lock_guard lock(mutex_);
    text_ += text;
  }
  if (!text.empty()) news_.notify_one();
  return true;
}

void Job::run(const Generator& generator) {
  std::expected<Answered, ApiError> outcome;
  try {
    if (!cancelled_) outcome = generator(request_, [this](std::string_view text) { return put(text); });
  } catch (const std::bad_alloc&) {
    outcome = std::unexpected(ApiError{500, "There is not enough memory for this answer.", {}, "out_of_memory"});
  }
  {
    const std::lock_guard lock(mutex_);
    outcome_ = std::move(outcome);
    over_ = true;
  }
  news_.notify_one();
}

JobQueue::JobQueue(Generator generator, std::size_t waiting)
    : generator_(std::move(generator)), waiting_(waiting), worker_([this] { work(); }) {}

JobQueue::~JobQueue() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    for (const auto& job : jobs_) job->cancel();
  }
  changed_.notify_one();
  worker_.join();
}

std::shared_ptr<Job> JobQueue::submit(ChatRequest request) {
  auto job = std::make_shared<Job>(std::move(request));
  {
    const std::lock_guard lock(mutex_);
    // Those whose clients have gone take no place.
    for (auto it = jobs_.begin(); it != jobs_.end();)
      it = it != jobs_.begin() && (*it)->cancelled_ ? jobs_.erase(it) : it + 1;
    if (jobs_.size() > waiting_ || ending_) return nullptr;
    jobs_.push_back(job);
  }
  changed_.notify_one();
  return job;
}

void JobQueue::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    const std::shared_ptr<Job> job = jobs_.front();
    lock.unlock();
    job->run(generator_);
    lock.lock();
    jobs_.pop_front();
  }
}

}  // namespace lab::server
