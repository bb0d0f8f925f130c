#include "fused_kernels.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <stdexcept>

#include "driver.h"

namespace rerank {
namespace {

constexpr int64_t kHeld = 4;  // as in fused.cu
constexpr int64_t kHeadWarps = 4;
constexpr int64_t kLargestHead = 256;
constexpr int64_t kThreads = 256;

int64_t Blocks(int64_t work, int64_t each) { return (work + each - 1) / each; }

long long Stride(const at::Tensor& rows) { return static_cast<long long>(rows.stride(0)); }

QuantisedRows EmptyRows(const at::Tensor& like, int64_t columns) {
  const int64_t rows = like.size(0);
  return {at::empty({rows, columns}, like.options().dtype(kE4m3)), at::empty({rows, 1}, like.options().dtype(at::kFloat))};
}

}  // namespace

std::vector<std::string> KernelOptions(at::ScalarType dtype) {
  return {dtype == at::kFloat ? "-DELEMENT_BITS=32" : "-DELEMENT_BITS=16",
          dtype == at::kBFloat16 ? "-DELEMENT_BFLOAT=1" : "-DELEMENT_BFLOAT=0"};
}

FusedKernels::FusedKernels(const Placement& placement, int architecture, void* stream)
    : dtype_(placement.dtype), width_(16 / placement.element_bytes()), stream_(stream) {
  const std::string image =
      CompileCuda(KernelSource(), "sm_" + std::to_string(architecture), KernelOptions(placement.dtype));
  const Driver& driver = LoadDriver();
  driver.Check(driver.load_module(&module_, image.data()), "the kernels cannot be loaded");
  const auto find = [&](const char* name, Kernel& kernel) {
    driver.Check(driver.module_function(&kernel.function, module_, name), name);
  };
  find("add_rms_norm", add_rms_norm_);
  find("norm_and_rotate", norm_and_rotate_);
  find("swiglu", swiglu_);
  find("gather_rows", gather_rows_);
  if (architecture < kSmallestE4m3) return;
  find("quantise_rows", quantise_rows_);
  find("add_rms_norm_quantise", add_rms_norm_quantise_);
  find("swiglu_quantise", swiglu_quantise_);
}

FusedKernels::~FusedKernels() {
  if (module_ != nullptr) LoadDriver().unload_module(module_);
}

template <typename... Arguments>
void FusedKernels::Launch(const Kernel& kernel, int64_t blocks, unsigned planes, unsigned threads,
                          Arguments... arguments) const {
  if (blocks == 0) return;
  void* pointers[] = {static_cast<void*>(&arguments)...};
  const Driver& driver = LoadDriver();
  driver.Check(driver.launch(kernel.function, static_cast<unsigned>(blocks), planes, 1, threads, 1, 1, 0, stream_,
                             pointers, nullptr),
               "a kernel cannot be launched");
}

// Of a block that has a row.
unsigned FusedKernels::RowThreads(int64_t columns) const {
  return static_cast<unsigned>(std::min(kThreads, Blocks(columns / width_, 32) * 32));
}

bool FusedKernels::Aligned(const at::Tensor& rows, int64_t columns) const {
  return rows.scalar_type() == dtype_ && rows.stride(-1) == 1 && columns % width_ == 0 && rows.stride(-2) % width_ == 0 &&
         reinterpret_cast<uintptr_t>(rows.data_ptr()) % 16 == 0;
}

bool FusedKernels::TakesRows(const at::Tensor& rows) const { return Aligned(rows, rows.size(-1)); }

bool FusedKernels::TakesNorm(const at::Tensor& rows) const {
  return TakesRows(rows) && rows.size(-1) <= kThreads * kHeld * width_;
}

bool FusedKernels::TakesHeads(const at::Tensor& rows, int64_t head_dim) const {
  return TakesRows(rows) && head_dim % width_ == 0 && head_dim <= kLargestHead;
}

bool FusedKernels::TakesPools(const RowPools& pools) const {
  const auto takes = [this](const at::Tensor& pool) { return TakesRows(pool) && pool.stride(0) % width_ == 0; };
  return takes(pools.own) && (!pools.kept.defined() || takes(pools.kept));
}

bool FusedKernels::TakesQuantising(const at::Tensor& rows) const {
  return quantise_rows_.function != nullptr && TakesRows(rows);
}

at::Tensor FusedKernels::AddRmsNorm(const at::Tensor& residual, const at::Tensor& delta, const at::Tensor& weight,
                                    float eps) const {
  const int64_t columns = residual.size(1);
  at::Tensor out = at::empty({residual.size(0), columns}, residual.options());
  const bool added = delta.defined();
  Launch(add_rms_norm_, residual.size(0), 1, RowThreads(columns), residual.data_ptr(), Stride(residual),
         added ? delta.data_ptr() : nullptr, added ? Stride(delta) : 0LL, weight.data_ptr(), eps, static_cast<int>(columns),
         out.data_ptr(), Stride(out));
  return out;
}

QuantisedRows FusedKernels::AddRmsNormQuantised(const at::Tensor& residual, const at::Tensor& delta, const at::Tensor& weight,
                                                float eps) const {
  const int64_t columns = residual.size(1);
  const QuantisedRows out = EmptyRows(residual, columns);
  const bool added = delta.defined();
  Launch(add_rms_norm_quantise_, residual.size(0), 1, RowThreads(columns), residual.data_ptr(), Stride(residual),
         added ? delta.data_ptr() : nullptr, added ? Stride(delta) : 0LL, weight.data_ptr(), eps, static_cast<int>(columns),
         out.values.data_ptr(), out.scales.data_ptr());
  return out;
}

void FusedKernels::NormAndRotate(const at::Tensor& x, const at::Tensor& weight, float eps, const at::Tensor& cosines,
                                 const at::Tensor& sines, const at::Tensor& positions, int64_t head_dim) const {
  const int64_t heads = x.size(1) / head_dim;
  Launch(norm_and_rotate_, Blocks(x.size(0) * heads, kHeadWarps), 1, 32 * kHeadWarps, x.data_ptr(),
         Stride(x), weight.data_ptr(), eps, cosines.data_ptr(), sines.data_ptr(),
         positions.data_ptr(), static_cast<int>(x.size(0)), static_cast<int>(heads), static_cast<int>(head_dim));
}

at::Tensor FusedKernels::Swiglu(const at::Tensor& gate_up) const {
  const int64_t rows = gate_up.size(0);
  const int64_t columns = gate_up.size(1) / 2;
  at::Tensor out = at::empty({rows, columns}, gate_up.options());
  Launch(swiglu_, Blocks(rows * (columns / width_), kThreads), 1, kThreads, gate_up.data_ptr(),
         Stride(gate_up), static_cast<int>(rows), static_cast<int>(columns), out.data_ptr());
  return out;
}

at::Tensor FusedKernels::GatherRows(const RowPools& pools, const at::Tensor& index) const {
  const at::Tensor& own = pools.own;
  const at::Tensor& kept = pools.kept.defined() ? pools.kept : own;
  const int64_t rows = index.size(0);
  const int64_t columns = own.size(2);
  at::Tensor out = at::empty({own.size(0), rows, columns}, own.options());
  Launch(gather_rows_, Blocks(rows * (columns / width_), kThreads), static_cast<unsigned>(own.size(0)), kThreads,
         kept.data_ptr(), static_cast<long long>(kept.stride(1)), static_cast<long long>(kept.stride(0)),
         static_cast<int>(pools.kept.defined() ? kept.size(1) : 0), own.data_ptr(),
         static_cast<long long>(own.stride(1)), static_cast<long long>(own.stride(0)), index.data_ptr(),
         static_cast<int>(rows), static_cast<int>(columns), out.data_ptr());
  return out;
}

QuantisedRows FusedKernels::Quantise(const at::Tensor& x) const {
  const int64_t columns = x.size(1);
  const QuantisedRows out = EmptyRows(x, columns);
  Launch(quantise_rows_, x.size(0), 1, RowThreads(columns), x.data_ptr(), Stride(x), static_cast<int>(columns),
         out.values.data_ptr(), out.scales.data_ptr());
  return out;
}

QuantisedRows FusedKernels::SwigluQuantised(const at::Tensor& gate_up) const {
  const int64_t columns = gate_up.size(1) / 2;
  const QuantisedRows out = EmptyRows(gate_up, columns);
  Launch(swiglu_quantise_, gate_up.size(0), 1, RowThreads(columns), gate_up.data_ptr(), Stride(gate_up),
         static_cast<int>(columns), out.values.data_ptr(), out.scales.data_ptr());
  return out;
}

}  // namespace rerank
