#include "number_text.h"

#include <bit>

#include "simd.h"

namespace microlora {
namespace {

/// 10^e: exact up to 22, within a few units of 2^-53 beyond.
double power_of_ten(int e) {
  static constexpr double kSmall[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                      1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                      1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  double high = 1;
  for (; e > 22; e -= 22) high *= 1e22;
  return kSmall[e] * high;
}

[[gnu::noinline]] double scaled(double v, int e) {
  return e < 0 ? v / power_of_ten(-e) : v * power_of_ten(e);
}

char* write_digits(char* out, std::uint32_t value, int count) {
  for (char* p = out + count; p > out; value /= 10) *--p = static_cast<char>('0' + value % 10);
  return out + count;
}

/// Digits and a power of ten: 125e-3.
char* write_number(char* out, float value) {
  *out = '-';
  out += value < 0;
  const double v = __builtin_fabs(static_cast<double>(value));
  const auto bits = std::bit_cast<std::uint64_t>(v);
  // floor(log10(2^e)), which is the exponent of the first digit or one less
  const int first = (static_cast<int>(bits >> 52) - 1023) * 1233 >> 12;
  int exponent = first - 8;
  const double power = scaled(1, -exponent), exact = v * power;
  // What lies nearer than half the distance to the next float reads back as this one, however it is
  // rounded on the way; below a power of two the next float is nearer.
  const double next =
      std::bit_cast<double>((bits & 0x7ff0000000000000u) - (std::uint64_t{24} << 52));
  const double near = next * power * (bits << 12 ? 1 - 1e-6 : 0.5 - 1e-6);
  auto digits = static_cast<std::uint32_t>(static_cast<std::int32_t>(exact + 0.5));
  int count = digits > 999999999 ? 10 : 9;
  for (std::uint32_t unit = 10; unit <= 10000; unit *= 10) {
    const std::uint32_t fewer = (digits + 5) / 10;
    if (!(__builtin_fabs(exact - static_cast<double>(fewer * unit)) < near)) break;
    digits = fewer;
    ++exponent;
    --count;
  }
  for (; digits % 10 == 0; digits /= 10, --count) ++exponent;
  out = write_digits(out, digits, count ? count : 1);  // 9.99 rounded up has become a 1
  if (exponent == 0) return out;
  *out++ = 'e';
  *out = '-';
  out += exponent < 0;
  const int size = exponent < 0 ? -exponent : exponent;
  return write_digits(out, static_cast<std::uint32_t>(size), size < 10 ? 1 : 2);
}

bool is_digit(const char* p, const char* end) {
  return p < end && static_cast<unsigned>(*p - '0') < 10;
}

/// The place after a JSON number, or null if there is none at p.
const char* read_number(const char* p, const char* end, float& value) {
  const bool negative = p < end && *p == '-';
  p += negative;
  double digits = 0;  // exact up to 2^53; what comes after that changes no float32
  int exponent = 0;
  const char* const first = p;
  for (; is_digit(p, end); ++p) digits = digits * 10 + (*p - '0');
  if (p == first || (*first == '0' && p - first > 1)) return nullptr;
  if (p < end && *p == '.') {
    const char* const point = ++p;
    for (; is_digit(p, end); ++p) {
      if (digits > 1e17) continue;
      digits = digits * 10 + (*p - '0');
      --exponent;
    }
    if (p == point) return nullptr;
  }
  if (p < end && (*p == 'e' || *p == 'E')) {
    ++p;
    const bool minus = p < end && *p == '-';
    p += minus || (p < end && *p == '+');
    if (!is_digit(p, end)) return nullptr;
    int e = 0;
    for (; is_digit(p, end); ++p) e = e < 1000 ? e * 10 + (*p - '0') : e;
    exponent += minus ? -e : e;
  }
  const int limit = 2000;
  exponent = exponent > limit ? limit : exponent < -limit ? -limit : exponent;
  value = digits == 0 ? 0 : static_cast<float>(scaled(digits, exponent));
  if (negative) value = -value;
  return finite(value) ? p : nullptr;
}

const char* skip_space(const char* p, const char* end) {
  while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')) ++p;
  return p;
}

}  // namespace

char* write_numbers(const float* values, const Order& order, char* out) {
  for (std::uint32_t i = 0; i < order.outer; ++i, values += order.outer_step) {
    const float* v = values;
    for (std::uint32_t k = 0; k < order.inner; ++k, v += order.inner_step) {
      if (*v == 0) {
        *out++ = '0';
      } else {
        out = write_number(out, *v);
      }
      *out++ = ',';
    }
  }
  return out - 1;
}

std::int32_t read_numbers(const char* p, std::size_t size, float* out) {
  const char* const end = p + size;
  for (std::int32_t n = 1;; ++n, ++p, ++out) {
    p = read_number(skip_space(p, end), end, *out);
    if (!p) return -1;
    p = skip_space(p, end);
    if (p == end) return n;
    if (*p != ',') return -1;
  }
}

}  // namespace microlora
