// Merging: adds an adapter into its base's weights.
#pragma once

#include "adapter/adapter_values.h"
#include "adapter/model_writer.h"

namespace lab {

/// An edit for write_model() that turns W into g * (W + scale B A), in the order of the source's rows;
/// `values` must outlive it. Products are summed in double precision. kNotFinite names a tensor whose
/// merged values are not. A tied head or embedding that only one of the two modules targets is
/// kUnsupported: the merged file would have to hold both.
Result<TensorEdit> merge_edit(const ModelConfig& config, const AdapterValues& values);

}  // namespace lab
