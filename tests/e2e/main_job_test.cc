// The main job on the real model: chat, train, prove, resume, export, merge.
#include <cmath>

#include "program.h"

namespace lab {
namespace {

const std::string kCorpus = std::string(LAB_SOURCE_DIR) + "/examples/harbour-log.jsonl";

double number(const Json& object, const char* key) {
  const Json* value = object.find(key);
  EXPECT_TRUE(value != nullptr && value->is_number()) << key << " in " << object.dump();
  return value != nullptr && value->is_number() ? value->number() : 0;
}

TEST(MainJob, ChatAnswersInTheTerminal) {
  NEED_MODEL();
  const Outcome chat = run_command("echo 'What is the capital of France?' | lora-lab chat --max-tokens 20");
  EXPECT_EQ(chat.status, 0) << chat.err;
  EXPECT_NE(chat.out.find("Paris"), std::string::npos) << chat.out;
}

TEST(MainJob, GenerateIsGreedyAndRepeatable) {
  NEED_MODEL();
  const std::string command = "lora-lab generate --prompt 'The capital of France is' --max-tokens 8 --json";
  const Json once = run_json(command), again = run_json(command + " --threads 1");
  EXPECT_NE(once.find("text")->string().find("Paris"), std::string::npos);
  EXPECT_EQ(once.find("ids")->dump(), again.find("ids")->dump());
  EXPECT_EQ(number(once, "decode_tokens"), once.find("ids")->array().size());
  const std::string sampled = command + " --temperature 0.9 --top-k 40 --top-p 0.95 --min-p 0.02 --seed 3";
  EXPECT_EQ(run_json(sampled).dump().substr(0, 40), run_json(sampled).dump().substr(0, 40));
}

TEST(MainJob, AResumedRunKeepsItsPrecision) {
  NEED_MODEL();
  const Folder folder;
  const std::string options = "lora-lab train --data " + kCorpus + " --context 128 --eval-every 0 --seed 4 --steps ";
  for (const std::string precision : {"f32", "bf16"}) {
    const std::string run = folder / precision, chosen = " --precision " + precision + " --out ";
    const Outcome first = run_command(options + "2" + chosen + run);
    if (precision == "bf16" && first.status == 1) {
      EXPECT_NE(first.err.find("--precision f32"), std::string::npos) << first.err;
      GTEST_SKIP() << "this processor does not compute in bfloat16";
    }
    ASSERT_EQ(first.status, 0) << first.err;
    ASSERT_EQ(run_command("lora-lab train --resume --steps 3 --out " + run).status, 0);
    const Json settings = *run_json("lora-lab inspect --json " + run + "/checkpoint.safetensors").find("metadata");
    EXPECT_NE(settings.dump().find(precision), std::string::npos) << settings.dump();
  }
  EXPECT_NE(read_text(folder / "f32/adapter_model.safetensors"), read_text(folder / "bf16/adapter_model.safetensors"));
}

TEST(MainJob, TrainingLowersTheHeldOutLossAndStopsAndResumes) {
  NEED_MODEL();
  const Folder folder;
  const std::string options = " --data " + kCorpus + " --context 128 --steps 6 --eval-every 0 --save-every 2 --seed 4";
  const Json whole = run_json("lora-lab train" + options + " --out " + (folder / "whole") + " --log " + (folder / "log.jsonl") + " --json");
  EXPECT_EQ(number(whole, "steps"), 6);
  EXPECT_LT(number(whole, "val_loss_last"), number(whole, "val_loss_first"));
  EXPECT_GT(number(whole, "tokens_per_s"), 0);
  if (!kSanitized)  // a sanitizer keeps memory of its own
    EXPECT_LT(std::abs(number(whole, "predicted_peak_bytes") / number(whole, "peak_rss_bytes") - 1), 0.15);

  // SIGTERM while it runs: a checkpoint, status 130, and the rest later with the same bytes.
  const Outcome stopped = run_command("lora-lab train" + options + " --out " + (folder / "stopped") +
                                      " 2>" + (folder / "err") + " & p=$!; while ! grep -q 'step 1/' " + (folder / "err") +
                                      "; do sleep 0.05; done; kill -TERM $p; wait $p");
  EXPECT_EQ(stopped.status, 130) << stopped.out << read_text(folder / "err");
  const Outcome resumed = run_command("lora-lab train --resume --out " + (folder / "stopped"));
  EXPECT_EQ(resumed.status, 0) << resumed.err;
  const std::string adapter = read_text(folder / "whole/adapter_model.safetensors");
  EXPECT_FALSE(adapter.empty());
  EXPECT_TRUE(read_text(folder / "stopped/adapter_model.safetensors") == adapter);

  // A run is not lost by starting another in its folder.
  const Outcome again = run_command("lora-lab train" + options + " --out " + (folder / "whole"));
  EXPECT_EQ(again.status, 2);
  EXPECT_NE(again.err.find("--resume"), std::string::npos) << again.err;
  EXPECT_EQ(run_json("lora-lab inspect " + (folder / "whole/checkpoint.safetensors") + " --json").find("format")->string(), "checkpoint");

  const std::string log = read_text(folder / "log.jsonl");
  // The validation before the first step has a line of its own.
  const std::size_t validation_end = log.find('\n') + 1;
  number(parse_json(log.substr(0, validation_end)).value(), "val_loss");
  const Json first = parse_json(log.substr(validation_end, log.find('\n', validation_end) - validation_end)).value();
  for (const char* key : {"step", "tokens", "loss", "lr", "grad_norm", "tokens_per_s", "memory_bytes"}) number(first, key);

  const Outcome chat = run_command("printf 'Hello\\n/base\\n/again\\n/adapter\\n' | lora-lab chat --max-tokens 8 --adapter " + (folder / "whole"));
  EXPECT_EQ(chat.status, 0) << chat.err;
  EXPECT_NE(chat.out.find("Answers come from the base now."), std::string::npos) << chat.out;

  // The same adapter as GGUF gives the same text, and merged in F32 the same logits.
  run_json("lora-lab export --adapter " + (folder / "whole") + " --format gguf --out " + (folder / "adapter.gguf") + " --json");
  const std::string prompt = "lora-lab generate --prompt 'How is the weather?' --max-tokens 12 --json --adapter ";
  EXPECT_EQ(run_json(prompt + (folder / "whole")).find("ids")->dump(), run_json(prompt + (folder / "adapter.gguf")).find("ids")->dump());
  const Json merged = run_json("lora-lab merge --adapter " + (folder / "whole") + " --dtype f16 --out " + (folder / "merged.gguf") + " --json");
  EXPECT_LT(number(merged, "max_abs_logit_difference"), 0.5);
  EXPECT_EQ(run_command("lora-lab generate --model " + (folder / "merged.gguf") + " --prompt Hello --max-tokens 4").status, 0);
}

TEST(MainJob, FullFineTuneWritesAModelThatChats) {
  NEED_MODEL();
  const Folder folder;
  const Json full = run_json("lora-lab train --variant full --data " + kCorpus + " --context 64 --steps 1 --lr 1e-5 --val-fraction 0 --out " + (folder / "full") + " --json");
  EXPECT_EQ(number(full, "steps"), 1);
  EXPECT_EQ(run_command("lora-lab generate --model " + (folder / "full/model.gguf") + " --prompt Hello --max-tokens 4").status, 0);
}

TEST(MainJob, TrainsEveryVariantOfAdapter) {
  NEED_MODEL();
  const Folder folder;
  for (const char* options : {"--variant dora --targets q_proj,v_proj", "--variant rslora --rank 4 --dropout 0.1", "--targets embed_tokens,lm_head --rank 2",
                              "--targets '.*layers\\.2[0-9]\\..*' --memory low --schedule linear --batch 2 --grad-accum 2"}) {
    const Json run = run_json("lora-lab train --data " + kCorpus + " --context 64 --steps 2 --eval-every 0 --val-fraction 0 --overwrite --out " + (folder / "run") +
                              " --json " + options);
    EXPECT_EQ(number(run, "steps"), 2) << options;
    EXPECT_EQ(run_command("lora-lab generate --adapter " + (folder / "run") + " --prompt Hello --max-tokens 2").status, 0) << options;
  }
}

TEST(MainJob, PlanCountsTheWorkOfTheRealModel) {
  NEED_MODEL();
  const Folder folder;
  // One long text, so that rows are full: 512 tokens, rank 8, all linear layers (knowledge: 0.615 GFLOP a token).
  std::string text;
  for (int i = 0; i < 4000; ++i) text += "The keeper of the light writes line " + std::to_string(i) + ". ";
  write_text(folder / "text.txt", text);
  const Json plan = run_json("lora-lab plan --data " + (folder / "text.txt") + " --context 512 --json");
  EXPECT_NEAR(number(plan, "flops_per_token"), 0.615e9, 0.02 * 0.615e9);
  EXPECT_TRUE(plan.find("fits")->boolean());
  EXPECT_EQ(number(plan, "parameters"), 2442240);
}

TEST(MainJob, BenchMeasuresProductsAndSteps) {
  NEED_MODEL();
  const Json bench = run_json("lora-lab bench --tokens 64 --json");
  EXPECT_GT(number(bench, "fma_peak_gflops"), 0);
  ASSERT_EQ(bench.find("rows")->array().size(), 11u);  // four shapes both ways, and three steps
  for (const Json& row : bench.find("rows")->array()) EXPECT_GT(number(row, "share_of_peak"), 0) << row.dump();
}

TEST(MainJob, BenchSaysWhereTheTimeOfAStepGoes) {
  NEED_MODEL();
  const Json profile = run_json("lora-lab bench --step --tokens 64 --json");
  double share = 0, flops = 0;
  for (const Json& row : profile.find("rows")->array()) {
    share += number(row, "share");
    flops += number(row, "flops");
  }
  EXPECT_GT(share, 0.5);
  EXPECT_LE(share, 1);
  EXPECT_NEAR(flops / number(profile, "seconds"), number(profile, "share_of_peak") * 1e9 * number(profile, "fma_peak_gflops"), 1e6);
}

TEST(MainJob, EvalMeasuresPerplexity) {
  NEED_MODEL();
  const Folder folder;
  write_text(folder / "text.txt", "The quick brown fox jumps over the lazy dog. It was a sunny day, and the fox was happy.");
  const Json eval = run_json("lora-lab eval --data " + (folder / "text.txt") + " --json");
  EXPECT_NEAR(std::exp(number(eval, "loss")), number(eval, "perplexity"), 1e-6 * number(eval, "perplexity"));
  const Json strided = run_json("lora-lab eval --context 12 --stride 4 --json --data " + (folder / "text.txt"));
  EXPECT_EQ(number(strided, "tokens"), number(eval, "tokens"));
  EXPECT_GT(number(strided, "loss"), number(eval, "loss"));
}

}  // namespace
}  // namespace lab
