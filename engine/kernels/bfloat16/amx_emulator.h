// For tests: the instructions of AMX on a processor without them. A handler of SIGILL decodes the instruction that the processor
// refused and does what Intel's manual says it does ("Software Developer's Manual", volume 2, TDPBF16PS and others), so that
// what runs is the program's own machine code. Shapes that the hardware would refuse end the test.
#pragma once

#include "kernels/isa.h"

#if defined(__x86_64__) && defined(__linux__)
#include <signal.h>
#include <ucontext.h>

#include <bit>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace lab::kernels {

struct AmxState {
  struct Tile { int rows, bytes; alignas(64) unsigned char data[16][64]; };
  bool configured;
  Tile tiles[8];
};

class AmxEmulator {
 public:
  /// From now on this process has tile registers, each thread its own.
  static void install() {
    struct sigaction action = {};
    action.sa_sigaction = [](int, siginfo_t*, void* context) { step(static_cast<ucontext_t*>(context)->uc_mcontext.gregs); };
    action.sa_flags = SA_SIGINFO | SA_NODEFER;
    sigaction(SIGILL, &action, nullptr);
  }

 private:
  using Tile = AmxState::Tile;
  inline static thread_local constinit AmxState unit_ = {};

  /// An operand in memory, [base + index << scale + displacement], and the instruction's length.
  struct Operand { std::uint64_t base = 0, index = 0; int length = 0; };

  [[noreturn]] static void refuse(const char* why, const unsigned char* at) {
    std::fprintf(stderr, "AMX: %s: %02x %02x %02x %02x %02x\n", why, at[0], at[1], at[2], at[3], at[4]);
    std::abort();
  }

  static std::uint64_t general(const greg_t* registers, int number) {
    static constexpr int kPlaces[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                                        REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
    return static_cast<std::uint64_t>(registers[kPlaces[number]]);
  }

  /// The operand of the ModRM byte at `at`, five bytes into an instruction of three bytes of prefix and one of opcode.
  static Operand operand(const greg_t* registers, const unsigned char* at, bool x, bool b) {
    const int mode = at[0] >> 6, field = at[0] & 7;
    Operand found;
    const unsigned char* next = at + 1;
    int base = field;
    if (field == 4) {
      const int sib = *next++;
      const int index = (sib >> 3 & 7) | (x ? 8 : 0);
      base = sib & 7;
      if (index != 4) found.index = general(registers, index) << (sib >> 6);
    }
    std::int32_t displacement = 0;
    const bool none = mode == 0 && base == 5, relative = none && field == 5;
    if (mode == 1) displacement = static_cast<std::int8_t>(*next++);
    else if (mode == 2 || none) std::memcpy(&displacement, next, 4), next += 4;
    found.length = static_cast<int>(next - at) + 4;
    if (relative) found.base = static_cast<std::uint64_t>(registers[REG_RIP]) + static_cast<std::uint64_t>(found.length);
    else if (!none) found.base = general(registers, base | (b ? 8 : 0));
    found.base += static_cast<std::uint64_t>(static_cast<std::int64_t>(displacement));
    return found;
  }

  static void step(greg_t* registers) {
    const auto* at = reinterpret_cast<const unsigned char*>(registers[REG_RIP]);
    // VEX of three bytes, map 0F38, 128 bits, W 0.
    if (at[0] != 0xC4 || (at[1] & 0x1F) != 2 || (at[2] & 0x84) != 0) refuse("not of its instructions", at);
    const bool x = (at[1] & 0x40) == 0, b = (at[1] & 0x20) == 0;
    const int vector = ~(at[2] >> 3) & 15, prefix = at[2] & 3, opcode = at[3], modrm = at[4];
    Tile& tile = unit_.tiles[modrm >> 3 & 7];
    if (opcode == 0x49 && prefix == 0 && modrm == 0xC0) {
      unit_ = {};
      registers[REG_RIP] += 5;
    } else if (opcode == 0x49 && prefix == 0 && modrm >> 6 != 3) {
      const Operand from = operand(registers, at + 4, x, b);
      configure(reinterpret_cast<const unsigned char*>(from.base + from.index), at);
      registers[REG_RIP] += from.length;
    } else if (opcode == 0x49 && prefix == 3 && modrm >> 6 == 3) {
      need(tile, at);
      std::memset(tile.data, 0, sizeof tile.data);
      registers[REG_RIP] += 5;
    } else if (opcode == 0x4B && prefix >= 1 && modrm >> 6 != 3 && (modrm & 7) == 4) {
      const Operand memory = operand(registers, at + 4, x, b);
      need(tile, at);
      move(tile, memory, prefix == 2);
      registers[REG_RIP] += memory.length;
    } else if (opcode == 0x5C && prefix == 2 && modrm >> 6 == 3) {
      multiply(tile, unit_.tiles[modrm & 7], unit_.tiles[vector & 7], at);
      registers[REG_RIP] += 5;
    } else {
      refuse("not of its instructions", at);
    }
  }

  static void configure(const unsigned char* from, const unsigned char* at) {
    unit_ = {};
    if (from[0] != 1) refuse("not palette 1", at);
    unit_.configured = true;
    for (int i = 0; i < 8; ++i) {
      unit_.tiles[i].bytes = from[16 + 2 * i] | from[17 + 2 * i] << 8;
      unit_.tiles[i].rows = from[48 + i];
      if (unit_.tiles[i].bytes > 64 || unit_.tiles[i].rows > 16 || (unit_.tiles[i].bytes == 0) != (unit_.tiles[i].rows == 0)) refuse("a shape that no tile has", at);
    }
  }

  static void need(const Tile& tile, const unsigned char* at) {
    if (!unit_.configured || tile.rows == 0 || tile.bytes == 0) refuse("a tile without a shape", at);
  }

  static void move(Tile& tile, const Operand& memory, bool store) {
    for (int i = 0; i < tile.rows; ++i) {
      auto* line = reinterpret_cast<unsigned char*>(memory.base + static_cast<std::uint64_t>(i) * memory.index);
      if (store) std::memcpy(line, tile.data[i], static_cast<std::size_t>(tile.bytes));
      else std::memcpy(tile.data[i], line, static_cast<std::size_t>(tile.bytes));
    }
  }

  /// A subnormal number is taken for 0, and given for one.
  static float flushed(float value) { return (std::bit_cast<std::uint32_t>(value) & 0x7F800000) == 0 ? value * 0.0f : value; }

  /// The summands in `lines`, as floats.
  static void widen(const Tile& tile, float (&floats)[16][32]) {
    for (int i = 0; i < tile.rows; ++i) {
      for (int j = 0; j < tile.bytes / 2; ++j) {
        std::uint16_t bits;
        std::memcpy(&bits, tile.data[i] + 2 * j, sizeof bits);
        floats[i][j] = flushed(std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16));
      }
    }
  }

