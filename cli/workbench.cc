#include "workbench.h"

#include <filesystem>

#include "base/cat.h"
#include "device/cpu/cpu_device.h"
#include "kernels/isa.h"
#include "known_models.h"
#include "usage.h"

namespace lab::cli {

void add_model_options(CLI::App& command, ModelOptions& options, bool with_adapter) {
  command.add_option("--model", options.model, "A known name, a .gguf file, or a Hugging Face folder")->capture_default_str();
  if (with_adapter)
    command.add_option("--adapter", options.adapter, "A PEFT folder, an adapter_model.safetensors, or a GGUF adapter");
  command.add_option("--threads", options.threads, "Threads to use; 0 takes all cores")->capture_default_str()->check(in_range(0, 1024));
  command.add_option("--precision", options.precision, "f32 (what auto means here), or bf16 where the processor computes in it")
      ->capture_default_str()->check(CLI::IsMember({"f32", "bf16", "auto"}));
}

Result<Precision> choose_precision(const std::string& name, Precision automatic) {
  const Precision precision = parse_precision(name).value_or(automatic);
  if (precision == Precision::kFloat32 || kernels::computes_bfloat16()) return precision;
  return fail(Error{Code::kUnsupported, "this processor does not compute in bfloat16, which takes AVX512-BF16"}.of("precision")
                  .fix("Use --precision f32."));
}

Result<Model> with_adapter(Device& device, const Model& base, const AdapterValues& values) {
  const std::uint32_t width = device.real_bytes();
  const std::int64_t count = values.plan.parameters(), norms = norm_count(values.plan);
  LAB_TRY(const std::uint64_t address, device.allocate(static_cast<std::uint64_t>(count + 16 + norms) * width));
  const Reals params{address, count, width};
  const Reals norm{address + static_cast<std::uint64_t>((count + 15) / 16 * 16) * width, norms, width};
  upload_adapter(device, base.config, values, params);
  Model model = base;
  attach_adapter(model, values.plan, params, {}, norm);
  refresh_norms(device, model, values.plan);
  return model;
}

Result<Workbench> open_workbench(const ModelOptions& options) {
  // Answers and measurements are float32 unless someone asks: rounding would change them from machine to machine.
  LAB_TRY(const Precision precision, choose_precision(options.precision, Precision::kFloat32));
  Workbench bench;
  const std::string path = resolve_model(options.model);
  auto source = ModelSource::open(path);
  if (!source) {
    std::error_code ignored;
    const bool known = path != options.model;
    if (known && !std::filesystem::exists(path, ignored))
      return fail(Error{Code::kNotFound, cat("the model ", options.model, " is not on this machine yet")}
                      .in(path).fix("Run ./lab build, which fetches it."));
    return fail(std::move(source.error()));
  }
  bench.source = *source;
  bench.pool = std::make_unique<ThreadPool>(options.threads);
  bench.device = make_cpu_device(*bench.pool, precision);
  LAB_TRY(bench.base, load_model(*bench.device, *bench.source));
  bench.model = bench.base;
  if (!options.adapter.empty()) {
    LAB_TRY(bench.adapter, read_adapter(options.adapter, bench.base.config));
    LAB_TRY(bench.model, with_adapter(*bench.device, bench.base, bench.adapter->adapter));
  }
  return bench;
}

}  // namespace lab::cli
