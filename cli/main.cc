// lora-lab: fine-tunes small language models on this machine. One file a command.
#include <CLI/CLI.hpp>
#include <csignal>

#include <algorithm>

#include "commands.h"
#include "cut_off_file.h"
#include "isa_wish.h"
#include "names.h"
#include "usage.h"

int main(int argc, char** argv) {
  namespace cli = lab::cli;
  // A reader that closes the pipe early must not end a run that is to be saved.
  std::signal(SIGPIPE, SIG_IGN);
  cli::explain_cut_off_files();
  CLI::App app("Fine-tunes small language models on this machine.", cli::program_name());
  app.require_subcommand(1);
  app.set_help_all_flag("--help-all", "Help of every command");
  app.set_version_flag("--version", "lora-lab " LAB_VERSION, "Print the version");
  cli::Exit exit;
  cli::add_models(app, exit);
  cli::add_inspect(app, exit);
  cli::add_tokenize(app, exit);
  cli::add_generate(app, exit);
  cli::add_chat(app, exit);
  cli::add_eval(app, exit);
  cli::add_train(app, exit);
  cli::add_merge(app, exit);
  cli::add_export(app, exit);
  cli::add_plan(app, exit);
  cli::add_probe(app, exit);
  cli::add_bench(app, exit);
  cli::add_serve(app, exit);
  if (lab::Status status = cli::obey_isa_wish(); !status) return cli::report(status.error(), false);
  const std::vector<std::string> words(argv + 1, argv + argc);
  const bool json = std::ranges::find(words, "--json") != words.end();
  if (lab::Status status = cli::check_command(app, words); !status) return cli::report(status.error(), json);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    return cli::report(cli::usage_error(app, error), json);
  }
  return exit.status;
}
