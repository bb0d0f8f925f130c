// Causal attention over the segment tree, on tensors.
#pragma once

#include <ATen/core/Tensor.h>

#include "device_plan.h"
#include "row_operations.h"

namespace rerank {

struct DeviceHeads {
  at::Tensor q;  // [T or B, Hq * head_dim]
  at::Tensor k;  // [T, Hkv * head_dim]
  at::Tensor v;  // [T, Hkv * head_dim]
};

class DeviceAttention {
 public:
  /// `flash`: flash attention for sequences of uneven length serves this device and dtype.
  DeviceAttention(const Plan& plan, const DevicePlan& on_device, const RowOperations& rows, bool flash)
      : plan_(plan), on_device_(on_device), rows_(rows), flash_(flash) {}

  /// [T or B, Hq * head_dim]; scale head_dim^-0.5.
  at::Tensor Attend(const DeviceHeads& heads, int64_t layer, bool scored_only);

  /// Hands the keys and values that the pass stored to their segments. Call after the last layer.
  void KeepStored();

 private:
  void Store(const at::Tensor& key_values, int64_t layer);

  const Plan& plan_;
  const DevicePlan& on_device_;
  const RowOperations& rows_;
  bool flash_;
  at::Tensor stored_;  // [layers, 2, stored rows, width]
};

/// Whether this libtorch has flash attention for these heads on a GPU of this architecture (9.0 is 90).
bool FlashServes(at::ScalarType dtype, int64_t head_dim, int architecture);

}  // namespace rerank
