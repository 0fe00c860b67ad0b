// The connections that are open, and who has to go when there are too many.
#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <set>

#include "server/connection.h"

namespace lab::server {

/// A client may take its time. But when others wait for their turn, the one that has been waited for
/// since the longest time has to go; so slow clients, however many, hold up nobody.
class Crowd {
 public:
  explicit Crowd(std::size_t most) : most_(most) {}

  /// A new connection was accepted and will be served.
  void announce();
  /// An announced connection is being served now.
  void enter(Connection& connection);
  /// It is over.
  void leave(Connection& connection);
  /// If there are too many, cuts the one that has waited for its client longest. To be called whenever one
  /// begins to wait.
  void make_room();
  /// Cuts all, and those that enter later.
  void cut_all();

  std::size_t most() const { return most_; }

 private:
  void cut_one();

  std::size_t most_, announced_ = 0;
  bool closed_ = false;
  std::mutex mutex_;
  std::list<Connection*> open_;      ///< without those of cut_
  std::set<Connection*> cut_;        ///< those that were cut and have not left yet
};

}  // namespace lab::server
