#include "pass_size.h"

#include <algorithm>

#include "quantised.h"

namespace rerank {
namespace {

// The first of ascending sizes that is enough; the last one where none is.
int64_t FirstOf(const std::vector<int64_t>& sizes, int64_t least) {
  const auto found = std::lower_bound(sizes.begin(), sizes.end(), least);
  return found == sizes.end() ? sizes.back() : *found;
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

// Rows cost time in every multiplication: their steps are fine, and multiples of what a kernel takes at once.
std::vector<int64_t> ReplayedRows(bool quantised) {
  if (quantised) return {kQuantisedStep, 2 * kQuantisedStep, 3 * kQuantisedStep, kMostReplayedRows};
  return {64, 128, 192, 256, 384, 512, 640, 768, 896, kMostReplayedRows};
}

// Whatever else differs would be as many graphs again for each number of rows: sequences, keys and kept rows beyond those of the
// pass cost little, for kernels leave them out.
PassSize RoundedUp(const PassSize& size, bool quantised, bool keeps) {
  PassSize rounded;
  rounded.rows = FirstOf(ReplayedRows(quantised), size.rows);
  rounded.sequences = FirstOf({16, 64, kMostReplayedSequences}, std::max(size.sequences, size.scored));
  rounded.scored = rounded.sequences;
  rounded.keys = FirstOf({4096, kMostReplayedKeys}, std::max(size.keys, size.scored_keys));
  rounded.scored_keys = rounded.keys;
  rounded.longest = FirstOf({64, 256, kMostReplayedRows}, size.longest);
  rounded.longest_keys = kMostReplayedKeys;  // It is not what flash attention's grid depends on.
  rounded.kept_rows = keeps ? kMostReplayedKeptRows : 0;
  rounded.stores = size.stores;
  return rounded;
}

bool Fits(const PassSize& inner, const PassSize& outer) {
  return inner.rows <= outer.rows && inner.sequences <= outer.sequences && inner.scored <= outer.scored &&
         inner.keys <= outer.keys && inner.scored_keys <= outer.scored_keys && inner.longest <= outer.longest &&
         inner.longest_keys <= outer.longest_keys && inner.kept_rows <= outer.kept_rows && inner.stores == outer.stores;
}

}  // namespace rerank
