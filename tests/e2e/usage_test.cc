// What people type wrongly, and stopping: sentences that name it, and statuses that scripts can test.
#include "program.h"

namespace lab {
namespace {

void expect_refused(const std::string& command, const std::vector<std::string>& words) {
  const Outcome outcome = run_command(command);
  EXPECT_EQ(outcome.status, 2) << command;
  EXPECT_EQ(outcome.out, "") << command;
  for (const std::string& word : words) EXPECT_NE(outcome.err.find(word), std::string::npos) << command << "\n" << outcome.err;
}

TEST(Usage, NamesAnUnknownCommandAndTheNearestOne) {
  expect_refused("lora-lab trian", {"no command 'trian'", "The nearest is train", "inspect"});
  expect_refused("lora-lab", {"no command was given", "train"});
  expect_refused("lora-lab --verbos", {"--verbos"});
}

TEST(Usage, NamesAnUnknownOptionAndTheNearestOne) {
  expect_refused("lora-lab train --setps 3", {"no option --setps", "--steps"});
  expect_refused("lora-lab inspect one two", {"'two'", "too many"});
}

TEST(Usage, RefusesNumbersOutsideTheirRangeByName) {
  for (const char* option : {"--epochs -1", "--epochs 0", "--epochs nan", "--steps 0", "--steps -5", "--batch 0", "--batch -2", "--grad-accum 0", "--rank 0",
                             "--lr -1", "--lr nan", "--context 1", "--val-fraction 1", "--seed -1", "--rank many", "--dropout 2"}) {
    const std::string name = std::string(option).substr(0, std::string(option).find(' '));
    expect_refused(std::string("lora-lab train --data x.txt ") + option, {name});
  }
  expect_refused("lora-lab generate --prompt x --top-p 3", {"--top-p 3 is outside 0 to 1"});
  expect_refused("lora-lab train --steps 5 --epochs 2", {"--steps and --epochs cannot be given together"});
  expect_refused("lora-lab generate", {"--prompt is missing"});
}

TEST(Usage, IsAJsonErrorWhereJsonWasAskedFor) {
  for (const char* command : {"lora-lab --json", "lora-lab dance --json", "lora-lab generate --json", "lora-lab train --json --rank many", "lora-lab plan --json"}) {
    const Outcome outcome = run_command(command);
    EXPECT_EQ(outcome.status, 2) << command;
    const auto json = parse_json(outcome.out);
    ASSERT_TRUE(json) << command << ": " << outcome.out;
    EXPECT_EQ(json->find("error")->find("code")->string(), "bad_argument");
  }
}

TEST(Usage, SaysTheVersion) {
  const Outcome outcome = run_command("lora-lab --version");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_TRUE(outcome.out.starts_with("lora-lab ")) << outcome.out;
}

TEST(Usage, HelpShowsTheNameThatPeopleType) {
  EXPECT_NE(run_command("lora-lab train --help").out.find("lora-lab train"), std::string::npos);
  EXPECT_NE(run_command("LAB_NAME=./lab lora-lab train --help").out.find("./lab train"), std::string::npos);
  EXPECT_NE(run_command("LAB_NAME='/my lab/lab' lora-lab trian").err.find("'/my lab/lab' --help"), std::string::npos);
}

/// Starts `command` with its output in $out, signals it when `text` is there, waits for its end.
Outcome stop_when(const std::string& command, const std::string& text, const std::string& signals) {
  return run_command("out=$(mktemp); " + command + " >$out & p=$!; i=0; while ! grep -q '" + text +
                     "' $out && [ $i -lt 400 ]; do sleep 0.05; i=$((i+1)); done; " + signals + " wait $p; s=$?; cat $out; rm $out; exit $s");
}

TEST(Interrupts, EndGenerateWithWhatItHas) {
  NEED_MODEL();
  for (const char* signal : {"INT", "TERM"}) {
    const Outcome outcome = stop_when("env --default-signal=INT lora-lab generate --prompt 'Once upon a time' --max-tokens 2000", "[a-z]", std::string("kill -") + signal + " $p;");
    EXPECT_EQ(outcome.status, 130) << outcome.err;
    EXPECT_NE(outcome.err.find("cancelled"), std::string::npos) << outcome.err;
    EXPECT_GT(outcome.out.size(), 1u);
  }
  const Outcome json = run_command("env --default-signal=INT lora-lab generate --prompt 'Once upon a time' --max-tokens 2000 --json & p=$!; sleep 1.5; kill -INT $p; wait $p");
  EXPECT_EQ(json.status, 130);
  EXPECT_EQ(parse_json(json.out).value().find("stop_reason")->string(), "cancelled");
}

TEST(Interrupts, EndAChatsAnswerAndThenTheChat) {
  NEED_MODEL();
  // The first Ctrl-C ends the answer; the next question is answered; the pipe's end leaves.
  const Outcome outcome = stop_when("{ echo 'Write a very long story.'; sleep 4; echo 'What is the capital of France?'; } | env --default-signal=INT lora-lab chat --max-tokens 1500",
                                    "[a-z]", "kill -INT $p;");
  EXPECT_NE(outcome.err.find("the answer was stopped"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.out.find("Paris"), std::string::npos) << outcome.out;
  EXPECT_EQ(outcome.status, 0);
}

TEST(Output, ThatNobodyReadsIsNoCrash) {
  NEED_MODEL();
  // bash, for the first command's status.
  for (const char* command : {"lora-lab inspect smollm2-135m", "lora-lab inspect smollm2-135m --json", "lora-lab generate --prompt Hello --max-tokens 200", "lora-lab --help-all"}) {
    const Outcome outcome = run_command(std::string("bash -c '") + command + " | head -c 1 >/dev/null; exit ${PIPESTATUS[0]}'");
    EXPECT_EQ(outcome.status, 0) << command << outcome.err;
  }
}

}  // namespace
}  // namespace lab
