// What is said while it works, what is asked before something is lost, and what cannot be mixed.
#include "program.h"

namespace lab {
namespace {

const std::string kCorpus = std::string(LAB_SOURCE_DIR) + "/examples/harbour-log.jsonl";

void expect_words(const std::string& text, const std::vector<std::string>& words) {
  for (const std::string& word : words) EXPECT_NE(text.find(word), std::string::npos) << word << " in: " << text;
}

std::string train(const std::string& out, const std::string& more) {
  return "lora-lab train --context 64 --eval-every 0 --val-fraction 0 --targets q_proj --out '" + out + "' " + more;
}

TEST(Resume, RefusesOptionsThatMakeAnotherRunAndTakesTheOthers) {
  NEED_MODEL();
  const Folder folder;
  const std::string run = folder / "run";
  const Outcome first = run_command(train(run, "--data " + kCorpus + " --steps 2"));
  ASSERT_EQ(first.status, 0) << first.err;
  const Outcome refused = run_command("lora-lab train --resume --out " + run + " --lr 0.1 --rank 4 --no-packing");
  EXPECT_EQ(refused.status, 2);
  expect_words(refused.err, {"--lr", "--rank", "--no-packing", "checkpoint"});
  expect_words(run_command("lora-lab train --resume --out " + run).err, {"2 steps are done"});
  const Outcome less = run_command("lora-lab train --resume --out " + run + " --steps 1");
  EXPECT_EQ(less.status, 2);
  expect_words(less.err, {"2 steps already"});
  std::filesystem::copy_file(kCorpus, folder / "moved.jsonl");
  const Outcome longer = run_command("lora-lab train --resume --json --out " + run + " --steps 4 --threads 1 --save-every 1 --data " + (folder / "moved.jsonl") + " --log " + (folder / "log"));
  ASSERT_EQ(longer.status, 0) << longer.err;
  EXPECT_EQ(parse_json(longer.out).value().find("steps")->integer(), 4);
  expect_words(longer.err, {"schedule", "saved after step 3"});
}

TEST(Training, SaysWhatItDoesBeforeTheFirstStepAndItsLastStep) {
  NEED_MODEL();
  const Folder folder;
  const Outcome run = run_command(train(folder / "run", "--steps 2 --data " + kCorpus));
  ASSERT_EQ(run.status, 0) << run.err;
  std::size_t at = 0;
  for (const char* text : {"reading the model", "reading the corpus", "planning", "training lora", "step 1/2", "step 2/2"}) {
    at = run.err.find(text, at);
    ASSERT_NE(at, std::string::npos) << text << " in " << run.err;
  }
  EXPECT_EQ(run.err.find('\r'), std::string::npos);
  EXPECT_TRUE(run.err.ends_with("\n"));
}

TEST(Training, NamesTheCorpusLineWhereTheLossIsNotFinite) {
  NEED_MODEL();
  const Folder folder;
  const Outcome run = run_command(train(folder / "run", "--steps 40 --warmup 0 --clip 0 --lr 10 --alpha 1000000 --schedule constant --data " + kCorpus));
  EXPECT_EQ(run.status, 1) << run.err;
  expect_words(run.err, {"harbour-log.jsonl:", "not finite", "--lr"});
}

TEST(Suggestions, AreCommandsThatCanBePasted) {
  NEED_MODEL();
  const Folder folder;
  const std::string run = folder / "my adapter ü";
  std::filesystem::copy_file(kCorpus, folder / "my corpus ß.jsonl");
  const Outcome outcome = run_command("LAB_NAME=./lab " + train(run, "--steps 1 --data '" + (folder / "my corpus ß.jsonl") + "'"));
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  expect_words(outcome.out, {"./lab chat --adapter '" + run + "'"});
  std::filesystem::create_symlink(default_model(), folder / "the model ä.gguf");
  EXPECT_EQ(run_command("lora-lab generate --prompt Hello --max-tokens 2 --model '" + (folder / "the model ä.gguf") + "' --adapter '" + run + "'").status, 0);
}

TEST(MergeAndExport, OverwriteOnlyWhenToldAndSayWhatIsLost) {
  NEED_MODEL();
  const Folder folder;
  const std::string run = folder / "run";
  ASSERT_EQ(run_command(train(run, "--steps 1 --data " + kCorpus)).status, 0);
  for (const std::string& command : {"lora-lab export --adapter " + run + " --format gguf --out " + (folder / "a.gguf"),
                                     "lora-lab export --adapter " + run + " --out " + (folder / "peft"),
                                     "lora-lab merge --adapter " + run + " --out " + (folder / "m.gguf"),
                                     "lora-lab merge --dtype f16 --adapter " + run + " --out " + (folder / "folder")}) {
    const Outcome first = run_command(command);
    EXPECT_EQ(first.status, 0) << first.err;
    if (command.ends_with("m.gguf")) expect_words(first.err, {"Q4_1", "moved the logits by up to", "--dtype f16"});
    const Outcome second = run_command(command);
    EXPECT_EQ(second.status, 2) << command;
    expect_words(second.err, {"exists already", "--overwrite"});
  }
  const std::string conversation = R"(echo '{"messages": [{"role": "user", "content": "1, 2 and <|im_end|> ü"}]}' | lora-lab tokenize --chat)";
  EXPECT_EQ(run_command(conversation + " --model " + (folder / "folder")).out, run_command(conversation).out);
  const std::string question = "echo 'How is the water?' | lora-lab chat --max-tokens 8 --model ";
  ASSERT_EQ(run_command("lora-lab merge --dtype f16 --adapter " + run + " --out " + (folder / "f16.gguf")).status, 0);
  EXPECT_EQ(run_command(question + (folder / "folder")).out, run_command(question + (folder / "f16.gguf")).out);
  EXPECT_EQ(run_command("lora-lab export --adapter " + run + " --format gguf --overwrite --out " + (folder / "a.gguf")).status, 0);
  EXPECT_EQ(run_command("lora-lab export --adapter " + run + " --format gguf --out " + (folder / "peft")).status, 2);
}

TEST(Inspect, ExplainsWhatItCannotReadAndWhatARunsFolderHolds) {
  NEED_MODEL();
  const Folder folder;
  std::filesystem::create_directories(folder / "empty");
  write_text(folder / "note.txt", "Dear reader, this is a letter and not a model.\n");
  for (const auto& [path, word] : std::vector<std::pair<std::string, std::string>>{
           {"empty", "holds no model"}, {"note.txt", "neither a GGUF file nor a safetensors file"}, {"nothing", "there is no such file"}}) {
    const Outcome outcome = run_command("lora-lab inspect " + (folder / path));
    EXPECT_EQ(outcome.status, 1);
    expect_words(outcome.err, {path, word});
    const Outcome json = run_command("lora-lab inspect --json " + (folder / path));
    EXPECT_EQ(json.status, 1);
    EXPECT_TRUE(parse_json(json.out).value().find("error") != nullptr);
  }
  ASSERT_EQ(run_command(train(folder / "run", "--steps 1 --data " + kCorpus)).status, 0);
  const Json run = run_json("lora-lab inspect --json " + (folder / "run"));
  EXPECT_EQ(run.find("format")->string(), "peft adapter");
  EXPECT_EQ(run.find("metadata")->find("r")->integer(), 8);
  EXPECT_TRUE(run.find("metadata")->find("checkpoint") != nullptr);
}

}  // namespace
}  // namespace lab
