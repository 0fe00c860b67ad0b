// The normalization forms NFC, NFD, NFKC and NFKD of Unicode 9.0.
#pragma once

#include <string>
#include <string_view>

namespace lab::unicode {

enum class Form { kNfc, kNfd, kNfkc, kNfkd };

/// The normalized form of a valid text, as UTF-8 (Unicode Standard Annex #15).
std::string normalize(std::string_view text, Form form);

}  // namespace lab::unicode