  /// c [m][n] += a [m][2 k] b [k][2 n]: summands with even and with odd places each have a sum of their own.
  __attribute__((target("avx2,fma"))) static void multiply(Tile& c, const Tile& a, const Tile& b, const unsigned char* at) {
    need(a, at), need(b, at), need(c, at);
    if (&c == &a || &c == &b || &a == &b || a.rows != c.rows || b.bytes != c.bytes || a.bytes != 4 * b.rows) refuse("shapes that do not fit", at);
    float left[16][32], right[16][32];
    widen(a, left), widen(b, right);
    for (int m = 0; m < c.rows; ++m) {
      float sums[32] = {};
      for (int k = 0; k < b.rows; ++k)
        for (int n = 0; n < c.bytes / 2; ++n) sums[n] = flushed(__builtin_fmaf(left[m][2 * k + n % 2], right[k][n], sums[n]));
      for (int n = 0; n < c.bytes / 4; ++n) {
        float sum;
        std::memcpy(&sum, c.data[m] + 4 * n, sizeof sum);
        sum = flushed(flushed(sum) + flushed(sums[2 * n] + sums[2 * n + 1]));
        std::memcpy(c.data[m] + 4 * n, &sum, sizeof sum);
      }
    }
  }
};

}  // namespace lab::kernels
#endif

namespace lab::kernels {

/// While it lives, has_amx() is `on`, by emulation if need be.
class AmxForTest {
 public:
  explicit AmxForTest(bool on) {
#if defined(__x86_64__) && defined(__linux__)
    if (on && !had_) AmxEmulator::install();
#endif
    force_amx(on);
  }
  ~AmxForTest() { force_amx(had_); }
  AmxForTest(const AmxForTest&) = delete;
  AmxForTest& operator=(const AmxForTest&) = delete;

 private:
  const bool had_ = has_amx();
};

}  // namespace lab::kernels
