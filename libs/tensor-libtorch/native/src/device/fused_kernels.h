// The kernels of fused.cu and attention.cu on one GPU.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "driver.h"
#include "row_operations.h"
#include "sequences.h"

namespace rerank {

/// Heads of rows, side by side in memory: queries, then keys, and behind them as many values.
struct HeadRows {
  at::Tensor rows;  // [R, (queries + keys) * head_dim]
  int64_t queries = 0;
  int64_t keys = 0;
  at::Tensor query_norm;  // float32 [head_dim]; undefined where there are no queries
  at::Tensor key_norm;    // the same of keys
  float eps = 0;
};

/// Where the keys and values of rows are kept: those of row i at `places[i]`, or nowhere where that is below 0.
struct KeptRows {
  at::Tensor places;  // int32 [R]; undefined: none is kept
  at::Tensor memory;  // [2, rows, keys * head_dim]
};

/// One kernel each. Serves commands that `Mark` marks.
class FusedRows final : public RowOperations {
 public:
  /// Compiles for the GPU of the placement; launches on `stream` of the driver, null for the default one. Throws
  /// std::runtime_error with the reason when that does not work.
  FusedRows(const Placement& placement, int architecture, void* stream);
  ~FusedRows() override;
  FusedRows(const FusedRows&) = delete;
  FusedRows& operator=(const FusedRows&) = delete;

  /// Marks the commands whose shapes the kernels serve: rows that begin at whole vectors of 16 bytes, no longer than a block holds.
  /// Norms of queries and keys that only one attention reads become part of it. Answers what is left to ATen for its shape, a line
  /// each.
  std::vector<std::string> Mark(Program& program) const;
  /// What is served by this kernel is left to ATen in programs that are marked from now on.
  void SwitchOff(const std::string& kernel);
  /// Attention is for formats of 16 bits, on GPUs from compute capability 8.0 on.
  bool Has(const std::string& kernel) const;

  at::Tensor Embed(const at::Tensor& table, const at::Tensor& index) const override;
  DeviceRows AddRmsNorm(const at::Tensor& residual, const at::Tensor& delta, const at::Tensor& weight, float eps,
                        bool quantised) const override;
  void NormAndRotate(const at::Tensor& x, const at::Tensor& weight, float eps, const RotationTable& table,
                     const at::Tensor& positions, int64_t head_dim) const override;
  DeviceRows Swiglu(const at::Tensor& gate_up, bool quantised) const override;
  at::Tensor GatherRows(const RowPools& pools, const at::Tensor& index, const at::Tensor& wanted) const override;
  DeviceRows Quantise(const at::Tensor& x) const override;

  /// NormAndRotate of queries and keys; these, and the values behind them, are written where they are kept besides.
  void NormAndRotate(const HeadRows& heads, const KeptRows& kept, const RotationTable& table, const at::Tensor& positions,
                     int64_t head_dim) const;
  /// Attention whose tiles have all query heads that share a key head: for short sequences. q [R, Hq * head_dim]; the planes of the
  /// pools are keys and values, which are read where they are -> [R, Hq * head_dim].
  at::Tensor Attend(const at::Tensor& q, const RowPools& pools, const Sequences& sequences, int64_t head_dim) const;

 private:
  struct Kernel {
    const char* name;
    void* function = nullptr;
  };
  struct Grid {
    int64_t x = 0;
    int64_t y = 1;
    int64_t z = 1;
  };
  template <typename... Arguments>
  void Launch(const Kernel& kernel, const Grid& grid, int64_t threads, Arguments... arguments) const;
  unsigned RowThreads(int64_t columns) const;
  bool Serves(const Program& program, const Command& command, int64_t columns) const;
  const Kernel* KernelOf(const Program& program, const Command& command) const;
  bool ServesAttention(int64_t query_columns, int64_t key_columns, int64_t head_dim) const;
  const Kernel& AttentionOf(int64_t head_dim) const { return head_dim == 64 ? attend_64_ : attend_128_; }
  const Kernel& RotationOf(int64_t head_dim) const { return head_dim <= 128 ? norm_and_rotate_ : norm_and_rotate_wide_; }
  std::vector<Kernel*> All();

  const Driver& driver_ = LoadDriver();
  const at::ScalarType dtype_;
  const int64_t width_;  // elements of 16 bytes
  void* const stream_;
  void* module_ = nullptr;
  Kernel add_rms_norm_{"add_rms_norm"}, norm_and_rotate_{"norm_and_rotate"}, norm_and_rotate_wide_{"norm_and_rotate_wide"},
      swiglu_{"swiglu"}, gather_rows_{"gather_rows"};
  // None in float32.
  Kernel attend_64_{"attend_64"}, attend_128_{"attend_128"};
  // None where the GPU has no 8 bits.
  Kernel quantise_rows_{"quantise_rows"}, add_rms_norm_quantise_{"add_rms_norm_quantise"}, swiglu_quantise_{"swiglu_quantise"};
};

/// Options that the kernels are compiled with for a number format.
std::vector<std::string> KernelOptions(at::ScalarType dtype);

/// The text of elements.cuh, arguments.cuh, fused.cu, quantise.cu and attention.cu.
const char* KernelSource();

}  // namespace rerank
