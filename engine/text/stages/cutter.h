// Puts the segments of a split text together as a delimiter's behavior says.
#pragma once

#include "text/stages/pre_tokenizer.h"

namespace lab {

/// Takes consecutive segments of one piece, each either a match of the delimiter or not.
class Cutter {
 public:
  Cutter(std::string_view piece, bool first, Delimiter behavior, PieceSink& sink)
      : piece_(piece), first_(first), behavior_(behavior), sink_(sink) {}

  Status segment(std::size_t begin, std::size_t end, bool match) {
    bool joins = false;  // the segment before, which still waits to be handed on
    switch (behavior_) {
      case Delimiter::kRemoved:
        return match ? Status() : emit(begin, end);
      case Delimiter::kIsolated:
        return emit(begin, end);
      case Delimiter::kMergedWithPrevious: joins = match && !last_matched_; break;
      case Delimiter::kMergedWithNext: joins = !match && last_matched_; break;
      case Delimiter::kContiguous: joins = match == last_matched_; break;
    }
    last_matched_ = match;
    if (waiting_ && joins) {
      end_ = end;
      return {};
    }
    Status status = finish();
    begin_ = begin;
    end_ = end;
    waiting_ = true;
    return status;
  }

  /// Hands on what waits.
  Status finish() { return std::exchange(waiting_, false) ? emit(begin_, end_) : Status(); }

 private:
  Status emit(std::size_t begin, std::size_t end) {
    return sink_.take(piece_.substr(begin, end - begin), first_ && begin == 0);
  }
  std::string_view piece_;
  bool first_;
  Delimiter behavior_;
  PieceSink& sink_;
  std::size_t begin_ = 0, end_ = 0;
  bool waiting_ = false, last_matched_ = false;
};

}  // namespace lab
