#include "pass_size.h"

#include <algorithm>
#include <initializer_list>

namespace rerank {
namespace {

// The first of ascending sizes that is enough; the last one where none is.
int64_t FirstOf(std::initializer_list<int64_t> sizes, int64_t least) {
  const auto found = std::lower_bound(sizes.begin(), sizes.end(), least);
  return found == sizes.end() ? *(sizes.end() - 1) : *found;
}

}  // namespace

PassSize SizeOf(const Plan& plan) {
  PassSize size;
  size.rows = plan.rows();
  size.scored = static_cast<int64_t>(plan.scored_rows.size());
  for (const Segment& segment : plan.segments) {
    if (segment.kept != nullptr) {
      size.kept_rows += segment.length;
      continue;
    }
    const int64_t keys = segment.prefix_keys + segment.length;
    size.sequences += 1;
    size.keys += keys;
    if (segment.scored_row >= 0) size.scored_keys += keys;
    size.longest = std::max(size.longest, segment.length);
    size.longest_keys = std::max(size.longest_keys, keys);
    size.stores = size.stores || segment.store != nullptr;
  }
  return size;
}

// Rows cost time in every multiplication: their steps are fine, and multiples of what a kernel takes at once. Sequences and keys
// beyond those of the pass cost little.
PassSize RoundedUp(const PassSize& size) {
  PassSize rounded;
  rounded.rows = FirstOf({64, 128, 192, 256, 384, 512, 640, 768, 896, kMostReplayedRows}, size.rows);
  rounded.sequences = FirstOf({16, 64, 256}, std::max(size.sequences, size.scored));
  rounded.scored = rounded.sequences;
  rounded.keys = FirstOf({1024, 2048, 4096, 8192, kMostReplayedKeys}, std::max(size.keys, size.scored_keys));
  rounded.scored_keys = rounded.keys;
  rounded.longest = FirstOf({128, 256, 512, kMostReplayedRows}, size.longest);
  rounded.longest_keys = kMostReplayedKeys;  // It is not what flash attention's grid depends on.
  rounded.kept_rows = FirstOf({0, 128, kMostReplayedKeptRows}, size.kept_rows);
  rounded.stores = size.stores;
  return rounded;
}

bool Fits(const PassSize& inner, const PassSize& outer) {
  return inner.rows <= outer.rows && inner.sequences <= outer.sequences && inner.scored <= outer.scored &&
         inner.keys <= outer.keys && inner.scored_keys <= outer.scored_keys && inner.longest <= outer.longest &&
         inner.longest_keys <= outer.longest_keys && inner.kept_rows <= outer.kept_rows && inner.stores == outer.stores;
}

}  // namespace rerank
