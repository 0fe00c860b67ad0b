#include "server/crowd.h"

#include <algorithm>

namespace lab::server {

void Crowd::announce() {
  const std::lock_guard lock(mutex_);
  if (++announced_ <= most_) return;
  // Who has not even said what it wants goes first; who waits for the model is never cut.
  if (!cut_oldest(Connection::State::kReading)) cut_oldest(Connection::State::kWriting);
}

bool Crowd::cut_oldest(Connection::State state) {
  const auto found = std::ranges::find_if(open_, [state](const Connection* c) { return c->state() == state; });
  if (found == open_.end()) return false;
  (*found)->cut();
  open_.erase(found);
  return true;
}

void Crowd::enter(Connection& connection) {
  const std::lock_guard lock(mutex_);
  if (closed_) connection.cut();
  open_.push_back(&connection);
}

void Crowd::leave(Connection& connection) {
  const std::lock_guard lock(mutex_);
  open_.remove(&connection);
  --announced_;
}

void Crowd::cut_all() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  for (Connection* connection : open_) connection->cut();
}

}  // namespace lab::server
