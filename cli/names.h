// How the program calls itself, and words as a shell takes them.
#pragma once

#include <string>
#include <string_view>

namespace lab::cli {

/// What people type to run the program: ./lab says it in LAB_NAME, else "lora-lab".
std::string program_name();

/// A command line to suggest: the program's name, then `rest`.
std::string suggest(std::string_view rest);

/// The word as it can be pasted into a shell: quoted where it has spaces or the like.
std::string shell_word(std::string_view word);

/// The one of `words` that is nearest to `word` in its letters; "" if none is near.
template <class Words>
std::string nearest(std::string_view word, const Words& words);

/// How many letters have to be changed, added, dropped or swapped with the next.
std::size_t letters_apart(std::string_view a, std::string_view b);

template <class Words>
std::string nearest(std::string_view word, const Words& words) {
  std::string best;
  std::size_t least = word.size() / 3 + 2;
  for (const std::string& candidate : words)
    if (const std::size_t apart = letters_apart(word, candidate); apart < least) {
      least = apart;
      best = candidate;
    }
  return best;
}

}  // namespace lab::cli
