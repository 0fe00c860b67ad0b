#!/usr/bin/env python3
"""Writes tables.cc, the Unicode data that the tokenizers need, from Python's unicodedata.

    python3.11 engine/text/unicode/make_tables.py > engine/text/unicode/tables.cc

Categories, white space and case are Unicode 14's, which the regular expressions of today's
tokenizers see. The BERT stages of published tokenizers were made with Unicode 8.0 and the
normalization forms with Unicode 9.0, and a model's vocabulary fits only those: so characters that
are younger take no part there (their age is from DerivedAge.txt).
"""

import sys
import unicodedata

if unicodedata.unidata_version != "14.0.0":
    sys.exit(f"need Unicode 14.0.0, this Python has {unicodedata.unidata_version}")

CATEGORIES = ("Cn Cc Cf Co Cs Ll Lm Lo Lt Lu Mc Me Mn Nd Nl No Pc Pd Pe Pf Pi Po Ps "
              "Sc Sk Sm So Zl Zp Zs").split()
FLAGS = ("WhiteSpace", "CircledLetter", "BertPunctuation", "BertAccent", "BertControl",
         "CombiningMark", "HasLower", "HasFold", "HasDecomposition")

# Assigned after 8.0 (9.0), in ranges that reach over what has neither a decomposition, nor a
# combining class, nor one of the categories Cf, M and P.
AFTER_8 = [
    (0x61D, 0x61D), (0x7FD, 0x7FD), (0x890, 0x8E2), (0x9FD, 0x9FE), (0xA76, 0xA76),
    (0xAFA, 0xAFF), (0xB55, 0xB55), (0xC04, 0xC3C), (0xC77, 0xC77), (0xC84, 0xC84),
    (0xD00, 0xD00), (0xD3B, 0xD3C), (0xD81, 0xD81), (0xEBA, 0xEBA), (0x1715, 0x1715),
    (0x180F, 0x180F), (0x1ABF, 0x1ACE), (0x1B7D, 0x1B7E), (0x1CF7, 0x1CF7), (0x1DF6, 0x1DFB),
    (0x2E43, 0x2E5D), (0x32FF, 0x32FF), (0xA7F2, 0xA7F4), (0xA82C, 0xA82C), (0xA8C5, 0xA8C5),
    (0xA8FF, 0xA8FF), (0xAB69, 0xAB69), (0x10781, 0x107BA), (0x10D24, 0x10F89),
    (0x11070, 0x11074), (0x110C2, 0x110CD), (0x11145, 0x11146), (0x111CE, 0x111CF),
    (0x1123E, 0x1123E), (0x1133B, 0x1133B), (0x11435, 0x1145E), (0x11660, 0x1166C),
    (0x116B9, 0x116B9), (0x1182C, 0x11FFF), (0x12FF1, 0x13438), (0x16E97, 0x16F4F),
    (0x16F7F, 0x16F87), (0x16FE2, 0x16FF1), (0x1CF00, 0x1CF46), (0x1E000, 0x1E2EF),
    (0x1E944, 0x1E95F), (0x1F16C, 0x1F16C), (0x1F23B, 0x1F23B), (0x1FBF0, 0x1FBF9)]
AFTER_9 = [
    (0x61D, 0x61D), (0x7FD, 0x7FD), (0x890, 0x8D3), (0x9FD, 0x9FE), (0xA76, 0xA76),
    (0xAFA, 0xAFF), (0xB55, 0xB55), (0xC04, 0xC3C), (0xC77, 0xC77), (0xC84, 0xC84),
    (0xD00, 0xD00), (0xD3B, 0xD3C), (0xD81, 0xD81), (0xEBA, 0xEBA), (0x1715, 0x1715),
    (0x180F, 0x180F), (0x1ABF, 0x1ACE), (0x1B7D, 0x1B7E), (0x1CF7, 0x1CF7), (0x1DF6, 0x1DFA),
    (0x2E45, 0x2E5D), (0x32FF, 0x32FF), (0xA7F2, 0xA7F4), (0xA82C, 0xA82C), (0xA8FF, 0xA8FF),
    (0xAB69, 0xAB69), (0x10781, 0x107BA), (0x10D24, 0x10F89), (0x11070, 0x11074),
    (0x110C2, 0x110CD), (0x11145, 0x11146), (0x111CE, 0x111CF), (0x1133B, 0x1133B),
    (0x1145A, 0x1145A), (0x1145E, 0x1145E), (0x116B9, 0x116B9), (0x1182C, 0x11AA2),
    (0x11D31, 0x11FFF), (0x12FF1, 0x13438), (0x16E97, 0x16F4F), (0x16F7F, 0x16F87),
    (0x16FE2, 0x16FF1), (0x1CF00, 0x1CF46), (0x1E130, 0x1E2EF), (0x1F16C, 0x1F16C),
    (0x1FBF0, 0x1FBF9)]
