// The filters (value|name) and tests (value is name) of the template language, by name.
#pragma once

#include <span>
#include <string_view>

#include "text/jinja/context.h"

namespace lab::jinja {

/// Null if there is none of that name.
Builtin find_filter(std::string_view name);
/// Tests answer with a bool.
Builtin find_test(std::string_view name);

std::span<const NamedBuiltin> text_filters();
std::span<const NamedBuiltin> number_filters();
std::span<const NamedBuiltin> list_filters();    // first, join, sort ...
std::span<const NamedBuiltin> select_filters();  // map, select, reject ...
std::span<const NamedBuiltin> tests();

}  // namespace lab::jinja
