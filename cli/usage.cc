#include "usage.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "base/cat.h"
#include "names.h"

namespace lab::cli {
namespace {

const CLI::App* chosen(const CLI::App& app) {
  const auto commands = app.get_subcommands();
  return commands.empty() ? nullptr : commands.front();
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options())
    if (!option->get_lnames().empty()) names.push_back("--" + option->get_lnames().front());
  return names;
}

std::string help_of(const CLI::App* command) {
  return cat("See ", suggest(command == nullptr ? "--help" : cat(command->get_name(), " --help")), ".");
}

/// `words`: what was left over, as CLI11 lists it: backwards, with spaces between.
Error unexpected(const CLI::App& command, const std::string& words) {
  std::istringstream list(words);
  std::string word;
  for (std::string next; list >> next;)
    if (next.starts_with("-") || !word.starts_with("-")) word = next;
  if (!word.starts_with("-"))
    return Error{Code::kBadArgument, cat("'", word, "' is one word too many for ", command.get_name())}.fix(
        cat("Put quotes around a value with spaces. ", help_of(&command)));
  const std::string near = nearest(word.substr(0, word.find('=')), option_names(command));
  return Error{Code::kBadArgument, cat(command.get_name(), " has no option ", word)}.of(word).fix(
      near.empty() ? help_of(&command) : cat("The nearest is ", near, "."));
}

/// "Could not convert: --rank = many" says neither what is wanted.
Error not_a_value(const CLI::App* command, const std::string& text) {
  const std::size_t equals = text.find(" = ");
  const std::string name = text.substr(0, equals);
  std::string wanted = "another value";
  if (command != nullptr)
    if (const CLI::Option* option = command->get_option_no_throw(name)) {
      const std::string type = option->get_type_name();
      wanted = type.starts_with("UINT") ? "a whole number from 0 on" : type.starts_with("INT") ? "a whole number" : type.starts_with("FLOAT") ? "a number" : wanted;
    }
  return Error{Code::kBadArgument, cat(name, " takes ", wanted, equals == text.npos ? "" : cat(", not '", text.substr(equals + 3), "'"))}.fix(help_of(command));
}

std::string number_text(double value) {
  return value == std::floor(value) && std::abs(value) < 1e15 ? cat(static_cast<long long>(value)) : cat(value);
}

template <class Test>
CLI::Validator number_that(const std::string& description, const Test& test) {
  return CLI::Validator([description, test](std::string& text) -> std::string {
    double value = 0;
    if (!CLI::detail::lexical_cast(text, value)) return cat("'", text, "' is not a number");
    return test(value) ? "" : cat(text, " is outside ", description);
  }, description);
}

}  // namespace

Status check_command(const CLI::App& app, const std::vector<std::string>& words) {
  std::vector<std::string> commands;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) commands.push_back(command->get_name());
  std::string list;
  for (const std::string& name : commands) list += (list.empty() ? "" : ", ") + name;
  const std::string word = words.empty() || words.front() == "--json" ? "" : words.front();
  if (word.empty()) return fail(Error{Code::kBadArgument, "no command was given"}.fix(cat("Commands are ", list, ". ", help_of(nullptr))));
  const std::vector<std::string> own = {"--help", "-h", "--help-all", "--version"};
  if (std::ranges::find(commands, word) != commands.end() || std::ranges::find(own, word) != own.end()) return {};
  const bool option = word.starts_with("-");
  const std::string near = nearest(word, option ? own : commands);
  return fail(Error{Code::kBadArgument, option ? cat("there is no option ", word, " before the command") : cat("there is no command '", word, "'")}
                  .fix(cat(near.empty() ? "" : cat("The nearest is ", near, ". "), option ? "" : cat("Commands are ", list, ". "), help_of(nullptr))));
}

Error usage_error(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App* command = chosen(app);
  const std::string text = error.what();
  constexpr std::string_view kConvert = "Could not convert: ", kExcludes = " excludes ", kRequires = " requires ", kRange = ": ";
  if (command != nullptr && dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) return unexpected(*command, text.substr(text.find(kRange) + kRange.size()));
  if (text.starts_with(kConvert)) return not_a_value(command, text.substr(kConvert.size()));
  if (error.get_name() == "ExcludesError")
    if (const std::size_t at = text.find(kExcludes); at != text.npos)
      return Error{Code::kBadArgument, cat(text.substr(0, at), " and ", text.substr(at + kExcludes.size()), " cannot be given together")}.fix(help_of(command));
  if (error.get_name() == "RequiresError")
    if (const std::size_t at = text.find(kRequires); at != text.npos)
      return Error{Code::kBadArgument, cat(text.substr(0, at), " needs ", text.substr(at + kRequires.size()), " too")}.fix(help_of(command));
  if (error.get_name() == "RequiredError" && text.ends_with(" is required"))
    return Error{Code::kBadArgument, cat(text.substr(0, text.size() - 12), " is missing")}.fix(help_of(command));
  if (error.get_name() == "ValidationError")
    if (const std::size_t at = text.find(kRange); at != text.npos)
      return Error{Code::kBadArgument, cat(text.substr(0, at), " ", text.substr(at + kRange.size()))}.fix(help_of(command));
  return Error{Code::kBadArgument, text}.fix(help_of(command));
}

CLI::Validator in_range(double least, double most) {
  return number_that(cat(number_text(least), " to ", number_text(most)), [=](double value) { return value >= least && value <= most; });
}

CLI::Validator above_zero(double most) {
  return number_that(cat("what is above 0, at most ", number_text(most)), [=](double value) { return value > 0 && value <= most; });
}

}  // namespace lab::cli