# Characters whose category has changed since.
CATEGORY_8 = {0x166D: "Po", 0x111C9: "Po", 0x1734: "Mn", 0x1885: "Lo", 0x1886: "Lo", 0xA9BD: "Mc"}
CATEGORY_9 = {0x1CF2: "Mc", 0x1CF3: "Mc", 0x111C9: "Po"}
# Letters of category So that the property Alphabetic holds besides L, Nl and marks.
CIRCLED = [(0x24B6, 0x24E9), (0x1F130, 0x1F149), (0x1F150, 0x1F169), (0x1F170, 0x1F189)]
WHITE_SPACE = [(9, 13), (32, 32), (0x85, 0x85), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A),
               (0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000)]


def flatten(ranges):
    return {c for first, last in ranges for c in range(first, last + 1)}


after_8, after_9 = flatten(AFTER_8), flatten(AFTER_9)
circled, white_space = flatten(CIRCLED), flatten(WHITE_SPACE)
code_points = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]

# One level of decomposition: code -> (is it a compatibility one?, characters).
decompositions, composites = {}, []
for c in code_points:
    fields = unicodedata.decomposition(chr(c)).split()
    if not fields or c in after_9:
        continue
    compatibility = fields[0].startswith("<")
    decompositions[c] = (compatibility, [int(f, 16) for f in fields[compatibility:]])
    if not compatibility and len(fields) == 2 and unicodedata.normalize("NFC", chr(c)) == chr(c):
        composites.append((*decompositions[c][1], c))
composites.sort()

lower = {c: [ord(x) for x in chr(c).lower()] for c in code_points if chr(c).lower() != chr(c)}
fold = {}  # simple case folding, where it differs from a lower case of one character
for c in code_points:
    folded = chr(c).casefold()
    plain = lower[c][0] if len(lower.get(c, ())) == 1 else c
    if len(folded) == 1 and ord(folded) != plain:
        fold[c] = ord(folded)


def record(c):
    char = chr(c)
    category = "Cs" if 0xD800 <= c < 0xE000 else unicodedata.category(char)
    category_8 = CATEGORY_8.get(c, "Cn" if c in after_8 else category)
    category_9 = CATEGORY_9.get(c, "Cn" if c in after_9 else category)
    ascii_symbol = c < 0x80 and category[0] in "PS"
    flags = (c in white_space, c in circled, category_8[0] == "P" or ascii_symbol,
             category_8 == "Mn", category_8 in ("Cc", "Cf", "Co"), category_9[0] == "M",
             c in lower, c in fold, c in decompositions)
    combining = 0 if c in after_9 else unicodedata.combining(char)
    return CATEGORIES.index(category), combining, sum(1 << i for i, f in enumerate(flags) if f)


BLOCK = 128
records, blocks, stage1, stage2 = {}, {}, [], []
for start in range(0, 0x110000, BLOCK):
    block = tuple(records.setdefault(record(c), len(records)) for c in range(start, start + BLOCK))
    if block not in blocks:
        blocks[block] = len(blocks)
        stage2.extend(block)
    stage1.append(blocks[block])
assert len(records) <= 256 and len(blocks) <= 65536


def emit(declaration, items):
    print(f"{declaration} = {{")
    line = ""
    for item in items:
        if len(line) + len(item) + 1 > 99:
            print(line)
            line = ""
        line += item + ","
    print(line + "};\n")


def numbers(values):
    return [f"{v}" if v < 1000 else f"0x{v:X}" for v in values]


print("""// Unicode data for the tokenizers. Made by make_tables.py: change that, not this.
#include "text/unicode/tables.h"

namespace lab::unicode {
""")
emit("const std::uint16_t kStage1[]", numbers(stage1))
emit("const std::uint8_t kStage2[]", numbers(stage2))
emit("const CharRecord kRecords[]", ["{%d,%d,%d}" % r for r in records])


def emit_map(name, mapping):
    """Sorted keys, where each one's characters start in the pool, and the pool."""
    pool, starts = [], []
    for key in sorted(mapping):
        starts.append(len(pool))
        pool.extend(mapping[key])
    starts.append(len(pool))
    assert len(pool) < 65536
    emit(f"const char32_t k{name}Keys[]", numbers(sorted(mapping)))
    emit(f"const std::uint16_t k{name}Starts[]", numbers(starts))
    emit(f"const char32_t k{name}Pool[]", numbers(pool))
    print(f"const std::size_t k{name}Count = {len(mapping)};\n")


emit_map("Lower", lower)
emit_map("Fold", {c: [f] for c, f in fold.items()})
emit_map("Decomposition", {c: chars for c, (_, chars) in decompositions.items()})
emit("const std::uint8_t kDecompositionIsCompatibility[]",
     [str(int(decompositions[c][0])) for c in sorted(decompositions)])
emit("const Composite kComposites[]", ["{%s,%s,%s}" % tuple(numbers(c)) for c in composites])
print(f"const std::size_t kCompositeCount = {len(composites)};\n")
print("}  // namespace lab::unicode")
print(f"{len(records)} records, {len(blocks)} blocks, {len(decompositions)} decompositions, "
      f"{len(composites)} composites, {len(lower)} lower, {len(fold)} folds", file=sys.stderr)
