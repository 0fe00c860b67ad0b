// What frozen layers make of a batch is looked up from its second time on, and nothing else changes.
#include "train/frozen_file.h"

#include <unistd.h>

#include <filesystem>
#include <limits>
#include <tuple>

#include "train/toy_run_for_test.h"

namespace lab {
namespace {

constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

Batch batch_of(std::initializer_list<int> lengths) {
  Batch batch(64);
  for (const int length : lengths)
    batch.append(std::vector<std::int32_t>(static_cast<std::size_t>(length), 7), std::vector<std::uint8_t>(static_cast<std::size_t>(length), 1), 1);
  return batch;
}

/// The descriptor of a frozen file that this process has open, or -1.
int open_frozen_file() {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    const std::string target = std::filesystem::read_symlink(entry.path(), gone).string();
    if (target.find("frozen-layers") != std::string::npos) return std::stoi(entry.path().filename().string());
  }
  return -1;
}

struct FrozenFiles : testing::Test {
  FrozenFiles() { std::filesystem::create_directories(folder); }
  ~FrozenFiles() override { std::filesystem::remove_all(folder); }
  std::unique_ptr<FrozenFile> make(std::size_t batches, std::uint64_t bytes) const { return FrozenFile::create(folder, batches, bytes).value(); }

  std::string folder = (std::filesystem::temp_directory_path() / ("lab_frozen_" + std::to_string(getpid()))).string();
  std::vector<float> hidden = std::vector<float>(96, 1.5f), read = std::vector<float>(96);
};

TEST_F(FrozenFiles, GiveBackWhatWasWrittenForTheSameTokensInTheSameDocuments) {
  const auto file = make(10, kNoLimit);
  EXPECT_FALSE(file->read(batch_of({3, 3}), read));
  file->write(batch_of({3, 3}), hidden);
  EXPECT_TRUE(file->read(batch_of({3, 3}), read));
  EXPECT_EQ(read, hidden);
  EXPECT_FALSE(file->read(batch_of({6}), read));
  EXPECT_FALSE(file->read(batch_of({3, 3}), std::span(read).first(48)));
}

TEST_F(FrozenFiles, LeaveNoNameInTheFolder) {
  const auto file = make(10, kNoLimit);
  file->write(batch_of({3}), hidden);
  EXPECT_TRUE(std::filesystem::is_empty(folder));
}

TEST_F(FrozenFiles, TakeNoMoreThanTheyMay) {
  const auto few = make(1, kNoLimit), small = make(10, 2 * 96 * sizeof(float) - 1);
  for (FrozenFile* file : {few.get(), small.get()}) {
    file->write(batch_of({3}), hidden);
    file->write(batch_of({4}), hidden);
    EXPECT_TRUE(file->read(batch_of({3}), read));
    EXPECT_FALSE(file->read(batch_of({4}), read));
    EXPECT_EQ(file->bytes(), 96 * sizeof(float));
  }
}

TEST_F(FrozenFiles, AreNotMadeWhereThereIsNoFolder) {
  EXPECT_FALSE(FrozenFile::create(folder + "/nowhere", 1, kNoLimit));
}

TEST_F(FrozenFiles, DoNotGiveBackWhatWasDamaged) {
  const auto file = make(10, kNoLimit);
  file->write(batch_of({3}), hidden);
  const char other = 1;
  ASSERT_EQ(pwrite(open_frozen_file(), &other, 1, 100), 1);
  EXPECT_FALSE(file->read(batch_of({3}), read));
  file->write(batch_of({3}), hidden);
  EXPECT_TRUE(file->read(batch_of({3}), read));
}

/// Counts what a file is asked.
struct WatchedStore final : FrozenStore {
  WatchedStore(std::unique_ptr<FrozenFile> file, int& found, int& missed) : file_(std::move(file)), found_(found), missed_(missed) {}
  bool read(const Batch& batch, std::span<float> hidden) override {
    const bool known = file_->read(batch, hidden);
    ++(known ? found_ : missed_);
    return known;
  }
  void write(const Batch& batch, std::span<const float> hidden) override { file_->write(batch, hidden); }

 private:
  std::unique_ptr<FrozenFile> file_;
  int &found_, &missed_;
};

/// Losses and trained values of three epochs over every row, with a validation after each.
std::vector<float> train(const ToyRun& toy, Trainer& trainer) {
  std::vector<float> seen;
  Batch batch(toy.settings.context);
  for (int epoch = 0; epoch < 3; ++epoch) {
    for (std::int64_t row = 0; row < toy.dataset.train.count(); ++row) {
      batch.clear();
      toy.dataset.append_row(toy.dataset.train, row, batch);
      seen.push_back(static_cast<float>(trainer.step(std::span(&batch, 1), 1e-2).value().loss));
    }
    batch.clear();
    toy.dataset.append_row(toy.dataset.validation, 0, batch);
    seen.push_back(static_cast<float>(trainer.evaluate(batch).sum));
  }
  std::vector<float> values(static_cast<std::size_t>(trainer.params().count));
  toy.device->read(trainer.params(), values.data());
  seen.insert(seen.end(), values.begin(), values.end());
  return seen;
}

TEST_F(FrozenFiles, ChangeNoBitOfATraining) {
  for (const auto& [targets, frozen] : {std::pair{".*layers\\.2\\..*", 2}, {".*layers\\.1\\..*(q|v)_proj", 1}, {"lm_head", 3}, {"all-linear", 0}}) {
    ToyRun toy;
    toy.settings.lora.targets = parse_target_modules(targets);
    toy.settings.batch = toy.settings.grad_accum = 1;
    const auto plain = toy.trainer(), remembering = toy.trainer();
    ASSERT_EQ(plain->frozen_layers(), frozen) << targets;
    int found = 0, missed = 0;
    remembering->remember_frozen(std::make_unique<WatchedStore>(make(100, kNoLimit), found, missed));
    EXPECT_EQ(train(toy, *plain), train(toy, *remembering)) << targets;
    const auto batches = static_cast<int>(toy.dataset.train.count()) + 1;
    EXPECT_EQ(missed, frozen > 0 ? batches : 0) << targets;
    EXPECT_EQ(found, frozen > 0 ? 2 * batches : 0) << targets;
  }
}

/// Looks, after each step, whether the run has such a file open.
struct LooksForFile final : RunListener {
  void on_step(const StepRecord&) override { seen |= open_frozen_file() >= 0; }
  bool seen = false;
};

TEST_F(FrozenFiles, ServeRunsWhoseMicroBatchesComeAgain) {
  for (const auto& [targets, batch, wanted] : {std::tuple{".*layers\\.2\\..*", 1, true}, {".*layers\\.2\\..*", 2, false}, {"all-linear", 1, false}}) {
    ToyRun toy;
    toy.settings.lora.targets = parse_target_modules(targets);
    toy.settings.batch = batch;
    LooksForFile listener;
    ASSERT_TRUE(toy.run("run", listener));
    EXPECT_EQ(listener.seen, wanted) << targets << batch;
    EXPECT_LT(open_frozen_file(), 0);
  }
}

}  // namespace
}  // namespace lab
