// The sizes of a pass: what memory and grids of kernels depend on. Passes of one size can be replayed from one graph.
#pragma once

#include <cstdint>
#include <tuple>
#include <vector>

#include "../plan.h"

namespace rerank {

/// Passes of more rows keep a GPU busy for longer than it takes to launch them.
constexpr int64_t kMostReplayedRows = 1024;
constexpr int64_t kMostReplayedSequences = 256;
constexpr int64_t kMostReplayedKeptRows = 512;
constexpr int64_t kMostReplayedKeys = 16384;

struct PassSize {
  int64_t rows = 0;
  int64_t sequences = 0;       // segments that are computed
  int64_t scored = 0;          // rows of the last layer, each a sequence
  int64_t keys = 0;            // of all sequences, one behind the other
  int64_t scored_keys = 0;     // of the scored sequences
  int64_t longest = 0;         // queries of a sequence
  int64_t longest_keys = 0;    // keys of a sequence
  int64_t kept_rows = 0;       // of the segments that are not computed
  bool stores = false;

  bool operator==(const PassSize& other) const { return Parts() == other.Parts(); }

 private:
  std::tuple<int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, bool> Parts() const {
    return {rows, sequences, scored, keys, scored_keys, longest, longest_keys, kept_rows, stores};
  }
};

PassSize SizeOf(const Plan& plan);

/// The least size of a coarse grid that has room for this one: few graphs serve all small passes. Beyond the grid's largest sizes
/// it is smaller than this one. `quantised`: products are in 8 bits. `keeps`: it reads or stores keys and values, and has all the
/// memory of kept rows.
PassSize RoundedUp(const PassSize& size, bool quantised, bool keeps);

/// Rows of the grid, ascending.
std::vector<int64_t> ReplayedRows(bool quantised);

/// Whether `inner` has room in `outer`.
bool Fits(const PassSize& inner, const PassSize& outer);

}  // namespace rerank
