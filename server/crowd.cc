#include "server/crowd.h"

#include <algorithm>

namespace lab::server {

void Crowd::announce() {
  const std::lock_guard lock(mutex_);
  ++announced_;
  cut_one();
}

void Crowd::make_room() {
  const std::lock_guard lock(mutex_);
  cut_one();
}

void Crowd::cut_one() {
  if (announced_ - cut_.size() <= most_) return;
  const auto slowest = std::ranges::min_element(open_, {}, &Connection::waits_since);
  if (slowest == open_.end() || (*slowest)->waits_since() == Connection::Clock::time_point::max()) return;
  (*slowest)->cut();
  cut_.insert(*slowest);
  open_.erase(slowest);
}

void Crowd::enter(Connection& connection) {
  const std::lock_guard lock(mutex_);
  if (closed_) connection.cut();
  open_.push_back(&connection);
}

void Crowd::leave(Connection& connection) {
  const std::lock_guard lock(mutex_);
  if (cut_.erase(&connection) == 0) open_.remove(&connection);
  --announced_;
}

void Crowd::cut_all() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  for (Connection* connection : open_) connection->cut();
}

}  // namespace lab::server
