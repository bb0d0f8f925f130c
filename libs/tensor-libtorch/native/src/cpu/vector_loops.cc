// Compiled once for each instruction set, with RERANK_ISA naming it (CMakeLists.txt). A block of rows computes the keys
// that its last row sees: under the causal mask no row of a block sees more.
#include "vector_loops.h"

#include "vector_math.h"

namespace rerank {
namespace RERANK_ISA {
namespace {

// Rows, and panels, whose sums a block keeps in registers; one number of a row and its panels' values lie beside them.
#if defined(__AVX512F__)
constexpr int kRows = 8;
constexpr int kPanelsAtOnce = 2;
#elif defined(__AVX2__)
constexpr int kRows = 6;
constexpr int kPanelsAtOnce = 1;
#else
constexpr int kRows = 2;
constexpr int kPanelsAtOnce = 1;
#endif

// Sums of `Count` rows with `PanelCount` panels: sums[p][r] = sum over d of rows[r][d] * panel[d][part p], where a panel begins
// `step` floats behind the one before.
template <int Count, int PanelCount>
struct Sums {
  Lanes sums[PanelCount * kParts][Count];

  RERANK_INLINE_MEMBER Sums(const float* rows, int64_t stride, int64_t depth, const float* panel, int64_t step) : sums{} {
    for (int64_t d = 0; d < depth; ++d, panel += kPanel) {
#pragma GCC unroll 16
      for (int r = 0; r < Count; ++r) {
#pragma GCC unroll 4
        for (int p = 0; p < PanelCount * kParts; ++p) {
          sums[p][r] += LanesAt(panel + p / kParts * step + p % kParts * kLanes) * rows[r * stride + d];
        }
      }
    }
  }

  // use(row, column, values) for all of them.
  template <typename Use>
  RERANK_INLINE_MEMBER void ForEach(const Use& use) const {
#pragma GCC unroll 16
    for (int r = 0; r < Count; ++r) {
#pragma GCC unroll 4
      for (int p = 0; p < PanelCount * kParts; ++p) use(r, p * kLanes, sums[p][r]);
    }
  }
};

struct Scoring {
  const RowBlock& queries;
  int64_t head_dim;
  const float* panels;
  float scale;
  const int64_t* visible;
  float* scores;
  int64_t stride;
  int64_t key;  // the first of the panels that blocks of rows take next

  template <int Count>
  RERANK_INLINE void Block(const Scoring& work, int64_t row) {
    const int64_t left = work.visible[row + Count - 1] - work.key;
    if (left > kPanel && kPanelsAtOnce > 1) Keys<Count, kPanelsAtOnce>(work, row);
    else if (left > 0) Keys<Count, 1>(work, row);
  }

  template <int Count, int PanelCount>
  RERANK_INLINE void Keys(const Scoring& work, int64_t row) {
    const float* queries = work.queries.data + row * work.queries.stride;
    const float* panel = work.panels + work.key * work.head_dim;
    const Sums<Count, PanelCount> sums(queries, work.queries.stride, work.head_dim, panel, work.head_dim * kPanel);
    float* scores = work.scores + row * work.stride + work.key;
    sums.ForEach([&](int r, int k, Lanes values) { LanesAt(scores + r * work.stride + k) = values * work.scale; });
  }
};

struct Mixing {
  const RowBlock& weights;
  const int64_t* visible;
  const float* panels;
  int64_t panel_rows;
  float* out;
  int64_t columns;
  int64_t stride;
  int64_t column;  // the first of the panels that blocks of rows take next

  template <int Count>
  RERANK_INLINE void Block(const Mixing& work, int64_t row) {
    if (work.columns - work.column > kPanel && kPanelsAtOnce > 1) Columns<Count, kPanelsAtOnce>(work, row);
    else Columns<Count, 1>(work, row);
  }

