// Workbench: what most commands need at hand: threads, device, model, tokenizer, adapter.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapter/gguf_adapter.h"
#include "base/thread_pool.h"
#include "device/device.h"
#include "device/precision.h"
#include "model/model.h"
#include "model/source.h"
#include "text/tokenizer.h"

namespace lab::cli {

struct ModelOptions {
  std::string model = "smollm2-135m";
  std::string adapter;
  int threads = 0;
  std::string precision = "auto";
};
void add_model_options(CLI::App& command, ModelOptions& options, bool with_adapter = true);

struct Workbench {
  std::unique_ptr<ThreadPool> pool;
  std::unique_ptr<Device> device;
  std::shared_ptr<const ModelSource> source;
  Model base;                                    ///< without adapter
  Model model;                                   ///< with the adapter, if one was given
  std::optional<LoadedAdapter> adapter;

  Workbench() = default;
  Workbench(Workbench&&) = default;
};

/// Opens everything that the options name. Errors say what is missing and how to get it.
Result<Workbench> open_workbench(const ModelOptions& options);

/// Puts an adapter's numbers on the device and returns `base` with its pairs.
Result<Model> with_adapter(Device& device, const Model& base, const AdapterValues& values);

/// What --precision says; auto is `automatic`. kUnsupported for bf16 where the processor does not compute in it.
Result<Precision> choose_precision(const std::string& name, Precision automatic);

}  // namespace lab::cli
