// The operations that are not a matrix multiplication, on tensors.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>

#include "../program.h"
#include "../rotations.h"
#include "placement.h"
#include "quantised.h"

namespace rerank {

/// Rows of two pools: index i < kept.size(1) means kept[:, i], others own[:, i - kept.size(1)]. Both [planes, rows, columns].
struct RowPools {
  at::Tensor kept;  // undefined: none
  at::Tensor own;
};

/// Where results may be `quantised`, they are rounded as `Quantise` would round them.
class RowOperations {
 public:
  virtual ~RowOperations() = default;

  /// Table [V, H], index int32 [T] -> [T, H] in the dtype of the pass.
  virtual at::Tensor Embed(const at::Tensor& table, const at::Tensor& index) const = 0;
  /// The norm of residual += delta; `delta` undefined: of the residual as it is.
  virtual DeviceRows AddRmsNorm(const at::Tensor& residual, const at::Tensor& delta, const at::Tensor& weight, float eps,
                                bool quantised) const = 0;
  /// In place, by heads; positions int32 [R].
  virtual void NormAndRotate(const at::Tensor& x, const at::Tensor& weight, float eps, const RotationTable& table,
                             const at::Tensor& positions, int64_t head_dim) const = 0;
  /// [rows, 2 columns] -> [rows, columns].
  virtual DeviceRows Swiglu(const at::Tensor& gate_up, bool quantised) const = 0;
  /// index int32 [R] -> [planes, R, columns]. `wanted`, int32 [1]: how many of them are read later; others may be anything.
  virtual at::Tensor GatherRows(const RowPools& pools, const at::Tensor& index, const at::Tensor& wanted) const = 0;
  virtual DeviceRows Quantise(const at::Tensor& x) const = 0;
};

/// By operations of ATen: for all shapes.
std::unique_ptr<RowOperations> ComposeRows(at::ScalarType dtype);

}  // namespace rerank