  template <int Count, int PanelCount>
  RERANK_INLINE void Columns(const Mixing& work, int64_t row) {
    const float* weights = work.weights.data + row * work.weights.stride;
    const int64_t keys = AtMost(work.visible[row + Count - 1], work.panel_rows);
    const float* panel = work.panels + work.column * work.panel_rows;
    const Sums<Count, PanelCount> sums(weights, work.weights.stride, keys, panel, kPanel * work.panel_rows);
    float* out = work.out + row * work.stride + work.column;
    const int64_t columns = work.columns - work.column;
    sums.ForEach([&](int r, int c, Lanes values) {
      float* at = out + r * work.stride + c;
      if (columns - c >= kLanes) LanesAt(at) += values;
      else for (int j = 0; j < columns - c; ++j) at[j] += values[j];
    });
  }
};

// The last block may have fewer rows: one instance of the loop for each number of rows.
template <int Count, typename Work>
RERANK_INLINE void LastBlock(const Work& work, int64_t row, int64_t rows) {
  if constexpr (Count > 0) {
    if (rows == Count) return Work::template Block<Count>(work, row);
    LastBlock<Count - 1>(work, row, rows);
  }
}

template <typename Work>
RERANK_INLINE void ForEachBlock(const Work& work, int64_t rows) {
  int64_t row = 0;
  for (; row + kRows <= rows; row += kRows) Work::template Block<kRows>(work, row);
  LastBlock<kRows - 1>(work, row, rows - row);
}

// All blocks of rows with some panels, then with the next ones: the panels stay in the first cache meanwhile.
void ScoreKeys(const RowBlock& queries, int64_t head_dim, const float* panels, float scale, const int64_t* visible,
               float* scores, int64_t stride) {
  int64_t most = 0;
  for (int64_t r = 0; r < queries.count; ++r) most = visible[r] > most ? visible[r] : most;
  Scoring work{queries, head_dim, panels, scale, visible, scores, stride, 0};
  for (; work.key < most; work.key += kPanelsAtOnce * kPanel) ForEachBlock(work, queries.count);
}

void MixValues(const RowBlock& weights, const int64_t* visible, const float* panels, int64_t panel_rows, float* out,
               int64_t columns, int64_t out_stride) {
  Mixing work{weights, visible, panels, panel_rows, out, columns, out_stride, 0};
  for (; work.column < columns; work.column += kPanelsAtOnce * kPanel) ForEachBlock(work, weights.count);
}

void Softmax(float* scores, int64_t stride, int64_t rows, const int64_t* visible) {
  for (int64_t r = 0; r < rows; ++r) {
    float* row = scores + r * stride;
    const int64_t count = visible[r];
    const int64_t end = (count + kLanes - 1) / kLanes * kLanes;
    for (int64_t k = count; k < end; ++k) row[k] = -3e38f;  // e to the power of it is as good as nothing
    Lanes largest = LanesAt(row);
    for (int64_t k = kLanes; k < end; k += kLanes) largest = LanesAt(row + k) > largest ? LanesAt(row + k) : largest;
    const float peak = Largest(largest);
    Lanes total{};
    for (int64_t k = 0; k < end; k += kLanes) total += LanesAt(row + k) = Exp(LanesAt(row + k) - peak);
    const float factor = 1.0f / Sum(total);
    for (int64_t k = 0; k < end; k += kLanes) LanesAt(row + k) *= factor;
    for (int64_t k = count; k < count + kPanel; ++k) row[k] = 0;  // what a later row of the block sees, and this one does not
  }
}

void Swiglu(const float* gate, const float* up, int64_t count, float* out) {
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) LanesAt(out + i) = Silu(LanesAt(gate + i)) * LanesAt(up + i);
  Lanes rest{};
  for (int64_t j = i; j < count; ++j) rest[j - i] = gate[j];
  rest = Silu(rest);
  for (int64_t j = i; j < count; ++j) out[j] = rest[j - i] * up[j];
}

// More chains than a processor has multiply-adds under way, which are 8 to 10. None starts at 2.5, where it would stay and the
// compiler leave it out.
constexpr int kChains = 12;

float MultiplyAdd(int64_t repeats) {
  Lanes sums[kChains];
  for (int chain = 0; chain < kChains; ++chain) sums[chain] = Lanes{} + static_cast<float>(chain);
  for (int64_t i = 0; i < repeats; ++i) {
#pragma GCC unroll 16
    for (int chain = 0; chain < kChains; ++chain) sums[chain] = sums[chain] * 0.5f + 1.25f;
  }
  for (int chain = 1; chain < kChains; ++chain) sums[0] += sums[chain];
  return Sum(sums[0]);
}

}  // namespace

extern const VectorLoops kLoops;
const VectorLoops kLoops{ScoreKeys, Softmax, MixValues, Swiglu, MultiplyAdd, int64_t{kChains} * kLanes};

}  // namespace RERANK_ISA
}  // namespace rerank
