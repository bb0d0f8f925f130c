#include "row_operations.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

namespace rerank {
namespace {

// Float32 of float32: statistics never see a rounded value that they need not.
at::Tensor Normed(const at::Tensor& x, const at::Tensor& weight, float eps) {
  const at::Tensor wide = x.to(at::kFloat);
  return wide.mul(wide.mul(wide).mean({-1}, true).add_(eps).rsqrt_()).mul_(weight);
}

}  // namespace

at::Tensor RowOperations::Embed(const at::Tensor& table, const at::Tensor& index) const {
  if (table.scalar_type() == dtype_) return GatherRows({{}, table.unsqueeze(0)}, index).squeeze(0);
  return table.index_select(0, index).to(dtype_);
}

bool RowOperations::TakesNorm(const at::Tensor& residual, const at::Tensor& delta) const {
  return fused() && kernels_->TakesNorm(residual) && (!delta.defined() || kernels_->TakesRows(delta));
}

bool RowOperations::TakesSwiglu(const at::Tensor& gate_up) const {
  const int64_t columns = gate_up.size(1) / 2;
  return fused() && kernels_->TakesRows(gate_up) && kernels_->TakesRows(gate_up.narrow(1, columns, columns));
}

at::Tensor RowOperations::RmsNorm(const at::Tensor& x, const at::Tensor& weight, float eps) const {
  if (TakesNorm(x, {})) return kernels_->AddRmsNorm(x, {}, weight, eps);
  return Normed(x, weight.view({-1}), eps).to(dtype_);
}

at::Tensor RowOperations::AddRmsNorm(const at::Tensor& residual, const at::Tensor& delta, const at::Tensor& weight,
                                     float eps) const {
  if (TakesNorm(residual, delta)) return kernels_->AddRmsNorm(residual, delta, weight, eps);
  residual.add_(delta);
  return Normed(residual, weight.view({-1}), eps).to(dtype_);
}

void RowOperations::NormAndRotate(const at::Tensor& x, const at::Tensor& weight, float eps, const RotationTable& table,
                                  const at::Tensor& positions, int64_t head_dim) const {
  if (fused() && kernels_->TakesHeads(x, head_dim)) {
    return kernels_->NormAndRotate(x, weight, eps, table.cosines, table.sines, positions, head_dim);
  }
  const int64_t half = head_dim / 2;
  const at::Tensor heads = x.view({x.size(0), x.size(1) / head_dim, head_dim});  // [R, heads, D]
  const at::Tensor normed = Normed(heads, weight.view({-1}), eps);
  const at::Tensor cosines = table.cosines.index_select(0, positions).unsqueeze(1);  // [R, 1, D / 2]
  const at::Tensor sines = table.sines.index_select(0, positions).unsqueeze(1);
  const at::Tensor first = normed.narrow(2, 0, half);
  const at::Tensor second = normed.narrow(2, half, half);
  heads.narrow(2, 0, half).copy_(first * cosines - second * sines);
  heads.narrow(2, half, half).copy_(second * cosines + first * sines);
}

at::Tensor RowOperations::Swiglu(const at::Tensor& gate_up) const {
  if (TakesSwiglu(gate_up)) return kernels_->Swiglu(gate_up);
  const int64_t columns = gate_up.size(1) / 2;
  const at::Tensor gate = gate_up.narrow(1, 0, columns).to(at::kFloat);
  return at::silu(gate).mul_(gate_up.narrow(1, columns, columns)).to(dtype_);
}

QuantisedRows RowOperations::Quantise(const at::Tensor& x) const {
  return fused() && kernels_->TakesQuantising(x) ? kernels_->Quantise(x) : QuantiseRows(x);
}

QuantisedRows RowOperations::NormQuantised(const at::Tensor& residual, const at::Tensor& delta, const at::Tensor& weight,
                                           float eps) const {
  if (TakesNorm(residual, delta) && kernels_->TakesQuantising(residual)) {
    return kernels_->AddRmsNormQuantised(residual, delta, weight, eps);
  }
  return Quantise(delta.defined() ? AddRmsNorm(residual, delta, weight, eps) : RmsNorm(residual, weight, eps));
}

QuantisedRows RowOperations::SwigluQuantised(const at::Tensor& gate_up) const {
  if (TakesSwiglu(gate_up) && kernels_->TakesQuantising(gate_up)) return kernels_->SwigluQuantised(gate_up);
  return Quantise(Swiglu(gate_up));
}

at::Tensor RowOperations::GatherRows(const RowPools& pools, const at::Tensor& index) const {
  if (fused() && kernels_->TakesPools(pools)) return kernels_->GatherRows(pools, index);
  if (!pools.kept.defined()) return pools.own.index_select(1, index);
  return at::cat({pools.kept, pools.own}, 1).index_select(1, index);
}

}  // namespace rerank
