// lora-lab: fine-tunes small language models on this machine. One file a command.
#include <CLI/CLI.hpp>

#include "commands.h"

int main(int argc, char** argv) {
  CLI::App app("Fine-tunes small language models on this machine.", "lora-lab");
  app.require_subcommand(1);
  app.set_help_all_flag("--help-all", "Help of every command");
  lab::cli::Exit exit;
  lab::cli::add_models(app, exit);
  lab::cli::add_inspect(app, exit);
  lab::cli::add_tokenize(app, exit);
  lab::cli::add_generate(app, exit);
  lab::cli::add_chat(app, exit);
  lab::cli::add_eval(app, exit);
  lab::cli::add_train(app, exit);
  lab::cli::add_merge(app, exit);
  lab::cli::add_export(app, exit);
  lab::cli::add_plan(app, exit);
  lab::cli::add_probe(app, exit);
  lab::cli::add_bench(app, exit);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? lab::cli::kDone : lab::cli::kUsage;
  }
  return exit.status;
}
