// The arithmetic that is not a matrix multiplication, on plain rows of float32, each in one parallel pass.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "matrix.h"
#include "rows.h"
#include "vector_loops.h"

namespace rerank {

/// Rows of a table in float32, bf16 or fp16; ids [count] -> out [count, columns]. Throws InvalidArgument on an id without a row.
void Embed(const at::Tensor& table, const std::vector<int32_t>& ids, const Matrix& out);

/// out = x * rsqrt(mean(x^2) + eps) * weight, by rows.
void RmsNorm(const Matrix& x, const float* weight, float eps, const Rows& out);

/// residual += delta; out = RmsNorm(residual).
void AddRmsNorm(const Matrix& residual, const Matrix& delta, const float* weight, float eps, const Rows& out);

/// x += bias, by rows.
void AddBias(const Matrix& x, const float* bias);

/// Cosines and sines by position, [positions, head_dim / 2] each, and the positions of the rows.
struct Rotation {
  const float* cosines;
  const float* sines;
  const int32_t* positions;
};

/// Norms each head of head_dim values in place and rotates its halves: [x1, x2] -> [x1 c - x2 s, x2 c + x1 s].
void NormAndRotate(const Matrix& heads, const float* weight, float eps, int64_t head_dim, const Rotation& rotation);

/// gate = silu(gate) * up.
void Swiglu(const Matrix& gate, const Matrix& up);

/// out = silu(gate) * up of [gate | up] in float32 or bf16, each row written in the format of `out`.
void SwigluRows(const Rows& both, const Rows& out);

/// Copies rows, or writes rows of float32 in the format of `out`.
void GatherRows(const Rows& x, const std::vector<int64_t>& rows, const Rows& out);

/// Keys [count, head_dim] as panels of 16 keys, each [head_dim][16]: what score_keys reads is contiguous.
void PackKeys(const Matrix& keys, float* panels);

/// Values [count, head_dim] as panels of 16 columns, each [count][16]: what mix_values reads is contiguous.
void PackValues(const Matrix& values, float* panels);

}  // namespace rerank
