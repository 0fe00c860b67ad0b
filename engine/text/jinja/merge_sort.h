// A stable sort whose comparison may fail, as that of template values does.
#pragma once

#include <algorithm>
#include <vector>

#include "base/result.h"
#include "text/jinja/value.h"

namespace lab::jinja {

/// Sorts from the bottom up, merging runs of 1, 2, 4 ... items. `less(a, b)` is a Maybe<bool>.
template <class Item, class Less>
Maybe<void> merge_sort(std::vector<Item>& items, const Less& less) {
  std::vector<Item> merged(items.size());
  for (std::size_t run = 1; run < items.size(); run *= 2) {
    for (std::size_t begin = 0; begin < items.size(); begin += 2 * run) {
      std::size_t middle = std::min(begin + run, items.size());
      std::size_t end = std::min(middle + run, items.size());
      std::size_t left = begin, right = middle;
      for (std::size_t at = begin; at < end; ++at) {
        bool take_right = left == middle;
        if (left < middle && right < end) {
          LAB_TRY(take_right, less(items[right], items[left]));
        }
        merged[at] = std::move(items[take_right ? right++ : left++]);
      }
    }
    items.swap(merged);
  }
  return {};
}

}  // namespace lab::jinja
