// Wrong usage and wrong files: an exit status, one clear sentence, nothing lost.
#include "program.h"

namespace lab {
namespace {

TEST(Mistakes, InUsageExitWithTwo) {
  EXPECT_EQ(run_command("lora-lab").status, 2);
  EXPECT_EQ(run_command("lora-lab dance").status, 2);
  EXPECT_EQ(run_command("lora-lab generate").status, 2);
  EXPECT_EQ(run_command("lora-lab train --rank many").status, 2);
  EXPECT_EQ(run_command("lora-lab train").status, 2);
  EXPECT_EQ(run_command("lora-lab --help").status, 0);
}

TEST(Mistakes, WithAModelNameWhatIsMissing) {
  const Outcome missing = run_command("lora-lab generate --prompt x --model /nowhere/model.gguf");
  EXPECT_EQ(missing.status, 1);
  EXPECT_NE(missing.err.find("/nowhere/model.gguf: there is no such file"), std::string::npos) << missing.err;
  const Outcome family = run_command("lora-lab probe --ids x --out y --model " LAB_ORACLE_DIR "/tiny/gemma");
  EXPECT_EQ(family.status, 1);
  EXPECT_NE(family.err.find("gemma"), std::string::npos) << family.err;
  const Json error = parse_json(run_command("lora-lab inspect /nowhere --json").out).value();
  EXPECT_EQ(error.find("error")->find("code")->string(), "not_found");
}

TEST(Mistakes, InACorpusNameTheLine) {
  NEED_MODEL();
  const Folder folder;
  write_text(folder / "bad.jsonl", "{\"text\": \"fine\"}\n{\"text\": 3}\n");
  const Outcome bad = run_command("lora-lab train --data " + (folder / "bad.jsonl") + " --out " + (folder / "out"));
  EXPECT_EQ(bad.status, 1);
  EXPECT_NE(bad.err.find("bad.jsonl:2:"), std::string::npos) << bad.err;
  EXPECT_FALSE(std::filesystem::exists(folder / "out"));
}

TEST(Mistakes, WithAnAdapterOfAnotherModelNameTheTensor) {
  NEED_MODEL();
  const Outcome other = run_command("lora-lab generate --prompt x --adapter " LAB_ORACLE_DIR "/lora/llama_lora");
  EXPECT_EQ(other.status, 1);
  EXPECT_NE(other.err.find("another base model"), std::string::npos) << other.err;
}

TEST(Mistakes, WithAPipeInPlaceOfAFileAreRefusedAtOnce) {
  const Outcome input = run_command("echo x | lora-lab generate --prompt x --model /dev/stdin");
  EXPECT_EQ(input.status, 1);
  EXPECT_NE(input.err.find("not a regular file"), std::string::npos) << input.err;
  const Folder folder;
  ASSERT_EQ(run_command("mkfifo " + (folder / "pipe.gguf")).status, 0);
  const Outcome pipe = run_command("timeout 20 lora-lab inspect " + (folder / "pipe.gguf"));
  EXPECT_EQ(pipe.status, 1) << pipe.err;
}

TEST(Mistakes, WithAModelThatIsCutOffMeanwhileEndWithASentence) {
  NEED_MODEL();
  const Folder folder;
  const std::string model = folder / "model.gguf";
  ASSERT_EQ(run_command("cp " + default_model() + " " + model).status, 0);
  const Outcome cut = run_command("(sleep 4; truncate -s 0 " + model + "; echo hello) | lora-lab chat --model " + model);
  EXPECT_EQ(cut.status, 1);
  EXPECT_NE(cut.err.find("cut off while it was being read"), std::string::npos) << cut.err;
}

TEST(Inspect, ExplainsModelsAdaptersAndSingleTensors) {
  const Folder folder;
  const Json model = run_json("lora-lab inspect " LAB_ORACLE_DIR "/gguf/llama-tied.Q4_1.gguf --json");
  EXPECT_EQ(model.find("architecture")->string(), "llama");
  EXPECT_EQ(run_json("lora-lab inspect " LAB_ORACLE_DIR "/tiny/qwen3 --json").find("architecture")->string(), "qwen3");
  EXPECT_EQ(run_json("lora-lab inspect " LAB_ORACLE_DIR "/lora/llama_dora --json").find("format")->string(), "peft adapter");
  run_json("lora-lab inspect " LAB_ORACLE_DIR "/gguf/llama-tied.Q4_1.gguf --json --tensor blk.0.ffn_up.weight --out " + (folder / "t.safetensors"));
  EXPECT_NE(run_command("lora-lab inspect " + (folder / "t.safetensors")).out.find("F32"), std::string::npos);
}

TEST(Tokenize, GoesBothWaysAndThroughTheTemplate) {
  NEED_MODEL();
  const Outcome there = run_command("echo '{\"text\": \"Hello <|im_end|> world\"}' | lora-lab tokenize --special");
  ASSERT_EQ(there.status, 0) << there.err;
  const Outcome back = run_command("echo '" + there.out.substr(0, there.out.size() - 1) + "' | lora-lab tokenize --decode");
  EXPECT_EQ(back.out, "{\"text\":\"Hello <|im_end|> world\"}\n");
  const Outcome chat = run_command("echo '{\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}], \"add_generation_prompt\": true}' | lora-lab tokenize --chat");
  EXPECT_NE(chat.out.find("<|im_start|>user\\nHi<|im_end|>\\n<|im_start|>assistant"), std::string::npos) << chat.out;
  const Outcome wrong = run_command("echo 'no json' | lora-lab tokenize");
  EXPECT_EQ(wrong.status, 1);
  EXPECT_NE(wrong.err.find("standard input:1"), std::string::npos) << wrong.err;
}

}  // namespace
}  // namespace lab
