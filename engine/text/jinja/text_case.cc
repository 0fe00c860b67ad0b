// Case mappings of texts, character by character, each result marked as its source was.
#include "text/jinja/characters.h"
#include "text/jinja/text_tools.h"
#include "text/unicode/utf8.h"

namespace lab::jinja {

namespace {

using unicode::next_code_point;
using unicode::previous_code_point;

// Calls map(out, c, begin, end) for each character of the text.
template <class Map>
Text map_characters(Context& context, const Text& text, const Map& map) {
  TextBuilder out(context.budget);
  OriginCursor origins(text);
  std::string run;  // mapped characters of the same origin
  Origin run_origin = 0;
  std::string_view bytes = text.view();
  context.budget.spend(bytes.size() / 8);
  for (std::size_t at = 0; at < bytes.size();) {
    std::size_t begin = at;
    char32_t c = next_code_point(bytes, at);
    Origin own = origins.at(begin);
    if (own != run_origin) {
      out.append(run, run_origin);
      run.clear();
      run_origin = own;
    }
    map(run, c, begin, at);
  }
  out.append(run, run_origin);
  return out.finish(text.is_markup());
}

// Sigma is written differently at the end of a word (Unicode Standard, 3.13, Final_Sigma).
bool is_final_sigma(std::string_view bytes, std::size_t begin, std::size_t end) {
  auto ignorable = [](char32_t c) {
    auto category = unicode::category(c);
    return c == '\'' || c == '.' || c == ':' || c == 0xB7 || c == 0x2019 ||
           unicode::is_mark(category) || category == unicode::Category::kLm ||
           category == unicode::Category::kSk || category == unicode::Category::kCf;
  };
  bool after_letter = false;
  while (begin > 0) {
    char32_t c = previous_code_point(bytes, begin);
    if (ignorable(c)) continue;
    after_letter = is_cased(c);
    break;
  }
  while (after_letter && end < bytes.size()) {
    char32_t c = next_code_point(bytes, end);
    if (ignorable(c)) continue;
    return !is_cased(c);
  }
  return after_letter;
}

void append_lower_in(std::string& out, std::string_view bytes, char32_t c, std::size_t begin,
                     std::size_t end) {
  if (c == 0x3A3 && is_final_sigma(bytes, begin, end)) return unicode::append_utf8(out, 0x3C2);
  append_lower(out, c);
}

bool starts_word(char32_t c) {
  return is_space(c) || c == '-' || c == '(' || c == '{' || c == '[' || c == '<';
}

}  // namespace

Text upper(Context& context, const Text& text) {
  return map_characters(context, text, [](std::string& out, char32_t c, std::size_t, std::size_t) {
    append_upper(out, c);
  });
}

Text lower(Context& context, const Text& text) {
  return map_characters(context, text,
                        [&](std::string& out, char32_t c, std::size_t begin, std::size_t end) {
                          append_lower_in(out, text.view(), c, begin, end);
                        });
}

Text casefold(Context& context, const Text& text) {
  return map_characters(context, text, [](std::string& out, char32_t c, std::size_t, std::size_t) {
    if (c == 0xDF || c == 0x1E9E)
      out += "ss";
    else
      unicode::append_utf8(out, unicode::fold(c));
  });
}

Text swapcase(Context& context, const Text& text) {
  return map_characters(context, text,
                        [&](std::string& out, char32_t c, std::size_t begin, std::size_t end) {
                          if (is_upper(c))
                            append_lower_in(out, text.view(), c, begin, end);
                          else if (is_lower(c))
                            append_upper(out, c);
                          else
                            unicode::append_utf8(out, c);
                        });
}

Text capitalize(Context& context, const Text& text) {
  return map_characters(context, text,
                        [&](std::string& out, char32_t c, std::size_t begin, std::size_t end) {
                          if (begin == 0)
                            append_title(out, c);
                          else
                            append_lower_in(out, text.view(), c, begin, end);
                        });
}

Text title(Context& context, const Text& text) {
  bool inside = false;
  return map_characters(context, text,
                        [&](std::string& out, char32_t c, std::size_t begin, std::size_t end) {
                          if (inside)
                            append_lower_in(out, text.view(), c, begin, end);
                          else
                            append_title(out, c);
                          inside = is_cased(c);
                        });
}

Text title_words(Context& context, const Text& text) {
  std::size_t rest = 0;  // of the word, behind its first character; 0 outside of words
  return map_characters(
      context, text, [&](std::string& out, char32_t c, std::size_t begin, std::size_t end) {
        if (rest > 0) {
          append_lower_in(out, text.view().substr(rest), c, begin - rest, end - rest);
        } else {
          append_upper(out, c);
          rest = end;
        }
        if (starts_word(c)) rest = 0;
      });
}

}  // namespace lab::jinja
