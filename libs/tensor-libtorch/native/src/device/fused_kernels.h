// The kernels of fused.cu on one GPU. Each `Takes...` says whether the kernel can serve these tensors; else ATen must.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>

#include "../placement.h"
#include "quantised.h"

namespace rerank {

/// GPUs multiply in 8 bits (e4m3) from compute capability 8.9 on.
constexpr int kSmallestE4m3 = 89;

/// Options that the kernels are compiled with for a number format.
std::vector<std::string> KernelOptions(at::ScalarType dtype);

/// The text of elements.cuh and fused.cu.
const char* KernelSource();

/// Rows of two pools: index i < kept.size(1) means kept[:, i], others own[:, i - kept.size(1)]. Both [planes, rows, columns].
struct RowPools {
  at::Tensor kept;  // undefined: none
  at::Tensor own;
};

class FusedKernels {
 public:
  /// Compiles for the GPU of the placement; launches on `stream` of the driver, null for the default one. Throws std::runtime_error with the reason when that does not work.
  FusedKernels(const Placement& placement, int architecture, void* stream);
  ~FusedKernels();
  FusedKernels(const FusedKernels&) = delete;
  FusedKernels& operator=(const FusedKernels&) = delete;

  bool TakesRows(const at::Tensor& rows) const;
  bool TakesNorm(const at::Tensor& rows) const;
  bool TakesHeads(const at::Tensor& rows, int64_t head_dim) const;
  bool TakesPools(const RowPools& pools) const;
  /// With the conditions of the operation whose result is rounded.
  bool TakesQuantising(const at::Tensor& rows) const;

  /// `delta` undefined: a plain norm. Else residual += delta first.
  at::Tensor AddRmsNorm(const at::Tensor& residual, const at::Tensor& delta, const at::Tensor& weight, float eps) const;
  /// In place. cosines, sines: [positions, head_dim / 2]; positions: int32 [rows].
  void NormAndRotate(const at::Tensor& x, const at::Tensor& weight, float eps, const at::Tensor& cosines,
                     const at::Tensor& sines, const at::Tensor& positions, int64_t head_dim) const;
  /// [rows, 2 columns] -> [rows, columns].
  at::Tensor Swiglu(const at::Tensor& gate_up) const;
  /// index int32 [rows] -> [planes, rows, columns].
  at::Tensor GatherRows(const RowPools& pools, const at::Tensor& index) const;
  QuantisedRows Quantise(const at::Tensor& x) const;
  /// AddRmsNorm and Swiglu, rounded as `Quantise` would round their results.
  QuantisedRows AddRmsNormQuantised(const at::Tensor& residual, const at::Tensor& delta, const at::Tensor& weight, float eps) const;
  QuantisedRows SwigluQuantised(const at::Tensor& gate_up) const;

 private:
  struct Kernel {
    void* function = nullptr;
  };
  template <typename... Arguments>
  void Launch(const Kernel& kernel, int64_t blocks, unsigned planes, unsigned threads, Arguments... arguments) const;
  unsigned RowThreads(int64_t columns) const;
  bool Aligned(const at::Tensor& rows, int64_t columns) const;

  at::ScalarType dtype_;
  int64_t width_;  // elements of 16 bytes
  void* stream_;
  void* module_ = nullptr;
  Kernel add_rms_norm_, norm_and_rotate_, swiglu_, gather_rows_;
  Kernel quantise_rows_, add_rms_norm_quantise_, swiglu_quantise_;  // none where the GPU has no 8 bits
};

}  // namespace rerank
