// Wrong usage: what was typed wrongly, what is near it, and where to read on.
#pragma once

#include <CLI/CLI.hpp>

#include "report.h"

namespace lab::cli {

/// What is wrong with the command line before its options are looked at: no command, or an unknown one.
Status check_command(const CLI::App& app, const std::vector<std::string>& words);

/// The error of CLI11 in this program's words.
Error usage_error(const CLI::App& app, const CLI::ParseError& error);

/// Validator of a number: from `least` to `most`, both included.
CLI::Validator in_range(double least, double most);
/// Validator of a number above zero, at most `most`.
CLI::Validator above_zero(double most);

}  // namespace lab::cli
