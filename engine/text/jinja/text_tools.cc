#include "text/jinja/text_tools.h"

#include <algorithm>

#include "text/jinja/characters.h"
#include "text/unicode/utf8.h"

namespace lab::jinja {

namespace {

using unicode::next_code_point;
using unicode::previous_code_point;

bool is_stripped(char32_t c, const Text* characters) {
  if (!characters) return is_space(c);
  std::string_view set = characters->view();
  for (std::size_t at = 0; at < set.size();) {
    if (next_code_point(set, at) == c) return true;
  }
  return false;
}

// The pieces were found from the right.
std::vector<Value> in_order(std::vector<Value> pieces, bool from_right) {
  if (from_right) std::reverse(pieces.begin(), pieces.end());
  return pieces;
}

std::vector<Value> split_at_spaces_right(Context& context, const Text& text, std::int64_t most) {
  std::vector<Value> pieces;
  std::string_view bytes = text.view();
  std::size_t end = bytes.size();
  while (context.budget.spend(1)) {
    std::size_t before = end;
    while (end > 0 && (before = end, is_space(previous_code_point(bytes, before)))) end = before;
    if (end == 0) break;
    std::size_t begin = end;
    if (most >= 0 && static_cast<std::int64_t>(pieces.size()) == most) {
      begin = 0;
    } else {
      while (begin > 0 && (before = begin, !is_space(previous_code_point(bytes, before))))
        begin = before;
    }
    pieces.emplace_back(cut(context.budget, text, begin, end));
    end = begin;
  }
  return in_order(std::move(pieces), true);
}

}  // namespace

Text strip(Context& context, const Text& text, const Text* characters, bool left, bool right) {
  std::string_view bytes = text.view();
  std::size_t begin = 0, end = bytes.size();
  for (std::size_t at = begin; left && begin < end; begin = at) {
    if (!is_stripped(next_code_point(bytes, at), characters)) break;
  }
  for (std::size_t at = end; right && begin < end; end = at) {
    if (!is_stripped(previous_code_point(bytes, at), characters)) break;
  }
  context.budget.spend((bytes.size() - (end - begin)) *
                       (characters ? characters->length() + 1 : 1) / 8);
  return cut(context.budget, text, begin, end);
}

std::vector<Value> split_at(Context& context, const Text& text, std::string_view separator,
                            std::int64_t most, bool from_right) {
  std::vector<Value> pieces;
  std::string_view bytes = text.view();
  context.budget.spend(bytes.size() / 32);
  std::size_t begin = 0, end = bytes.size();
  while (context.budget.spend(1) && (most < 0 || static_cast<std::int64_t>(pieces.size()) < most)) {
    std::string_view rest = bytes.substr(begin, end - begin);
    std::size_t at = from_right ? rest.rfind(separator) : rest.find(separator);
    if (at == rest.npos) break;
    at += begin;
    if (from_right) {
      pieces.emplace_back(cut(context.budget, text, at + separator.size(), end));
      end = at;
    } else {
      pieces.emplace_back(cut(context.budget, text, begin, at));
      begin = at + separator.size();
    }
  }
  pieces.emplace_back(cut(context.budget, text, begin, end));
  return in_order(std::move(pieces), from_right);
}

std::vector<Value> split_at_spaces(Context& context, const Text& text, std::int64_t most,
                                   bool from_right) {
  context.budget.spend(text.view().size() / 8);
  if (from_right) return split_at_spaces_right(context, text, most);
  std::vector<Value> pieces;
  std::string_view bytes = text.view();
  std::size_t begin = 0;
  while (context.budget.spend(1)) {
    std::size_t after = begin;
    while (begin < bytes.size() && is_space(next_code_point(bytes, after))) begin = after;
    if (begin == bytes.size()) break;
    std::size_t end = begin;
    if (most >= 0 && static_cast<std::int64_t>(pieces.size()) == most) {
      end = bytes.size();  // the rest keeps its spaces
    } else {
      after = end;
      while (end < bytes.size() && !is_space(next_code_point(bytes, after))) end = after;
    }
    pieces.emplace_back(cut(context.budget, text, begin, end));
    begin = end;
  }
  return pieces;
}

std::vector<Value> split_lines(Context& context, const Text& text, bool keep_ends) {
  std::vector<Value> lines;
  std::string_view bytes = text.view();
  context.budget.spend(bytes.size() / 8);
  std::size_t begin = 0;
  for (std::size_t at = 0; at < bytes.size();) {
    std::size_t end = at;
    char32_t c = next_code_point(bytes, at);
    if (!is_line_break(c)) continue;
    if (c == '\r' && at < bytes.size() && bytes[at] == '\n') ++at;
    lines.emplace_back(cut(context.budget, text, begin, keep_ends ? at : end));
    begin = at;
    if (!context.budget.spend(1)) break;
  }
  if (begin < bytes.size()) lines.emplace_back(cut(context.budget, text, begin));
  return lines;
}

Text replace(Context& context, const Text& text, const Text& old, const Text& with,
             std::int64_t count) {
  TextBuilder out(context.budget);
  std::string_view bytes = text.view();
  context.budget.spend(bytes.size() / 32);
  std::size_t at = 0;
  for (std::int64_t done = 0; (count < 0 || done < count) && context.budget.spend(1); ++done) {
    std::size_t found = bytes.find(old.view(), at);
    if (found == bytes.npos) break;
    if (old.empty()) {  // between all characters, and at both ends
      out.append(with);
      if (at == bytes.size()) return out.finish();
      found = at + unicode::utf8_length(static_cast<unsigned char>(bytes[at]));
      out.append(text, at, found);
      at = found;
      continue;
    }
    out.append(text, at, found);
    out.append(with);
    at = found + old.view().size();
  }
  if (at == 0) return text;
  out.append(text, at);
  return out.finish();
}

Text pad(Context& context, const Text& text, std::int64_t width, char align, const Text& fill) {
  auto length = static_cast<std::int64_t>(text.length());
  if (width <= length) return text;
  std::int64_t padding = width - length;
  // str.center puts the odd one to the left where the width is odd.
  std::int64_t left = align == '<'   ? 0
                      : align == '>' ? padding
                                     : padding / 2 + (padding & width & 1);
  TextBuilder out(context.budget);
  for (std::int64_t i = 0; i < left; ++i) out.append(fill);
  out.append(text);
  for (std::int64_t i = left; i < padding; ++i) out.append(fill);
  return out.finish();
}

Text reversed(Context& context, const Text& text) {
  TextBuilder out(context.budget);
  for (std::size_t end = text.view().size(); end > 0 && context.budget.spend(1);) {
    std::size_t begin = end;
    previous_code_point(text.view(), begin);
    out.append(text, begin, end);
    end = begin;
  }
  return out.finish();
}

}  // namespace lab::jinja
