// The connections that are open, and who has to go when there are too many.
#pragma once

#include <cstddef>
#include <list>
#include <mutex>

#include "server/connection.h"

namespace lab::server {

/// Slow clients hold their connections until their time is over; so that they never hold up a new
/// one, the oldest of them makes room for it.
class Crowd {
 public:
  explicit Crowd(std::size_t most) : most_(most) {}

  /// A new connection was accepted and will be served; cuts another if there are too many.
  void announce();
  /// An announced connection is being served.
  void enter(Connection& connection);
  /// It is over.
  void leave(Connection& connection);
  /// Cuts all, and those that enter later.
  void cut_all();

  std::size_t most() const { return most_; }

 private:
  bool cut_oldest(Connection::State state);

  std::size_t most_, announced_ = 0;
  bool closed_ = false;
  std::mutex mutex_;
  std::list<Connection*> open_;      ///< oldest first
};

}  // namespace lab::server
