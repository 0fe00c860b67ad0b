// Numbers with a given precision as text. libc++'s own way has tables of 100 KB, which is a sixth of the module's
// download; these functions of its to_chars(), with the names that it has for them, take the C library's instead, whose
// digits are the same (both are exact). Should a later libc++ name them otherwise, the module grows again.
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <string>

namespace std {
inline namespace __2 {

namespace {

to_chars_result print(char* first, char* last, const char* format, double number, uint32_t precision) {
  const int digits = static_cast<int>(precision), length = snprintf(nullptr, 0, format, digits, number);
  if (length < 0 || length > last - first) return {last, errc::value_too_large};
  // What is printed ends with a zero, for which the caller's room need not suffice.
  string text(static_cast<size_t>(length) + 1, '\0');
  snprintf(text.data(), text.size(), format, digits, number);
  return {copy_n(text.data(), length, first), errc()};
}

}  // namespace

to_chars_result __d2fixed_buffered_n(char* first, char* last, double number, uint32_t precision) {
  return print(first, last, "%.*f", number, precision);
}
to_chars_result __d2exp_buffered_n(char* first, char* last, double number, uint32_t precision) {
  return print(first, last, "%.*e", number, precision);
}


/// The last `count` decimal digits of a number.
void __append_n_digits(uint32_t count, uint32_t number, char* to) {
  for (; count > 0; number /= 10) to[--count] = static_cast<char>('0' + number % 10);
}
void __append_nine_digits(uint32_t number, char* to) { __append_n_digits(9, number, to); }

}  // namespace __2
}  // namespace std
