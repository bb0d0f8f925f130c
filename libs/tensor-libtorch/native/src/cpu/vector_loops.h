// The loops that need vector registers. One source, compiled once for each instruction set; the processor decides which one runs.
#pragma once

#include <cstdint>

namespace rerank {

/// Columns that lie together: one vector register of AVX-512, two of AVX2, four of NEON.
constexpr int64_t kPanel = 16;

constexpr int64_t Panels(int64_t count) { return (count + kPanel - 1) / kPanel; }

/// Query rows of a task and the keys each of them sees. Plain numbers: nothing of the standard library, whose inline
/// functions the linker could take from the build for another processor.
struct RowBlock {
  const float* data;
  int64_t count;
  int64_t stride;
};

struct VectorLoops {
  /// scores[r][k] = scale * q[r] . key[k] for k < visible[r], rounded up to a whole panel: each row of `scores` has room
  /// for kPanel floats beyond its last key. Keys lie in panels of 16, each [head_dim][16].
  void (*score_keys)(const RowBlock& queries, int64_t head_dim, const float* panels, float scale, const int64_t* visible,
                     float* scores, int64_t stride);
  /// Softmax over each row's first `visible[r]` columns; the next kPanel columns become 0.
  void (*softmax)(float* scores, int64_t stride, int64_t rows, const int64_t* visible);
  /// out[r] += sum over k < visible[r] of weights[r][k] * value[k]; the kPanel weights behind `visible[r]` must be 0.
  /// Values lie in panels of 16 columns, each [panel_rows][16]; `columns` of out are written.
  void (*mix_values)(const RowBlock& weights, const int64_t* visible, const float* panels, int64_t panel_rows, float* out,
                     int64_t columns, int64_t out_stride);
  /// out[i] = silu(gate[i]) * up[i]; out may be gate.
  void (*swiglu)(const float* gate, const float* up, int64_t count, float* out);
  /// Multiplies and adds in registers alone, `multiply_adds` numbers in each repeat; answers one of them.
  float (*multiply_add)(int64_t repeats);
  int64_t multiply_adds;
};

/// The loops for this processor.
const VectorLoops& Loops();

}  // namespace rerank
