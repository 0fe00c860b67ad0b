// Members of values: a.b, a[b], a[b:c:d] and the methods of texts, lists and dicts.
#pragma once

#include <span>
#include <string_view>

#include "text/jinja/context.h"

namespace lab::jinja {

/// value.name: a method or attribute, else the item of that name, else undefined. Fails only if
/// `value` itself is undefined.
Maybe<Value> attribute(Context& context, const Value& value, std::string_view name);

/// value[index]: the item, else the attribute of that name, else undefined.
Maybe<Value> item(Context& context, const Value& value, const Value& index);

/// value[start:stop:step] of a text, list, tuple or range; an undefined bound was left out.
Maybe<Value> slice(Context& context, const Value& value, const Value& start, const Value& stop,
                   const Value& step);

/// A chain of names and numbers as filters take it: "address.city", "0", or an integer.
Maybe<Value> attribute_path(Context& context, Value value, const Value& path);

std::span<const NamedBuiltin> text_methods();               // case, strip, split ...
std::span<const NamedBuiltin> text_search_methods();        // find, count, is...
std::span<const NamedBuiltin> sequence_methods(bool list);  // of a list, or of a tuple
std::span<const NamedBuiltin> dict_methods();

}  // namespace lab::jinja
