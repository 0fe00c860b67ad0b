#include <algorithm>
#include <queue>

#include "text/models/bpe.h"

namespace lab {

namespace {

// Looks for the lowest rank by going over all pairs: quadratic, yet fastest for a common word.
void merge_short(const PairTable& table, std::vector<std::int32_t>& ids, std::size_t from) {
  constexpr std::size_t kMaxPairs = 64;
  PairTable::Merge pairs[kMaxPairs];
  std::int32_t* word = ids.data() + from;
  std::size_t count = ids.size() - from;
  for (std::size_t i = 0; i + 1 < count; ++i) pairs[i] = table.find(word[i], word[i + 1]);
  while (count > 1) {
    std::size_t best = 0;
    for (std::size_t i = 1; i + 1 < count; ++i)
      if (pairs[i].rank < pairs[best].rank) best = i;
    if (pairs[best].rank == PairTable::kNoRank) break;
    word[best] = pairs[best].id;
    std::copy(word + best + 2, word + count, word + best + 1);
    std::copy(pairs + best + 1, pairs + count - 1, pairs + best);
    --count;
    if (best > 0) pairs[best - 1] = table.find(word[best - 1], word[best]);
    if (best + 1 < count) pairs[best] = table.find(word[best], word[best + 1]);
  }
  ids.resize(from + count);
}

// A heap of pairs over a linked list of what is left of the word.
void merge_long(const PairTable& table, std::vector<std::int32_t>& ids, std::size_t from) {
  struct Link {
    std::size_t previous, next;
  };
  struct Candidate {
    std::uint32_t rank;
    std::size_t left;
    std::int32_t left_id, right_id;  // stale if the list holds other ids by now
    bool operator>(const Candidate& other) const {
      return rank != other.rank ? rank > other.rank : left > other.left;
    }
  };
  constexpr std::size_t kEnd = static_cast<std::size_t>(-1);
  constexpr std::int32_t kGone = -1;
  std::int32_t* word = ids.data() + from;
  const std::size_t count = ids.size() - from;
  std::vector<Link> links(count);
  for (std::size_t i = 0; i < count; ++i) links[i] = {i - 1, i + 1 < count ? i + 1 : kEnd};

  std::vector<Candidate> initial;
  auto candidate = [&](std::size_t left, std::size_t right, auto&& take) {
    auto merge = table.find(word[left], word[right]);
    if (merge.rank != PairTable::kNoRank) take({merge.rank, left, word[left], word[right]});
  };
  for (std::size_t i = 0; i + 1 < count; ++i)
    candidate(i, i + 1, [&](Candidate c) { initial.push_back(c); });
  std::priority_queue queue(std::greater<Candidate>(), std::move(initial));

  while (!queue.empty()) {
    Candidate top = queue.top();
    queue.pop();
    std::size_t right = links[top.left].next;
    if (word[top.left] != top.left_id || right == kEnd || word[right] != top.right_id) continue;
    word[top.left] = table.find(top.left_id, top.right_id).id;
    word[right] = kGone;
    links[top.left].next = links[right].next;
    if (links[right].next != kEnd) links[links[right].next].previous = top.left;
    auto push = [&](Candidate c) { queue.push(c); };
    if (links[top.left].previous != kEnd) candidate(links[top.left].previous, top.left, push);
    if (links[top.left].next != kEnd) candidate(top.left, links[top.left].next, push);
  }
  auto end = std::remove(word, word + count, kGone);
  ids.resize(from + static_cast<std::size_t>(end - word));
}

}  // namespace

void merge_pairs(const PairTable& merges, std::vector<std::int32_t>& ids, std::size_t from) {
  constexpr std::size_t kShort = 64;
  std::size_t count = ids.size() - from;
  if (count < 2) return;
  if (count <= kShort) {
    merge_short(merges, ids, from);
  } else {
    merge_long(merges, ids, from);
  }
}

}  // namespace lab
