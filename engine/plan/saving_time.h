// saving_s_per_byte(): how long a folder's disk takes for what a run saves.
#pragma once

#include <string>

namespace lab {

/// Hashes, writes and syncs some megabytes in `folder`, to a file whose name is gone before. 0 where that cannot be done:
/// then the run itself will say why.
double saving_s_per_byte(const std::string& folder);

}  // namespace lab
