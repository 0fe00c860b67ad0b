// The program's commands: each adds itself to the command line and leaves its status in `exit`.
#pragma once

#include <CLI/CLI.hpp>

#include "report.h"

namespace lab::cli {

void add_models(CLI::App& app, Exit& exit);
void add_inspect(CLI::App& app, Exit& exit);
void add_tokenize(CLI::App& app, Exit& exit);
void add_generate(CLI::App& app, Exit& exit);
void add_chat(CLI::App& app, Exit& exit);
void add_eval(CLI::App& app, Exit& exit);
void add_train(CLI::App& app, Exit& exit);
void add_merge(CLI::App& app, Exit& exit);
void add_export(CLI::App& app, Exit& exit);
void add_plan(CLI::App& app, Exit& exit);
void add_probe(CLI::App& app, Exit& exit);
void add_bench(CLI::App& app, Exit& exit);
void add_serve(CLI::App& app, Exit& exit);

}  // namespace lab::cli
