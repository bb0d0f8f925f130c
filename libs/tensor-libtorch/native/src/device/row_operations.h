// The operations that are not a matrix multiplication, on tensors: one fused kernel where there is one, else ATen operations.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>

#include "quantised.h"
#include "fused_kernels.h"

namespace rerank {

/// Cosines and sines by position: [positions, head_dim / 2] each, float32.
struct RotationTable {
  at::Tensor cosines;
  at::Tensor sines;
};

class RowOperations {
 public:
  RowOperations(at::ScalarType dtype, std::shared_ptr<const FusedKernels> kernels) : dtype_(dtype), kernels_(std::move(kernels)) {}

  bool fused() const { return kernels_ != nullptr; }

  /// Table [V, H], index int32 [T] -> [T, H] in the dtype of the pass.
  at::Tensor Embed(const at::Tensor& table, const at::Tensor& index) const;
  at::Tensor RmsNorm(const at::Tensor& x, const at::Tensor& weight, float eps) const;
  /// residual += delta; answers its norm.
  at::Tensor AddRmsNorm(const at::Tensor& residual, const at::Tensor& delta, const at::Tensor& weight, float eps) const;
  /// In place, by heads; positions int32 [R].
  void NormAndRotate(const at::Tensor& x, const at::Tensor& weight, float eps, const RotationTable& table,
                     const at::Tensor& positions, int64_t head_dim) const;
  at::Tensor Swiglu(const at::Tensor& gate_up) const;
  QuantisedRows Quantise(const at::Tensor& x) const;
  /// What `Quantise` makes of RmsNorm (`delta` undefined) or AddRmsNorm, and of Swiglu.
  QuantisedRows NormQuantised(const at::Tensor& residual, const at::Tensor& delta, const at::Tensor& weight, float eps) const;
  QuantisedRows SwigluQuantised(const at::Tensor& gate_up) const;
  /// index int32 [R] -> [planes, R, columns].
  at::Tensor GatherRows(const RowPools& pools, const at::Tensor& index) const;

 private:
  bool TakesNorm(const at::Tensor& residual, const at::Tensor& delta) const;
  bool TakesSwiglu(const at::Tensor& gate_up) const;

  at::ScalarType dtype_;
  std::shared_ptr<const FusedKernels> kernels_;
};

}  // namespace rerank
