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

class ComposedRows final : public RowOperations {
 public:
  explicit ComposedRows(at::ScalarType dtype) : dtype_(dtype) {}

  at::Tensor Embed(const at::Tensor& table, const at::Tensor& index) const override {
    return table.index_select(0, index).to(dtype_);
  }

  DeviceRows AddRmsNorm(const at::Tensor& residual, const at::Tensor& delta, const at::Tensor& weight, float eps,
                        bool quantised) const override {
    if (delta.defined()) residual.add_(delta);
    return Rounded(Normed(residual, weight.view({-1}), eps), quantised);
  }

  void NormAndRotate(const at::Tensor& x, const at::Tensor& weight, float eps, const RotationTable& table,
                     const at::Tensor& positions, int64_t head_dim) const override {
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

  DeviceRows Swiglu(const at::Tensor& gate_up, bool quantised) const override {
    const int64_t columns = gate_up.size(1) / 2;
    const at::Tensor gate = gate_up.narrow(1, 0, columns).to(at::kFloat);
    return Rounded(at::silu(gate).mul_(gate_up.narrow(1, columns, columns)), quantised);
  }

  at::Tensor GatherRows(const RowPools& pools, const at::Tensor& index, const at::Tensor&) const override {
    if (!pools.kept.defined()) return pools.own.index_select(1, index);
    return at::cat({pools.kept, pools.own}, 1).index_select(1, index);
  }

  DeviceRows Quantise(const at::Tensor& x) const override { return QuantiseRows(x); }

 private:
  DeviceRows Rounded(const at::Tensor& wide, bool quantised) const {
    const at::Tensor rounded = wide.to(dtype_);
    return quantised ? QuantiseRows(rounded) : DeviceRows{rounded, {}};
  }

  const at::ScalarType dtype_;
};

}  // namespace

std::unique_ptr<RowOperations> ComposeRows(at::ScalarType dtype) { return std::make_unique<ComposedRows>(dtype); }

}  // namespace rerank
