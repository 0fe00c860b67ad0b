#include "train/optimizer.h"

#include <gtest/gtest.h>

#include "base/mapped_file.h"
#include "file/json.h"

namespace lab {
namespace {

TEST(Schedules, AreThoseOfTransformers) {
  auto file = map_file(std::string(LAB_ORACLE_DIR) + "/optim/schedules.json");
  ASSERT_TRUE(file) << file.error().text();
  const Json cases = parse_json({reinterpret_cast<const char*>((*file)->bytes().data()), (*file)->bytes().size()}).value();
  int compared = 0;
  for (const Json& c : cases.array()) {
    const std::string name = c.find("schedule")->string();
    const auto schedule = parse_schedule(name.starts_with("constant") ? "constant" : name);
    ASSERT_TRUE(schedule) << name;
    const auto& golden = c.find("lr")->array();
    for (std::size_t step = 0; step < golden.size(); ++step)
      EXPECT_NEAR(c.find("base_lr")->number() * schedule_factor(*schedule, static_cast<std::int64_t>(step), c.find("warmup")->integer(), c.find("steps")->integer()),
                  golden[step].number(), 1e-12) << name << " step " << step;
    ++compared;
  }
  EXPECT_GT(compared, 0);
}

TEST(Schedules, UnknownOnesAreRefusedWithTheList) {
  const auto result = parse_schedule("exponential");
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().text().find("cosine"), std::string::npos);
}

}  // namespace
}  // namespace lab
