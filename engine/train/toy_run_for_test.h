// A whole training run in milliseconds: the tiny model, documents that need no tokenizer, and several
// epochs with accumulation, dropout, packing and validation.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>

#include "device/cpu/cpu_device.h"
#include "train/initial.h"
#include "train/run.h"
#include "train/tiny_model_for_test.h"

namespace lab {

inline Dataset toy_dataset(std::int64_t context) {
  Dataset dataset;
  std::vector<Piece> train, held_out;
  for (int i = 0; i < 23; ++i) {
    Document document;
    for (int t = 0; t < 5 + i % 9; ++t) document.ids.push_back((i * 7 + t * 3) % 40);
    document.loss.assign(document.ids.size(), 1);
    document.line = i + 1;
    dataset.documents.append(document);
    CutCounts counts;
    EXPECT_TRUE(cut_document(dataset.documents, i, context, LongDocument::kSplit, i % 6 == 0 ? held_out : train, counts));
  }
  dataset.train = pack_rows(train, context);
  dataset.validation = pack_rows(held_out, context);
  dataset.corpus_sha256 = "corpus";
  return dataset;
}

inline std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct ToyRun {
  explicit ToyRun(int threads = 2, int broken_token = -1)
      : tiny(broken_token), pool(threads), device(make_cpu_device(pool)), base(load_model(*device, *tiny.source).value()), dataset(toy_dataset(16)) {
    settings.data = "toy";
    settings.context = 16;
    settings.batch = 2;
    settings.grad_accum = 2;
    settings.steps = 12;  // several epochs of the few rows
    settings.warmup = 3;
    settings.adamw.lr = 1e-2;
    settings.adamw.weight_decay = 0.01;
    settings.lora.dropout = 0.1;
    settings.seed = 5;
    settings.eval_every = 4;
    settings.save_every = 3;
  }

  TrainerOptions options() const {
    TrainerOptions options;
    options.adamw = settings.adamw;
    options.dropout = settings.full ? 0 : settings.lora.dropout;
    options.seed = settings.seed;
    options.context = settings.context;
    options.micro_tokens = settings.context * settings.batch;
    options.micro_batches = settings.grad_accum;
    return options;
  }

  /// With the initial values of the settings.
  std::unique_ptr<Trainer> trainer() const {
    Trainable trainable = settings.full ? Trainable(plan_full(base)) : Trainable(plan_adapter(base.config, settings.lora).value());
    auto out = Trainer::create(*device, base, std::move(trainable), options()).value();
    EXPECT_TRUE(write_initial_values(*out, *tiny.source, settings.seed));
    return out;
  }

  /// `name` may also be another run's whole path.
  std::string folder(const std::string& name) const { return name.front() == '/' ? name : tiny.folder + "/" + name; }
  RunPlace place(const std::string& name) const { return {folder(name), "base", "model", tiny.source.get()}; }

  /// Starts the run in the folder `name`, or goes on with the one that is there.
  Result<RunReport> run(const std::string& name, RunListener& listener, bool resume = false) const {
    std::filesystem::create_directories(folder(name));
    auto t = trainer();
    std::optional<CheckpointInfo> info;
    if (resume) {
      LAB_CHECK(clean_run_folder(folder(name)));
      LAB_TRY(info, read_checkpoint(folder(name), *t, nullptr));
    }
    return run_training(*t, dataset, settings, place(name), info ? &*info : nullptr, listener);
  }

  TinyModel tiny;
  ThreadPool pool;
  std::unique_ptr<Device> device;
  Model base;
  Dataset dataset;
  RunSettings settings;
};

}  // namespace lab
