#include <algorithm>
#include <unordered_map>

#include "base/cat.h"
#include "text/regex/program.h"

namespace lab::regex {

namespace {

constexpr std::size_t kMaxInstructions = 20000;

CharClass class_of(const Node& node) {
  if (node.kind == Kind::kClass) return node.set;
  CharClass set;
  set.add(node.c, node.c);
  if (node.ignore_case) set.ignore_case();
  set.freeze();
  return set;
}

First first_of(const Node& node) {
  First first;
  auto join = [&](const First& other) {
    for (std::size_t c = 0; c < 128; ++c) first.ascii[c] = first.ascii[c] || other.ascii[c];
    first.other = first.other || other.other;
  };
  switch (node.kind) {
    case Kind::kChar:
      for (char32_t c = 0; c < 128; ++c)
        first.ascii[c] = node.ignore_case ? unicode::fold(c) == node.c : c == node.c;
      first.other = true;
      break;
    case Kind::kClass:
      for (unsigned char c = 0; c < 128; ++c) first.ascii[c] = node.set.contains_ascii(c);
      first.other = true;
      break;
    case Kind::kConcat:
      first.nothing = true;
      for (const NodePtr& child : node.children) {
        if (!first.nothing) break;
        First next = first_of(*child);
        join(next);
        first.nothing = next.nothing;
      }
      break;
    case Kind::kAlternate:
      for (const NodePtr& child : node.children) {
        First next = first_of(*child);
        join(next);
        first.nothing = first.nothing || next.nothing;
      }
      break;
    case Kind::kRepeat:
      first = first_of(*node.children[0]);
      first.nothing = first.nothing || node.least == 0;
      break;
    case Kind::kAtomic:
      return first_of(*node.children[0]);
    default:  // takes nothing
      first.nothing = true;
  }
  return first;
}

class Compiler {
 public:
  Result<Program> run(const Node& root) {
    LAB_CHECK(node(root));
    emit({Op::kMatch});
    program_.first = first_of(root);
    return std::move(program_);
  }

 private:
  std::uint32_t here() const { return static_cast<std::uint32_t>(program_.code.size()); }
  std::uint32_t emit(Instruction instruction) {
    program_.code.push_back(instruction);
    return here() - 1;
  }
  // A node that is repeated shares its set and its first characters: both are large.
  std::uint32_t add_set(const Node& from) {
    const auto [known, is_new] = sets_.try_emplace(&from, program_.sets.size());
    if (is_new) program_.sets.push_back(class_of(from));
    return known->second;
  }
  std::uint32_t add_first(const Node& from) {
    const auto [known, is_new] = firsts_.try_emplace(&from, program_.firsts.size());
    if (is_new) program_.firsts.push_back(first_of(from));
    return known->second;
  }

  Status node(const Node& n) {
    // Counts nodes too: repeating what needs no instruction must end as well.
    if (program_.code.size() > kMaxInstructions || ++nodes_ > 2 * kMaxInstructions)
      return fail(Code::kLimit, cat("a regular expression needs more than ", kMaxInstructions,
                                    " instructions"));
    switch (n.kind) {
      case Kind::kEmpty: return {};
      case Kind::kChar: emit({.op = n.ignore_case ? Op::kFold : Op::kChar, .c = n.c}); return {};
      case Kind::kClass: emit({.op = Op::kSet, .index = add_set(n)}); return {};
      case Kind::kConcat:
        for (const NodePtr& child : n.children) LAB_CHECK(node(*child));
        return {};
      case Kind::kAlternate: return alternate(n);
      case Kind::kRepeat: return repeat(n);
      case Kind::kAtomic: return part(n, Op::kAtomic);
      case Kind::kLook: return part(n, Op::kLook);
      case Kind::kLineStart: emit({Op::kLineStart}); return {};
      case Kind::kLineEnd: emit({Op::kLineEnd}); return {};
      case Kind::kTextStart: emit({Op::kTextStart}); return {};
      case Kind::kTextEnd: emit({Op::kTextEnd}); return {};
      case Kind::kTextEndOrNewline: emit({Op::kTextEndOrNewline}); return {};
      case Kind::kWordBoundary:
        emit({.op = Op::kWordBoundary, .negated = n.negated});
        return {};
    }
    return {};
  }

  Status part(const Node& n, Op op) {
    std::uint32_t at = emit({.op = op, .negated = n.negated});
    LAB_CHECK(node(*n.children[0]));
    emit({Op::kMatch});
    program_.code[at].x = here();
    return {};
  }

  Status alternate(const Node& n) {
    std::vector<std::uint32_t> jumps;
    for (std::size_t i = 0; i < n.children.size(); ++i) {
      std::uint32_t index = add_first(*n.children[i]);
      bool last = i + 1 == n.children.size();
      if (last) {
        LAB_CHECK(node(*n.children[i]));
        break;
      }
      std::uint32_t branch = emit({.op = Op::kBranch, .index = index});
      program_.code[branch].x = here();
      LAB_CHECK(node(*n.children[i]));
      jumps.push_back(emit({Op::kJump}));
      program_.code[branch].y = here();
    }
    for (std::uint32_t jump : jumps) program_.code[jump].x = here();
    return {};
  }

  Status repeat(const Node& n) {
    const Node& body = *n.children[0];
    bool single = body.kind == Kind::kChar || body.kind == Kind::kClass;
    if (single && !n.lazy) {
      emit({.op = Op::kLoop, .index = add_set(body), .least = n.least, .most = n.most});
      return {};
    }
    for (std::uint32_t i = 0; i < n.least; ++i) LAB_CHECK(node(body));
    if (n.most == kUnbounded) {
      if (program_.firsts[add_first(body)].nothing)
        return fail(Code::kUnsupported,
                    "a regular expression repeats something that may match nothing");
      std::uint32_t loop = emit({Op::kSplit});
      LAB_CHECK(node(body));
      emit({.op = Op::kJump, .x = loop});
      aim(loop, n.lazy);
      return {};
    }
    std::vector<std::uint32_t> splits;
    for (std::uint32_t i = n.least; i < n.most; ++i) {
      splits.push_back(emit({Op::kSplit}));
      LAB_CHECK(node(body));
    }
    for (std::uint32_t split : splits) aim(split, n.lazy);
    return {};
  }

  // The split's choices: the body right after it, and what comes next.
  void aim(std::uint32_t split, bool lazy) {
    Instruction& instruction = program_.code[split];
    instruction.x = lazy ? here() : split + 1;
    instruction.y = lazy ? split + 1 : here();
  }

  Program program_;
  std::unordered_map<const Node*, std::uint32_t> sets_, firsts_;  ///< places in program_
  std::size_t nodes_ = 0;
};

}  // namespace

Result<Program> compile(const Node& root) { return Compiler().run(root); }

}  // namespace lab::regex
