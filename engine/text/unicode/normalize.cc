#include "text/unicode/normalize.h"

#include <algorithm>
#include <tuple>
#include <vector>

#include "text/unicode/unicode.h"
#include "text/unicode/utf8.h"

namespace lab::unicode {

namespace {

// Hangul syllables are computed: the standard, section 3.12.
constexpr char32_t kSyllable = 0xAC00, kLead = 0x1100, kVowel = 0x1161, kTrail = 0x11A7;
constexpr char32_t kLeads = 19, kVowels = 21, kTrails = 28;

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

void decompose(char32_t c, bool to_compatibility, std::vector<char32_t>& out) {
  if (c >= kSyllable && c < kSyllable + kLeads * kVowels * kTrails) {
    char32_t index = c - kSyllable;
    out.push_back(kLead + index / (kVowels * kTrails));
    out.push_back(kVowel + index / kTrails % kVowels);
    if (index % kTrails) out.push_back(kTrail + index % kTrails);
    return;
  }
  bool compatibility = false;
  auto [first, last] = decomposition(c, &compatibility);
  if (first == last || (compatibility && !to_compatibility)) {
    out.push_back(c);
    return;
  }
  for (auto part = first; part != last; ++part) decompose(*part, to_compatibility, out);
}

// Puts every run of combining characters into the order of their classes.
void reorder(std::vector<char32_t>& text) {
  auto combining = [](char32_t c) { return record(c).combining_class; };
  for (auto at = text.begin(); at != text.end();) {
    if (combining(*at) == 0) {
      ++at;
      continue;
    }
    auto end = std::find_if(at, text.end(), [&](char32_t c) { return combining(c) == 0; });
    // Characters of one class keep their order, so the place is part of the key.
    std::vector<std::tuple<int, std::size_t, char32_t>> run;
    for (; at != end; ++at) run.emplace_back(combining(*at), run.size(), *at);
    std::ranges::sort(run);
    std::ranges::transform(run, end - static_cast<std::ptrdiff_t>(run.size()),
                           [](const auto& entry) { return std::get<char32_t>(entry); });
  }
}

// The composite of two characters, or 0.
char32_t compose_pair(char32_t first, char32_t second) {
  if (first - kLead < kLeads && second - kVowel < kVowels)
    return kSyllable + ((first - kLead) * kVowels + (second - kVowel)) * kTrails;
  if (first - kSyllable < kLeads * kVowels * kTrails && (first - kSyllable) % kTrails == 0 &&
      second > kTrail && second < kTrail + kTrails)
    return first + (second - kTrail);
  auto end = kComposites + kCompositeCount;
  auto at = std::lower_bound(kComposites, end, std::pair(first, second),
                             [](const Composite& a, const std::pair<char32_t, char32_t>& b) {
                               return std::pair(a.first, a.second) < b;
                             });
  return at != end && at->first == first && at->second == second ? at->composed : 0;
}

void compose(std::vector<char32_t>& text) {
  std::size_t out = 0, starter = 0;
  bool has_starter = false;
  int last_class = 0;  // of the last character kept after the starter, 0 if it is the starter
  for (char32_t c : text) {
    int combining = record(c).combining_class;
    bool adjacent = has_starter && out == starter + 1;
    if (has_starter && (adjacent || last_class < combining)) {
      if (char32_t composed = compose_pair(text[starter], c)) {
        text[starter] = composed;
        continue;
      }
    }
    if (combining == 0) {
      starter = out;
      has_starter = true;
    }
    last_class = combining;
    text[out++] = c;
  }
  text.resize(out);
}

}  // namespace

std::string normalize(std::string_view text, Form form) {
  if (is_ascii(text)) return std::string(text);
  bool compatibility = form == Form::kNfkc || form == Form::kNfkd;
  std::vector<char32_t> characters;
  characters.reserve(text.size());
  for (std::size_t at = 0; at < text.size();)
    decompose(next_code_point(text, at), compatibility, characters);
  reorder(characters);
  if (form == Form::kNfc || form == Form::kNfkc) compose(characters);
  std::string out;
  out.reserve(text.size());
  for (char32_t c : characters) append_utf8(out, c);
  return out;
}

}  // namespace lab::unicode
