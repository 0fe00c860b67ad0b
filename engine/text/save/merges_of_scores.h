// merges_of_scores(): SentencePiece's scored pieces as the ordered merges of byte-pair encoding.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "text/load/gguf_tables.h"

namespace lab {

/// Every way to put a piece together from two pieces, best score first. SentencePiece joins the neighbours whose piece has the
/// best score, and BPE those whose merge comes first; so both join alike. `scores`: one a piece.
std::vector<std::pair<std::string_view, std::string_view>> merges_of_scores(const GgufTokens& tokens, const std::vector<float>& scores);

}  // namespace lab
