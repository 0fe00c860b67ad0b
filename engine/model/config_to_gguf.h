// config_to_gguf(): a model's shape as the metadata of a GGUF file.
#pragma once

#include "base/result.h"
#include "file/gguf_writer.h"
#include "model/config.h"

namespace lab {

/// The architecture's name in GGUF: llama.cpp has none of its own for Mistral's models.
std::string_view gguf_architecture(Family family);

/// In llama.cpp's graph for this family, are the two of a rotated pair neighbours? Then its files hold q and k in that order.
bool rotates_neighbours_in_gguf(Family family);

/// general.architecture and the keys of that architecture, as llama.cpp's converter writes them. kUnsupported for rope scaling that
/// these keys cannot say, and for windows that only some layers have.
Result<GgufMetadata> config_to_gguf(const ModelConfig& config);

/// What Llama 3's scaling divides each plain frequency by, for rope_freqs.weight; empty without it.
std::vector<double> rope_divisors(const RopeScaling& rope);

}  // namespace lab
