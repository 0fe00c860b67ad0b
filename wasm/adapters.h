// Adapters that are loaded, and which of them, or which training run, a request computes with.
#pragma once

#include <memory>
#include <string>

#include "adapter/gguf_adapter.h"
#include "objects.h"

namespace lab::wasm {

/// An adapter's pairs on a device of their own, and the base with them.
struct Attached {
  std::unique_ptr<Device> device;
  AdapterPlan plan;
  Reals params;
  Model model;

  AdapterValues values() const;
};

/// `strength` multiplies every pair's scale.
Result<std::shared_ptr<const Attached>> attach(const Model& base, AdapterValues values, double strength);

struct OpenAdapter {
  std::shared_ptr<OpenModel> model;
  std::shared_ptr<const Attached> attached;
};

/// The model that a request wants to compute with.
struct ChosenModel {
  std::string name;                  ///< the same for the same weights: what was fed through it can be continued
  std::shared_ptr<const void> owner; ///< keeps it alive
  const Model* model = nullptr;
};

/// The base, or the base with the request's "adapter" or its "run" as it is now, at the request's
/// "strength". A run's adapter is copied, so that the run can go on meanwhile; a whole model that is
/// trained is not.
Result<ChosenModel> choose_model(const std::shared_ptr<OpenModel>& model, const Json& request);

/// The values of the request's "adapter" or "run"; nullopt if it names neither. kUnsupported for a run that
/// trains a whole model.
Result<std::optional<AdapterValues>> chosen_values(const OpenModel& model, const Json& request);

}  // namespace lab::wasm
