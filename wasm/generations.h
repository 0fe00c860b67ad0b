// OpenGeneration: a text that a model is writing, token by token.
#pragma once

#include <memory>
#include <vector>

#include "adapters.h"

namespace lab::wasm {

struct OpenGeneration {
  std::shared_ptr<OpenModel> model;
  ChosenModel chosen;
  std::unique_ptr<Generation> generation;  ///< null when something else has taken the session
  std::int64_t unread = 0;                 ///< tokens of the prompt that are still to be read
};

}  // namespace lab::wasm
