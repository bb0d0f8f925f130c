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

/// GPUs multiply in 8 bits from compute capability 8.9 on.
constexpr int kSmallestE4m3 = 89;

/// Rows [R, C] in the dtype of the pass; or in e4m3, and then they have scales [R, 1] in float32.
struct DeviceRows {
  at::Tensor values;
  at::Tensor scales;

  int64_t bytes() const { return static_cast<int64_t>(values.nbytes() + (scales.defined() ? scales.nbytes() : 0)); }
};

/// libtorch copies the scales of a product's rows to memory of its own unless their number is a multiple of this.
constexpr int64_t kQuantisedStep = 256;

/// Rows in 8 bits that are not written yet. Their memory goes on to the next multiple of kQuantisedStep.
DeviceRows EmptyQuantised(int64_t rows, int64_t columns, const at::Device& device);

/// Whether GPUs multiply by a weight of this size in 8 bits; one that they do not keeps the dtype of the pass.
bool Quantisable(int64_t rows, int64_t columns);

DeviceRows QuantiseRows(const at::Tensor& x);

/// x [R, K], weight [N, K] -> [R, N] bfloat16. R is a multiple of kQuantisedStep.
using QuantisedProduct = at::Tensor (*)(const DeviceRows& x, const DeviceRows& weight);

/// The product of a GPU.
at::Tensor MultiplyQuantised(const DeviceRows& x, const DeviceRows& weight);

/// The same of any number of rows of `EmptyQuantised`: those beyond them are multiplied too, and left out.
at::Tensor MultiplyRows(QuantisedProduct product, const DeviceRows& x, const DeviceRows& weight);

}  // namespace rerank
