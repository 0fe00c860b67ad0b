#include "cut_off_file.h"

#include <signal.h>
#include <unistd.h>

namespace lab::cli {
namespace {

// Only what is allowed in a signal handler: no allocation, no streams, no destructors.
void explain(int) {
  constexpr char kText[] =
      "lora-lab: a file was cut off while it was being read, or its disk fails. "
      "Keep models and corpora as they are until the program has ended.\n";
  if (write(STDERR_FILENO, kText, sizeof kText - 1) < 0) _exit(1);  // nobody is there to read it
  _exit(1);
}

}  // namespace

void explain_cut_off_files() {
  struct sigaction action = {};
  action.sa_handler = explain;
  sigaction(SIGBUS, &action, nullptr);
}

}  // namespace lab::cli
