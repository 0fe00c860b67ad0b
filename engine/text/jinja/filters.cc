#include "text/jinja/filters.h"

namespace lab::jinja {

namespace {

Builtin find_in(std::span<const NamedBuiltin> table, std::string_view name) {
  for (const NamedBuiltin& entry : table) {
    if (entry.name == name) return entry.function;
  }
  return nullptr;
}

}  // namespace

Builtin find_filter(std::string_view name) {
  for (auto table : {text_filters(), number_filters(), list_filters(), select_filters()}) {
    if (Builtin found = find_in(table, name)) return found;
  }
  return nullptr;
}

Builtin find_test(std::string_view name) { return find_in(tests(), name); }

}  // namespace lab::jinja
