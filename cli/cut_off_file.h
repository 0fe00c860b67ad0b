// What the program says when a file that it has mapped is cut off meanwhile.
#pragma once

namespace lab::cli {

/// Answers SIGBUS with a sentence on standard error and exit status 1, in place of a silent death.
void explain_cut_off_files();

}  // namespace lab::cli
