#include "interrupts.h"

#include <csignal>
#include <unistd.h>

#include <atomic>

#include "report.h"

namespace lab::cli {
namespace {

std::atomic<int> count{0};
std::atomic<bool> term{false};
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

void on_signal(int signal) {
  if (signal == SIGTERM) term = true;
  if (count.fetch_add(1) > 0) _exit(kInterruptedStatus);
}

}  // namespace

void catch_interrupts(Reading reading) {
  struct sigaction action{};
  action.sa_handler = on_signal;
  action.sa_flags = reading == Reading::kGoesOn ? SA_RESTART : 0;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

int interrupts() { return count; }
bool terminated() { return term; }
void forget_interrupts() { count = 0; }

}  // namespace lab::cli
