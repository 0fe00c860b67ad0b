#include "text/jinja/context.h"

#include "base/cat.h"
#include "text/jinja/globals.h"
#include "text/jinja/operators.h"

namespace lab::jinja {

Context::~Context() {
  for (auto& name_space : namespaces_) name_space->clear();
}

void Context::keep(std::shared_ptr<Namespace> name_space) {
  if (budget.hold(sizeof(Namespace) + 64)) namespaces_.push_back(std::move(name_space));
}

std::unexpected<Failed> Context::fail(std::string message) {
  if (!error_) error_ = Error{Code::kBadTemplate, std::move(message)}.on_line(line);
  return std::unexpected(Failed{});
}

Error Context::error() const {
  if (!budget.exhausted()) return error_.value_or(Error{Code::kBadTemplate, "rendering failed"});
  return Error{Code::kLimit, cat("the chat template takes ", budget.reason())}.on_line(line).fix(
      "Use a simpler template or a shorter conversation.");
}

Maybe<Parameters> Parameters::bind(Context& context, std::string_view function,
                                   const Arguments& arguments,
                                   std::initializer_list<std::string_view> names,
                                   std::size_t required) {
  Parameters parameters;
  if (arguments.positional.size() > names.size()) {
    return context.fail(cat(function, " takes at most ", names.size(), " arguments, ",
                            arguments.positional.size(), " were given"));
  }
  std::size_t count = 0;
  for (const Value& value : arguments.positional) {
    parameters.values_[count] = value;
    parameters.given_[count++] = true;
  }
  for (const auto& [name, value] : arguments.named) {
    std::size_t i = 0;
    for (std::string_view known : names) {
      if (known == name) break;
      ++i;
    }
    if (i == names.size()) {
      return context.fail(cat(function, " got an unexpected keyword argument '", name, "'"));
    }
    if (parameters.given_[i]) {
      return context.fail(cat(function, " got multiple values for argument '", name, "'"));
    }
    parameters.values_[i] = value;
    parameters.given_[i] = true;
  }
  for (std::size_t i = 0; i < required; ++i) {
    if (!parameters.given_[i]) {
      return context.fail(cat(function, " misses the argument '", names.begin()[i], "'"));
    }
  }
  return parameters;
}

bool Parameters::truthy(std::size_t i, bool fallback) const {
  return given_[i] ? jinja::truthy(values_[i]) : fallback;
}

Maybe<std::int64_t> Parameters::integer(Context& context, std::size_t i,
                                        std::int64_t fallback) const {
  if (!given_[i]) return fallback;
  if (!values_[i].is_whole()) {
    return context.fail(cat("an integer is needed, got ", type_name(values_[i])));
  }
  return values_[i].whole();
}

Maybe<Text> Parameters::text(Context& context, std::size_t i, const Text& fallback) const {
  if (!given_[i]) return fallback;
  if (!values_[i].is_text()) {
    return context.fail(cat("a string is needed, got ", type_name(values_[i])));
  }
  return values_[i].text();
}

}  // namespace lab::jinja
