// What the documents say: README's commands run, and every option that is mentioned is there.
#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "program.h"

namespace lab {
namespace {

const std::string kRoot = LAB_SOURCE_DIR;

/// Commands of the program, with the options that users and scripts rely on.
const std::map<std::string, std::vector<std::string>> kCommands = {
    {"models", {"--json"}},
    {"inspect", {"--tensor", "--out", "--json"}},
    {"tokenize", {"--model", "--decode", "--special", "--add-special", "--chat", "--template"}},
    {"generate", {"--model", "--adapter", "--prompt", "--max-tokens", "--temperature", "--top-k", "--top-p", "--seed", "--json"}},
    {"chat", {"--model", "--adapter", "--max-tokens", "--temperature", "--top-k", "--top-p", "--seed", "--system"}},
    {"eval", {"--model", "--adapter", "--data", "--context", "--stride", "--json"}},
    {"train", {"--model", "--data", "--out", "--rank", "--alpha", "--targets", "--variant", "--lr", "--schedule", "--warmup", "--weight-decay", "--clip",
               "--steps", "--epochs", "--context", "--batch", "--grad-accum", "--seed", "--threads", "--precision", "--val-fraction", "--eval-every",
               "--save-every", "--resume", "--log", "--overwrite", "--json"}},
    {"merge", {"--model", "--adapter", "--out", "--dtype", "--overwrite", "--json"}},
    {"export", {"--adapter", "--format", "--out", "--overwrite", "--json"}},
    {"plan", {"--model", "--data", "--rank", "--variant", "--steps", "--context", "--batch", "--json"}},
    {"probe", {"--model", "--adapter", "--ids", "--out", "--grads", "--train-steps", "--continue", "--precision", "--threads", "--lr", "--weight-decay", "--json"}},
    {"bench", {"--model", "--json"}},
    {"serve", {"--model", "--adapter", "--host", "--port", "--context", "--studio"}}};

/// Every "--name" in the text.
std::set<std::string> options_in(const std::string& text) {
  std::set<std::string> names;
  for (std::size_t at = text.find("--"); at != text.npos; at = text.find("--", at + 2)) {
    if (at > 0 && (text[at - 1] == '-' || std::isalnum(static_cast<unsigned char>(text[at - 1])))) continue;
    std::size_t end = at + 2;
    while (end < text.size() && (std::islower(static_cast<unsigned char>(text[end])) || text[end] == '-' || text[end] == '_')) ++end;
    if (end > at + 3) names.insert(text.substr(at, end - at));
  }
  return names;
}

const std::set<std::string>& options_of(const std::string& command) {
  static std::map<std::string, std::set<std::string>> known;
  auto [at, fresh] = known.try_emplace(command);
  if (fresh) at->second = options_in(run_command("lora-lab " + command + " --help").out);
  return at->second;
}

/// The command that a line of a document is about: "./lab train ..", "lora-lab train ..", or a table's "| `train` |".
std::string command_in(const std::string& text) {
  for (const auto& [command, options] : kCommands)
    for (const std::string& before : {"lab " + command, "| `" + command, "`" + command + " --"})
      if (const std::size_t at = text.find(before); at != text.npos) {
        const std::size_t end = at + before.size();
        if (end == text.size() || !std::isalnum(static_cast<unsigned char>(text[end]))) return command;
      }
  return "";
}

/// The lines of a document; those that end with a backslash joined to the next.
std::vector<std::string> lines_of(const std::string& path) {
  std::vector<std::string> lines;
  std::istringstream text(read_text(path));
  bool joined = false;
  for (std::string line; std::getline(text, line);) {
    const bool joins = line.ends_with("\\");
    if (joins) line.pop_back();
    if (joined) lines.back() += line;
    else lines.push_back(line);
    joined = joins;
  }
  return lines;
}

TEST(Commands, HaveTheOptionsThatScriptsRelyOn) {
  const std::string list = run_command("lora-lab --help").out;
  for (const auto& [command, options] : kCommands) {
    EXPECT_NE(list.find("  " + command + " "), std::string::npos) << command;
    for (const std::string& option : options) EXPECT_TRUE(options_of(command).contains(option)) << command << " " << option;
  }
}

TEST(Commands, PrintTheFieldsThatScriptsRelyOn) {
  NEED_MODEL();
  const Folder folder;
  const std::string corpus = " --data " + kRoot + "/examples/harbour-log.jsonl", run = folder / "run", adapter = " --adapter " + run;
  write_text(folder / "text.txt", "A short text about boats and the sea.");
  const std::vector<std::pair<std::string, std::vector<std::string>>> commands = {
      {"models", {"models"}},
      {"train --context 64 --steps 1 --val-fraction 0.02 --targets q_proj --out " + run + corpus,
       {"steps", "tokens", "loss_first", "loss_last", "val_loss_first", "val_loss_last", "tokens_per_s", "peak_rss_bytes", "predicted_peak_bytes",
        "predicted_tokens_per_s", "out"}},
      {"plan --context 64 --steps 1" + corpus, {"eta_s", "tokens_per_s", "peak_bytes", "flops_per_token", "fits", "reasons"}},
      {"inspect " + run, {"format", "architecture", "parameters", "tensors", "bytes"}},
      {"generate --prompt Hello --max-tokens 2" + adapter,
       {"text", "ids", "prefill_tokens", "prefill_tokens_per_s", "decode_tokens", "decode_tokens_per_s"}},
      {"eval --data " + (folder / "text.txt") + adapter, {"tokens", "loss", "perplexity", "tokens_per_s"}},
      {"merge --dtype q8_0 --out " + (folder / "m.gguf") + adapter, {"out", "bytes", "max_abs_logit_difference"}},
      {"export --format gguf --out " + (folder / "a.gguf") + adapter, {"out", "bytes"}}};
  for (const auto& [command, fields] : commands) {
    const Json json = run_json("lora-lab " + command + " --json");
    for (const std::string& field : fields) EXPECT_TRUE(json.find(field) != nullptr) << command << ": " << field;
  }
  const Json model = run_json("lora-lab models --json").find("models")->array().front();
  for (const char* field : {"name", "cached", "bytes", "path", "source"}) EXPECT_TRUE(model.find(field) != nullptr) << field;
}

TEST(Documents, MentionOnlyOptionsThatExist) {
  std::vector<std::string> documents = {kRoot + "/README.md", kRoot + "/HACKING.md", kRoot + "/examples/README.md"};
  for (const auto& entry : std::filesystem::directory_iterator(kRoot + "/docs"))
    if (entry.path().extension() == ".md") documents.push_back(entry.path().string());
  const std::set<std::string> all = options_in(run_command("lora-lab --help-all").out);
  int seen = 0;
  for (const std::string& document : documents)
    for (const std::string& line : lines_of(document)) {
      // Lines about other programs.
      if (std::ranges::any_of(std::vector<std::string>{"cmake ", "ctest ", "gtest", "npm ", "node ", "bench/", "build/native/", "./lab start", "llama-"},
                              [&](const std::string& other) { return line.find(other) != line.npos; }))
        continue;
      const std::string command = command_in(line);
      for (const std::string& option : options_in(line)) {
        ++seen;
        EXPECT_TRUE((command.empty() ? all : options_of(command)).contains(option) || all.contains(option)) << document << " mentions " << option << ": " << line;
        if (line.find("lab " + command) != line.npos && !command.empty() && line.find('`') == line.npos)
          EXPECT_TRUE(options_of(command).contains(option)) << document << ": " << command << " has no " << option << ": " << line;
      }
    }
  EXPECT_GT(seen, 50);
}

TEST(Documents, NameEveryCommandInTheReadme) {
  const std::string readme = read_text(kRoot + "/README.md");
  for (const auto& [command, options] : kCommands) EXPECT_NE(readme.find("| `" + command), std::string::npos) << command;
}

TEST(Readme, CommandsRunAsTheyAreWritten) {
  NEED_MODEL();
  const Folder folder;
  std::string script = "set -e\ncd '" + (folder / "") + "'\nln -s '" + kRoot + "/examples' examples\n";
  bool inside = false;
  int commands = 0;
  for (std::string line : lines_of(kRoot + "/README.md")) {
    if (line.starts_with("```")) {
      inside = line == "```sh";
      continue;
    }
    if (!inside || line.empty()) continue;
    for (std::size_t at = line.find("./lab "); at != line.npos; at = line.find("./lab ", at)) line.replace(at, 6, "lora-lab ");
    // Few steps show that the command works; how far the loss falls is another test's matter.
    if (const std::size_t at = line.find("--steps 40"); at != line.npos) line.replace(at, 10, "--steps 2");
    script += line + "\n";
    ++commands;
  }
  ASSERT_GE(commands, 7);
  const Outcome outcome = run_command(script);
  EXPECT_EQ(outcome.status, 0) << script << outcome.err;
}

TEST(TheScript, RefusesOptionsOfStartThatItDoesNotHave) {
  const Outcome outcome = run_command("sh '" + kRoot + "/lab' start --prot 8080");
  EXPECT_EQ(outcome.status, 2);
  EXPECT_NE(outcome.err.find("--prot"), std::string::npos) << outcome.err;
}

}  // namespace
}  // namespace lab
