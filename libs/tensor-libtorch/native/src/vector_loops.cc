// Compiled once for each instruction set, with RERANK_ISA naming it (CMakeLists.txt). A block of rows computes the keys
// that its last row sees: under the causal mask no row of a block sees more.
#include "vector_loops.h"

#include "vector_math.h"

namespace rerank {
namespace RERANK_ISA {
namespace {

// Sums that a block of rows keeps in registers, and their registers' worth of values of a panel beside them.
#if defined(__AVX512F__)
constexpr int kRows = 12;
#elif defined(__AVX2__)
constexpr int kRows = 6;
#else
constexpr int kRows = 4;
#endif

// sums[r] = sum over d of rows[r][d] * panel[d][0..16).
template <int Count>
RERANK_INLINE void Multiply(const float* rows, int64_t stride, int64_t depth, const float* panel, Lanes (&sums)[Count]) {
  for (int r = 0; r < Count; ++r) sums[r] = Lanes{};
  for (int64_t d = 0; d < depth; ++d) {
    const Lanes values = LanesAt(panel + d * kPanel);
#pragma GCC unroll 16
    for (int r = 0; r < Count; ++r) sums[r] += values * rows[r * stride + d];
  }
}

struct Scoring {
  const RowBlock& queries;
  int64_t head_dim;
  const float* panels;
  float scale;
  const int64_t* visible;
  float* scores;
  int64_t stride;

  template <int Count>
  RERANK_INLINE void Block(const Scoring& work, int64_t row) {
    Lanes sums[Count];
    const float* queries = work.queries.data + row * work.queries.stride;
    const int64_t keys = work.visible[row + Count - 1];
    for (int64_t k = 0; k < keys; k += kPanel) {
      Multiply<Count>(queries, work.queries.stride, work.head_dim, work.panels + k * work.head_dim, sums);
#pragma GCC unroll 16
      for (int r = 0; r < Count; ++r) LanesAt(work.scores + (row + r) * work.stride + k) = sums[r] * work.scale;
    }
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

  template <int Count>
  RERANK_INLINE void Block(const Mixing& work, int64_t row) {
    Lanes sums[Count];
    const float* weights = work.weights.data + row * work.weights.stride;
    const int64_t keys = AtMost(work.visible[row + Count - 1], work.panel_rows);
    for (int64_t c = 0; c < work.columns; c += kPanel) {
      Multiply<Count>(weights, work.weights.stride, keys, work.panels + c * work.panel_rows, sums);
      const int64_t width = AtMost(kPanel, work.columns - c);
#pragma GCC unroll 16
      for (int r = 0; r < Count; ++r) {
        float* out = work.out + (row + r) * work.stride + c;
        if (width == kPanel) LanesAt(out) += sums[r];
        else for (int64_t j = 0; j < width; ++j) out[j] += sums[r][j];
      }
    }
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

void ScoreKeys(const RowBlock& queries, int64_t head_dim, const float* panels, float scale, const int64_t* visible,
               float* scores, int64_t stride) {
  ForEachBlock(Scoring{queries, head_dim, panels, scale, visible, scores, stride}, queries.count);
}

void MixValues(const RowBlock& weights, const int64_t* visible, const float* panels, int64_t panel_rows, float* out,
               int64_t columns, int64_t out_stride) {
  ForEachBlock(Mixing{weights, visible, panels, panel_rows, out, columns, out_stride}, weights.count);
}

void Softmax(float* scores, int64_t stride, int64_t rows, const int64_t* visible) {
  for (int64_t r = 0; r < rows; ++r) {
    float* row = scores + r * stride;
    const int64_t count = visible[r];
    const int64_t end = Panels(count) * kPanel;
    for (int64_t k = count; k < end; ++k) row[k] = -3e38f;  // e to the power of it is as good as nothing
    Lanes largest = LanesAt(row);
    for (int64_t k = kPanel; k < end; k += kPanel) largest = LanesAt(row + k) > largest ? LanesAt(row + k) : largest;
    const float peak = Largest(largest);
    Lanes total{};
    for (int64_t k = 0; k < end; k += kPanel) total += LanesAt(row + k) = Exp(LanesAt(row + k) - peak);
    const float factor = 1.0f / Sum(total);
    for (int64_t k = 0; k < end; k += kPanel) LanesAt(row + k) *= factor;
    for (int64_t k = count; k < count + kPanel; ++k) row[k] = 0;  // what a later row of the block sees, and this one does not
  }
}

void Swiglu(float* gate, const float* up, int64_t count) {
  int64_t i = 0;
  for (; i + kPanel <= count; i += kPanel) LanesAt(gate + i) = Silu(LanesAt(gate + i)) * LanesAt(up + i);
  Lanes rest{};
  for (int64_t j = i; j < count; ++j) rest[j - i] = gate[j];
  rest = Silu(rest);
  for (; i < count; ++i) gate[i] = rest[i % kPanel] * up[i];
}

// As many chains as a block of rows has sums: the processor needs that many under way to be busy. None starts at 2.5, where it
// would stay and the compiler leave it out.
float MultiplyAdd(int64_t repeats) {
  Lanes sums[kRows];
  for (int r = 0; r < kRows; ++r) sums[r] = Lanes{} + static_cast<float>(r);
  for (int64_t i = 0; i < repeats; ++i) {
#pragma GCC unroll 16
    for (int r = 0; r < kRows; ++r) sums[r] = sums[r] * 0.5f + 1.25f;
  }
  for (int r = 1; r < kRows; ++r) sums[0] += sums[r];
  return Sum(sums[0]);
}

}  // namespace

extern const VectorLoops kLoops;
const VectorLoops kLoops{ScoreKeys, Softmax, MixValues, Swiglu, MultiplyAdd, int64_t{kRows} * kPanel};

}  // namespace RERANK_ISA
}  // namespace rerank
