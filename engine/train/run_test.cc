// A run that stops and goes on must end with the same bytes as one that never stopped.
#include "train/run.h"

#include <gtest/gtest.h>

#include "train/toy_run_for_test.h"

namespace lab {
namespace {

struct StopAt final : RunListener {
  explicit StopAt(std::int64_t step) : step_(step) {}
  void on_step(const StepRecord& record) override { seen_ = record.step; }
  bool stop_wanted() override { return seen_ == step_; }
  std::int64_t step_, seen_ = -1;
};

class ResumedRun : public testing::Test, protected ToyRun {
 protected:
  Result<RunReport> run(const std::string& name, std::int64_t stop_at, bool resume) {
    StopAt listener(stop_at);
    return ToyRun::run(name, listener, resume);
  }
};

TEST_F(ResumedRun, EndsWithTheSameBytesWhereverItStopped) {
  const ToyRun alone(1);
  ASSERT_TRUE(run("whole", -1, false));
  const std::string adapter = contents(folder("whole") + "/adapter_model.safetensors");
  const std::string checkpoint = contents(folder("whole") + "/checkpoint.safetensors");
  ASSERT_FALSE(adapter.empty());
  for (std::int64_t stop = 1; stop < settings.steps; ++stop) {
    const std::string name = "stopped" + std::to_string(stop);
    const auto first = run(name, stop, false);
    ASSERT_TRUE(first) << first.error().text();
    EXPECT_TRUE(first->interrupted);
    EXPECT_EQ(first->steps, stop);
    // Another number of threads changes no bit.
    RunListener listener;
    const auto second = (stop % 2 == 0 ? *this : alone).ToyRun::run(folder(name), listener, true);
    ASSERT_TRUE(second) << second.error().text();
    EXPECT_FALSE(second->interrupted);
    EXPECT_EQ(contents(folder(name) + "/adapter_model.safetensors"), adapter) << "stopped after " << stop;
    EXPECT_EQ(contents(folder(name) + "/checkpoint.safetensors"), checkpoint) << "stopped after " << stop;
  }
}

TEST_F(ResumedRun, LeavesAFolderThatPeftCanRead) {
  ASSERT_TRUE(run("peft", -1, false));
  const auto adapter = read_peft(folder("peft"), base.config);
  ASSERT_TRUE(adapter) << adapter.error().text();
  EXPECT_EQ(adapter->lora.rank, settings.lora.rank);
  EXPECT_EQ(adapter->base_model, "base");
}

TEST_F(ResumedRun, WritesAWholeModelInAFullFineTune) {
  settings.full = true;
  auto t = trainer();
  std::filesystem::create_directories(folder("full"));
  RunListener listener;
  const auto report = run_training(*t, dataset, settings, place("full"), nullptr, listener);
  ASSERT_TRUE(report) << report.error().text();
  EXPECT_LT(report->val_loss_last, report->val_loss_first);

  std::ofstream(folder("full") + "/config.json") << contents(tiny.folder + "/config.json");
  const auto written = ModelSource::open(folder("full"));
  ASSERT_TRUE(written) << written.error().text();
  const Model model = load_model(*device, **written).value();
  auto eval = Trainer::create(*device, model, Trainable(AdapterPlan{}), options()).value();
  Batch batch(64);
  dataset.append_row(dataset.validation, 0, batch);
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
  EXPECT_EQ(status.error().message, "--rank 0 is outside 1 to 256");
}

}  // namespace
}  // namespace lab
