// Memory may run out at any allocation, once or for good: every public operation answers with an error,
// leaks nothing (the sanitizer build looks) and leaves the state as it was.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "base/out_of_memory.h"
#include "file/disk.h"
#include "train/toy_run_for_test.h"

namespace {

std::atomic<long> left{-1};  // allocations until the one that fails; below 0: none fails
std::atomic<bool> for_good{false};
std::atomic<bool> failed{false};

bool fails_now() {
  if (left.load(std::memory_order_relaxed) < 0) return false;
  if (left.fetch_sub(1) > 0) return false;
  left = for_good ? 0 : -1;
  failed = true;
  return true;
}

}  // namespace

void* operator new(std::size_t size) {
  if (!fails_now())
    if (void* memory = std::malloc(size > 0 ? size : 1)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace lab {
namespace {

/// Calls work() with its k-th allocation failing, k = 1.., until it succeeds; check() after each failure.
template <class Work, class Check>
void fail_each_allocation(const Work& work, const Check& check) {
  for (const bool good : {false, true}) {
    bool reached = true;
    for (long k = 0; reached; ++k) {
      SCOPED_TRACE(testing::Message() << "allocation " << k + 1 << (good ? " and all after it" : ""));
      failed = false;
      for_good = good;
      left = k;
      const auto outcome = work();
      left = -1;
      reached = failed;
      if (reached && !outcome) {
        ASSERT_EQ(outcome.error().code, Code::kOutOfMemory) << outcome.error().text();
        ASSERT_TRUE(outcome.error().message.starts_with("out of memory")) << outcome.error().text();
      }
      if (!reached) {
        ASSERT_TRUE(outcome);
        ASSERT_GT(k, 3);
      }
      check();
      if (testing::Test::HasFailure()) return;
    }
  }
}

class AllocationFailure : public testing::Test, protected ToyRun {
 protected:
  AllocationFailure() : ToyRun(1) {
    settings.steps = 2;
    settings.save_every = 1;
  }
};

TEST_F(AllocationFailure, IsAnErrorOfOpeningAModel) {
  fail_each_allocation([&] { return ModelSource::open(tiny.folder); }, [] {});
  const auto source = ModelSource::open(tiny.folder).value();
  fail_each_allocation([&] { return load_model(*device, *source); }, [] {});
}

TEST_F(AllocationFailure, IsAnErrorOfReadingJsonAndTensors) {
  const std::string json = contents(tiny.folder + "/config.json");
  fail_each_allocation([&] { return parse_json(json, "config.json"); }, [] {});
  const auto bytes = map_file(tiny.folder + "/model.safetensors").value();
  fail_each_allocation([&] { return Safetensors::read(bytes); }, [] {});
}

TEST_F(AllocationFailure, IsAnErrorOfReadingACheckpoint) {
  RunListener listener;
  ASSERT_TRUE(run("done", listener));
  auto t = trainer();
  const std::string path = folder("done");
  fail_each_allocation([&] { return read_checkpoint(path, *t, nullptr); }, [] {});
}

TEST_F(AllocationFailure, IsAnErrorOfLayingOutTheTraining) {
  const AdapterPlan plan = plan_adapter(base.config, settings.lora).value();
  fail_each_allocation(
      [&]() -> Status {
        auto created = or_out_of_memory("copying the plan", [&]() -> Result<std::unique_ptr<Trainer>> {
          return Trainer::create(*device, base, Trainable(AdapterPlan(plan)), options());
        });
        if (!created) return fail(std::move(created.error()));
        return {};
      },
      [] {});
}

TEST_F(AllocationFailure, LeavesARunAtItsLastStepAndItsFolderWhole) {
  struct Quick final : Disk {
    int sync(int) override { return 0; }
    int sync_folder(const char*) override { return 0; }
  } quick;
  const ReplacedDisk replaced(quick);
  struct Snapshots final : RunListener {
    explicit Snapshots(const Trainer& trainer) : trainer_(trainer) {}
    void on_step(const StepRecord&) override { steps.push_back(bits()); }
    std::vector<float> bits() const {
      std::vector<float> values(static_cast<std::size_t>(trainer_.params().count));
      trainer_.device().read(trainer_.params(), values.data());
      return values;
    }
    const Trainer& trainer_;
    std::vector<std::vector<float>> steps;
  };
  auto undisturbed = trainer();
  Snapshots expected(*undisturbed);
  expected.steps.push_back(expected.bits());
  std::filesystem::create_directories(folder("undisturbed"));
  ASSERT_TRUE(run_training(*undisturbed, dataset, settings, place("undisturbed"), nullptr, expected));
  const std::string checkpoint = contents(folder("undisturbed") + "/checkpoint.safetensors");

  const std::string name = folder("short_of_memory");
  const RunPlace where = place(name);
  std::unique_ptr<Trainer> t;
  RunListener listener;
  std::filesystem::create_directories(name);
  t = trainer();
  fail_each_allocation(
      [&] { return run_training(*t, dataset, settings, where, nullptr, listener); },
      [&] {
        const Snapshots now(*t);
        ASSERT_EQ(now.bits(), expected.steps[static_cast<std::size_t>(t->steps_done())]) << "after step " << t->steps_done();
        if (std::filesystem::exists(name + "/checkpoint.safetensors")) {
          const auto info = read_checkpoint_info(name);
          ASSERT_TRUE(info) << info.error().text();
        }
        if (t->steps_done() == settings.steps && !failed) {
          ASSERT_EQ(contents(name + "/checkpoint.safetensors"), checkpoint);
        }
        std::filesystem::remove_all(name);
        std::filesystem::create_directories(name);
        t = trainer();
      });
}

}  // namespace
}  // namespace lab
