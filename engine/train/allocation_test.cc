// A step takes no memory: everything it needs was laid out before the first one.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "device/cpu/cpu_device.h"
#include "train/initial.h"
#include "train/tiny_model_for_test.h"
#include "train/trainer.h"

namespace {
std::atomic<long> allocations{0};
}

void* operator new(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* memory = std::malloc(size > 0 ? size : 1)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace lab {
namespace {

TEST(TrainingStep, AllocatesNothing) {
  const TinyModel tiny;
  ThreadPool pool(2);
  const auto device = make_cpu_device(pool);
  const Model base = load_model(*device, *tiny.source).value();
  for (bool dora : {false, true}) {
    LoraConfig lora;
    lora.dora = dora;
    TrainerOptions options;
    options.dropout = 0.1;
    options.context = 32;
    options.micro_tokens = 64;
    auto trainer = Trainer::create(*device, base, Trainable(plan_adapter(base.config, lora).value()), options).value();
    ASSERT_TRUE(write_initial_values(*trainer, *tiny.source, 1));
    Batch batch(64);
    batch.append(std::vector<std::int32_t>(30, 3), std::vector<std::uint8_t>(30, 1), 1);
    batch.append(std::vector<std::int32_t>(20, 5), std::vector<std::uint8_t>(20, 1), 2);
    ASSERT_TRUE(trainer->step(std::span(&batch, 1), 1e-3));
    const long before = allocations.load();
    const bool done = trainer->step(std::span(&batch, 1), 1e-3).has_value();
    trainer->evaluate(batch);
    EXPECT_EQ(allocations.load() - before, 0);
    EXPECT_TRUE(done);
  }
}

}  // namespace
}  // namespace lab
