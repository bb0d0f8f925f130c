// The arithmetic that is not a matrix multiplication, on plain rows of float32, each in one parallel pass.
#pragma once

#include <cstdint>

#include "matrix.h"

namespace rerank {

/// out = x * rsqrt(mean(x^2) + eps) * weight, by rows.
void RmsNorm(const Matrix& x, const float* weight, float eps, const Matrix& out);

/// residual += delta; out = RmsNorm(residual).
void AddRmsNorm(const Matrix& residual, const Matrix& delta, const float* weight, float eps, const Matrix& out);

/// Cosines and sines of the rows: [rows, head_dim / 2] each.
struct Rotation {
  const float* cosines;
  const float* sines;
};

/// Norms each head of head_dim values in place and rotates its halves: [x1, x2] -> [x1 c - x2 s, x2 c + x1 s].
void NormAndRotate(const Matrix& heads, const float* weight, float eps, int64_t head_dim, const Rotation& rotation);

/// out = silu(gate) * up for rows [gate | up].
void Swiglu(const Matrix& gate_up, const Matrix& out);

/// Columns that a block of the attention kernels computes at a time: two vector registers of AVX2.
constexpr int64_t kPanel = 16;

constexpr int64_t Panels(int64_t count) { return (count + kPanel - 1) / kPanel; }

/// Keys [count, head_dim] as panels of 16 keys, each [head_dim][16]: what ScoreKeys reads is contiguous.
void PackKeys(const Matrix& keys, float* panels);

/// Values [count, head_dim] as panels of 16 columns, each [count][16]: what MixValues reads is contiguous.
void PackValues(const Matrix& values, float* panels);

/// scores[i][k] = scale * q[i] . key[k] for scores.columns keys.
void ScoreKeys(const Matrix& queries, const float* key_panels, float scale, const Matrix& scores);

/// Softmax over each row's first `visible[row]` columns; the others become 0.
void SoftmaxRows(const Matrix& scores, const int64_t* visible);

/// out[i] += sum over k of weights[i][k] * values[k]; panels of `count` values.
void MixValues(const Matrix& weights, const float* value_panels, int64_t count, const Matrix& out);

}  // namespace rerank
