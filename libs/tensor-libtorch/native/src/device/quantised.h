// Rows in 8 bits (e4m3), each with a scale of its own: its largest magnitude is the largest number of the format.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace rerank {

#if LIBTORCH_SERVES_GPU
constexpr at::ScalarType kE4m3 = at::kFloat8_e4m3fn;
#else  // An older libtorch has no such type, but no GPU either.
constexpr at::ScalarType kE4m3 = at::kByte;
#endif

struct QuantisedRows {
  /// [R, C] e4m3. On the CPU, which emulates it for tests: float32 that e4m3 holds exactly, unless a kernel made them.
  at::Tensor values;
  at::Tensor scales;  // [R, 1] float32

  int64_t bytes() const { return values.defined() ? static_cast<int64_t>(values.nbytes() + scales.nbytes()) : 0; }
};

/// Whether GPUs multiply by a weight of this size in 8 bits; one that they do not keeps the dtype of the pass.
bool Quantisable(int64_t rows, int64_t columns);

QuantisedRows QuantiseRows(const at::Tensor& x);

/// x [R, K], weight [N, K] -> [R, N] bfloat16.
at::Tensor MultiplyQuantised(const QuantisedRows& x, const QuantisedRows& weight);

}  // namespace rerank
