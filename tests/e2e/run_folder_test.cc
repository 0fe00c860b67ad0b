// One run, one folder: who may write in it, and what must be as it was before a run goes on.
#include "program.h"

namespace lab {
namespace {

const std::string kCorpus = LAB_SOURCE_DIR "/examples/harbour-log.jsonl";

TEST(RunFolder, BelongsToOneProcessAtATimeAndIsFreeAfterAKill) {
  NEED_MODEL();
  const Folder folder;
  const std::string train = "lora-lab train --data '" + kCorpus + "' --context 64 --steps 500 --eval-every 0 --save-every 1 --out " + (folder / "run");
  // The first is killed without a chance to clean up, while the second looks on.
  const Outcome outcome = run_command(
      train + " 2>" + (folder / "first") + " & p=$!; while ! grep -q 'saved after step' " + (folder / "first") + "; do sleep 0.05; done; " +
      train + " --overwrite; second=$?; kill -KILL $p; wait $p; exit $second");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.err.find("another process (number "), std::string::npos) << outcome.err;
  const Outcome resumed = run_command("lora-lab train --resume --steps 12 --out " + (folder / "run") + " & p=$!; wait $p");
  // As many steps may already be done; anything but the lock is fine.
  EXPECT_EQ(resumed.err.find("another process"), std::string::npos) << resumed.err;
  EXPECT_FALSE(std::filesystem::exists(folder / "run/run.lock"));
}

TEST(RunFolder, IsNotGoneOnWithIfModelOrCorpusHaveChanged) {
  NEED_MODEL();
  const Folder folder;
  std::string corpus = read_text(kCorpus);
  write_text(folder / "corpus.jsonl", corpus);
  const std::string options = " --context 64 --eval-every 0 --out " + (folder / "run");
  ASSERT_EQ(run_command("lora-lab train --steps 1 --data " + (folder / "corpus.jsonl") + options).status, 0);
  corpus.replace(corpus.find("harbour"), 7, "harbors");
  write_text(folder / "corpus.jsonl", corpus);
  const Outcome changed = run_command("lora-lab train --resume --steps 2 --out " + (folder / "run"));
  EXPECT_EQ(changed.status, 1);
  EXPECT_NE(changed.err.find("the corpus has changed since the checkpoint: its SHA-256 was "), std::string::npos) << changed.err;

  write_text(folder / "corpus.jsonl", read_text(kCorpus));
  std::string model = read_text(default_model());
  model[model.size() - 1000] = static_cast<char>(model[model.size() - 1000] ^ 1);
  write_text(folder / "other.gguf", model);
  const Outcome other = run_command("lora-lab train --resume --steps 2 --model " + (folder / "other.gguf") + " --out " + (folder / "run"));
  EXPECT_EQ(other.status, 1);
  EXPECT_NE(other.err.find("the model has changed since the checkpoint: its SHA-256 was "), std::string::npos) << other.err;
  EXPECT_EQ(run_command("lora-lab train --resume --steps 2 --out " + (folder / "run")).status, 0);
}

TEST(RunFolder, IsLeftAtOnceOnASecondInterrupt) {
  NEED_MODEL();
  const Folder folder;
  const Outcome outcome = run_command(
      "lora-lab train --data '" + kCorpus + "' --context 64 --steps 500 --eval-every 0 --save-every 0 --out " + (folder / "run") + " 2>" + (folder / "err") +
      " & p=$!; while ! grep -q 'step 1/' " + (folder / "err") + "; do sleep 0.05; done; kill -INT $p; kill -INT $p; wait $p");
  EXPECT_EQ(outcome.status, 130);
  const Outcome anew = run_command("lora-lab train --data '" + kCorpus + "' --context 64 --steps 1 --eval-every 0 --overwrite --out " + (folder / "run"));
  EXPECT_EQ(anew.status, 0) << anew.err;
}

}  // namespace
}  // namespace lab
