// A run that stops and goes on must end with the same bytes as one that never stopped.
#include "train/run.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "device/cpu/cpu_device.h"
#include "train/initial.h"
#include "train/tiny_model_for_test.h"

namespace lab {
namespace {

/// Documents that need no tokenizer: rows of arbitrary tokens.
Dataset toy_dataset(std::int64_t context) {
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

struct StopAt final : RunListener {
  explicit StopAt(std::int64_t step) : step_(step) {}
  void on_step(const StepRecord& record) override { seen_ = record.step; }
  bool stop_wanted() override { return seen_ == step_; }
  std::int64_t step_, seen_ = -1;
};

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class ResumedRun : public testing::Test {
 protected:
  ResumedRun() : device_(make_cpu_device(pool_)), base_(load_model(*device_, *tiny_.source).value()), dataset_(toy_dataset(16)) {
    settings_.data = "toy";
    settings_.context = 16;
    settings_.batch = 2;
    settings_.grad_accum = 2;
    settings_.steps = 12;  // several epochs of the few rows
    settings_.warmup = 3;
    settings_.adamw.lr = 1e-2;
    settings_.adamw.weight_decay = 0.01;
    settings_.lora.dropout = 0.1;
    settings_.seed = 5;
    settings_.eval_every = 4;
    settings_.save_every = 3;
  }

  std::unique_ptr<Trainer> trainer() {
    TrainerOptions options;
    options.adamw = settings_.adamw;
    options.dropout = settings_.lora.dropout;
    options.seed = settings_.seed;
    options.context = settings_.context;
    options.micro_tokens = settings_.context * settings_.batch;
    options.micro_batches = settings_.grad_accum;
    auto out = Trainer::create(*device_, base_, Trainable(plan_adapter(base_.config, settings_.lora).value()), options).value();
    EXPECT_TRUE(write_initial_values(*out, *tiny_.source, settings_.seed));
    return out;
  }

  Result<RunReport> run(const std::string& name, std::int64_t stop_at, bool resume) {
    const RunPlace place{folder(name), "base", "model", tiny_.source.get()};
    std::filesystem::create_directories(place.folder);
    auto t = trainer();
    std::optional<CheckpointInfo> info;
    if (resume) {
      LAB_TRY(info, read_checkpoint(place.folder, *t, nullptr));
    }
    StopAt listener(stop_at);
    return run_training(*t, dataset_, settings_, place, info ? &*info : nullptr, listener);
  }

  std::string folder(const std::string& name) const { return tiny_.folder + "/" + name; }

  TinyModel tiny_;
  ThreadPool pool_{2};
  std::unique_ptr<Device> device_;
  Model base_;
  Dataset dataset_;
  RunSettings settings_;
};

TEST_F(ResumedRun, EndsWithTheSameBytesWhereverItStopped) {
  ASSERT_TRUE(run("whole", -1, false));
  const std::string adapter = contents(folder("whole") + "/adapter_model.safetensors");
  const std::string checkpoint = contents(folder("whole") + "/checkpoint.safetensors");
  ASSERT_FALSE(adapter.empty());
  for (std::int64_t stop = 1; stop < settings_.steps; ++stop) {
    const std::string name = "stopped" + std::to_string(stop);
    const auto first = run(name, stop, false);
    ASSERT_TRUE(first) << first.error().text();
    EXPECT_TRUE(first->interrupted);
    EXPECT_EQ(first->steps, stop);
    const auto second = run(name, -1, true);
    ASSERT_TRUE(second) << second.error().text();
    EXPECT_FALSE(second->interrupted);
    EXPECT_EQ(contents(folder(name) + "/adapter_model.safetensors"), adapter) << "stopped after " << stop;
    EXPECT_EQ(contents(folder(name) + "/checkpoint.safetensors"), checkpoint) << "stopped after " << stop;
  }
}

TEST_F(ResumedRun, FallsBackToTheCheckpointBeforeADamagedOne) {
  ASSERT_TRUE(run("damaged", -1, false));
  const std::string path = folder("damaged") + "/checkpoint.safetensors";
  std::string bytes = contents(path);
  for (const std::size_t cut : {std::size_t{0}, std::size_t{7}, bytes.size() / 2, bytes.size() - 1}) {
    std::ofstream(path, std::ios::binary) << bytes.substr(0, cut);
    auto t = trainer();
    std::string note;
    const auto info = read_checkpoint(folder("damaged"), *t, &note);
    ASSERT_TRUE(info) << info.error().text();
    EXPECT_EQ(info->step, 9);
    EXPECT_FALSE(note.empty());
  }
  bytes[bytes.size() - 100] = static_cast<char>(bytes[bytes.size() - 100] ^ 1);
  std::ofstream(path, std::ios::binary) << bytes;
  auto t = trainer();
  std::string note;
  EXPECT_EQ(read_checkpoint(folder("damaged"), *t, &note)->step, 9);
  EXPECT_NE(note.find("SHA-256"), std::string::npos);
}

TEST_F(ResumedRun, LeavesAFolderThatPeftCanRead) {
  ASSERT_TRUE(run("peft", -1, false));
  const auto adapter = read_peft(folder("peft"), base_.config);
  ASSERT_TRUE(adapter) << adapter.error().text();
  EXPECT_EQ(adapter->lora.rank, settings_.lora.rank);
  EXPECT_EQ(adapter->base_model, "base");
}

TEST_F(ResumedRun, WritesAWholeModelInAFullFineTune) {
  settings_.full = true;
  const RunPlace place{folder("full"), "base", "model", tiny_.source.get()};
  TrainerOptions options;
  options.context = settings_.context;
  options.micro_tokens = settings_.context * settings_.batch;
  options.micro_batches = settings_.grad_accum;
  auto t = Trainer::create(*device_, base_, Trainable(plan_full(base_)), options).value();
  ASSERT_TRUE(write_initial_values(*t, *tiny_.source, 0));
  std::filesystem::create_directories(place.folder);
  RunListener listener;
  const auto report = run_training(*t, dataset_, settings_, place, nullptr, listener);
  ASSERT_TRUE(report) << report.error().text();
  EXPECT_LT(report->val_loss_last, report->val_loss_first);

  std::ofstream(place.folder + "/config.json") << contents(tiny_.folder + "/config.json");
  const auto written = ModelSource::open(place.folder);
  ASSERT_TRUE(written) << written.error().text();
  const Model model = load_model(*device_, **written).value();
  auto eval = Trainer::create(*device_, model, Trainable(AdapterPlan{}), options).value();
  Batch batch(64);
  dataset_.append_row(dataset_.validation, 0, batch);
  EXPECT_EQ(eval->evaluate(batch).sum, t->evaluate(batch).sum);
}

TEST(RunSettings, SurviveJson) {
  RunSettings settings;
  settings.data = "corpus.jsonl";
  settings.lora.targets = parse_target_modules("q_proj,v_proj");
  settings.seed = ~std::uint64_t{0};
  settings.adamw.lr = 1.0 / 3;
  settings.schedule = Schedule::kLinear;
  const Json json = to_json(settings);
  const auto back = run_settings_from_json(json);
  ASSERT_TRUE(back) << back.error().text();
  EXPECT_EQ(to_json(*back).dump(), json.dump());
}

TEST(RunSettings, NameTheOptionThatIsOutOfRange) {
  RunSettings settings;
  settings.lora.rank = 0;
  const Status status = check(settings);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().field, "rank");
}

}  // namespace
}  // namespace lab
