#include "number_text.h"

#include <bit>
#include <cstring>

#include "simd.h"

namespace microlora {
namespace {

/// 10^e for e from 0, made when first needed: exact up to 22, within a few units of 2^-53 beyond.
struct Powers {
  static constexpr int kMost = 64;
  double of[kMost + 1];
  Powers() {
    double power = 1;
    for (double& p : of) {
      p = power;
      power *= 10;
    }
  }
};

const double* powers() {
  static const Powers kPowers;
  return kPowers.of;
}

double power_of_ten(int e) {
  double high = 1;
  for (; e > Powers::kMost; e -= Powers::kMost) high *= powers()[Powers::kMost];
  return powers()[e] * high;
}

/// v * 10^e
[[gnu::noinline]] double scaled(double v, int e) {
  return e < 0 ? v / power_of_ten(-e) : v * power_of_ten(e);
}

/// Eight digits, the first in the lowest byte.
std::uint64_t split(std::uint32_t value) {
  const std::uint64_t high = value / 10000;
  std::uint64_t x = high | (value - high * 10000) << 32;
  const std::uint64_t hundreds = (x * 5243 >> 19) & 0x0000007f0000007f;
  x = hundreds | (x - hundreds * 100) << 16;
  const std::uint64_t tens = (x * 103 >> 10) & 0x000f000f000f000f;
  return tens | (x - tens * 10) << 8;
}

/// Digits and a power of ten: 125e-3. Hardly a branch, since none of them could be foreseen.
char* write_number(char* out, float value, const double* power_of) {
  *out = '-';
  out += value < 0;
  const double v = __builtin_fabs(static_cast<double>(value));
  const auto bits = std::bit_cast<std::uint64_t>(v);
  // floor(log10(2^e)), which is the exponent of the first digit or one less
  const int first = (static_cast<int>(bits >> 52) - 1023) * 1233 >> 12;
  // Eight digits before the point suffice, or nine: a unit is then less than the distance to the
  // next float. Below a power of two that one is nearer.
  const bool edge = bits << 12 == 0;
  int exponent = first - 7 - edge;
  const double power = exponent > 0 ? 1 / power_of[exponent] : power_of[-exponent];
  const double exact = v * power;
  // What lies nearer than half that distance reads back as this float, however it is rounded on the
  // way.
  const double half = std::bit_cast<double>((bits & 0x7ff0000000000000u) -
                                            (static_cast<std::uint64_t>(24 + edge) << 52));
  const double near = half * power * (1 - 0x1p-20);
  constexpr double kRound = 0x1p52;  // adding it rounds to an integer, found in the lowest bits
  const auto integer = [](double rounded) {
    return static_cast<std::uint32_t>(std::bit_cast<std::uint64_t>(rounded));
  };
  const double tens = exact * 0.1 + kRound;
  std::uint32_t digits = integer(exact + kRound);
  if (__builtin_fabs(exact - (tens - kRound) * 10) < near) digits = integer(tens) * 10;

  const std::uint32_t ninth = digits / 100000000;
  const std::uint64_t text = split(digits - ninth * 100000000);
  *out = static_cast<char>('0' + ninth);
  out += ninth > 0;
  const std::uint64_t characters = text | 0x3030303030303030;
  std::memcpy(out, &characters, 8);
  const int zeros = std::countl_zero(text) / 8;  // at the end
  out += 8 - zeros;
  exponent += zeros;
  if (exponent == 0) return out;
  *out++ = 'e';
  *out = '-';
  out += exponent < 0;
  const int size = exponent < 0 ? -exponent : exponent, ten = size * 103 >> 10;
  *out = static_cast<char>('0' + ten);
  out += ten > 0;
  *out = static_cast<char>('0' + size - ten * 10);
  return out + 1;
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
  const double* const power_of = powers();
  for (std::uint32_t i = 0; i < order.outer; ++i, values += order.outer_step) {
    const float* v = values;
    for (std::uint32_t k = 0; k < order.inner; ++k, v += order.inner_step) {
      if (*v == 0) {
        *out++ = '0';
      } else {
        out = write_number(out, *v, power_of);
      }
      *out++ = ',';
    }
  }
  return out - 1;
}

std::int32_t read_numbers(const char* p, std::size_t size, float* out) {
  const char* const end = p + size;
  for (std::int32_t n = 1;; ++n, ++p, ++out) {
    p = skip_space(p, end);
    if (end - p > 1 && p[0] == '0' && p[1] == ',') {  // gradients are mostly zero
      *out = 0;
      ++p;
      continue;
    }
    p = read_number(p, end, *out);
    if (!p) return -1;
    p = skip_space(p, end);
    if (p == end) return n;
    if (*p != ',') return -1;
  }
}

}  // namespace microlora
