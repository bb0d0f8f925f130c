// The kernels of fused.cu on one GPU.
#include <ATen/Functions.h>

#include <algorithm>
#include <stdexcept>

#include "driver.h"
#include "row_operations.h"

namespace rerank {
namespace {

constexpr int64_t kHeld = 4;  // as in fused.cu
constexpr int64_t kHeadWarps = 4;
constexpr int64_t kLargestHead = 256;
constexpr int64_t kThreads = 256;

int64_t Blocks(int64_t work, int64_t each) { return (work + each - 1) / each; }

// Elements of 16 bytes.
int64_t WidthOf(const Placement& placement) { return 16 / placement.element_bytes(); }

long long Stride(const at::Tensor& rows, int64_t dimension = 0) { return static_cast<long long>(rows.stride(dimension)); }

DeviceRows EmptyRows(const at::Tensor& like, int64_t columns, bool quantised) {
  const int64_t rows = like.size(0);
  if (!quantised) return {at::empty({rows, columns}, like.options()), {}};
  return {at::empty({rows, columns}, like.options().dtype(kE4m3)), at::empty({rows, 1}, like.options().dtype(at::kFloat))};
}

class FusedRows final : public RowOperations {
 public:
  FusedRows(const Placement& placement, int architecture, void* stream) : width_(WidthOf(placement)), stream_(stream) {
    const std::string image =
        CompileCuda(KernelSource(), "sm_" + std::to_string(architecture), KernelOptions(placement.dtype));
    driver_.Check(driver_.load_module(&module_, image.data()), "the kernels cannot be loaded");
    const auto find = [&](const char* name, void*& kernel) {
      driver_.Check(driver_.module_function(&kernel, module_, name), name);
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

  ~FusedRows() override {
    if (module_ != nullptr) driver_.unload_module(module_);
  }
  FusedRows(const FusedRows&) = delete;
  FusedRows& operator=(const FusedRows&) = delete;

  at::Tensor Embed(const at::Tensor& table, const at::Tensor& index) const override {
    return GatherRows({{}, table.unsqueeze(0)}, index).squeeze(0);
  }

  DeviceRows AddRmsNorm(const at::Tensor& residual, const at::Tensor& delta, const at::Tensor& weight, float eps,
                        bool quantised) const override {
    const int64_t columns = residual.size(1);
    const DeviceRows out = EmptyRows(residual, columns, quantised);
    const auto launch = [&](void* kernel, auto second) {
      Launch(kernel, residual.size(0), 1, RowThreads(columns), residual.data_ptr(), Stride(residual),
             delta.defined() ? delta.data_ptr() : nullptr, delta.defined() ? Stride(delta) : 0LL, weight.data_ptr(), eps,
             static_cast<int>(columns), out.values.data_ptr(), second);
    };
    if (quantised) launch(add_rms_norm_quantise_, out.scales.data_ptr());
    else launch(add_rms_norm_, Stride(out.values));
    return out;
  }

  void NormAndRotate(const at::Tensor& x, const at::Tensor& weight, float eps, const RotationTable& table,
                     const at::Tensor& positions, int64_t head_dim) const override {
    const int64_t heads = x.size(1) / head_dim;
    Launch(norm_and_rotate_, Blocks(x.size(0) * heads, kHeadWarps), 1, 32 * kHeadWarps, x.data_ptr(), Stride(x), weight.data_ptr(), eps,
           table.cosines.data_ptr(), table.sines.data_ptr(), positions.data_ptr(), static_cast<int>(x.size(0)),
           static_cast<int>(heads), static_cast<int>(head_dim));
  }

  DeviceRows Swiglu(const at::Tensor& gate_up, bool quantised) const override {
    const int64_t rows = gate_up.size(0), columns = gate_up.size(1) / 2;
    const DeviceRows out = EmptyRows(gate_up, columns, quantised);
    if (quantised) {
      Launch(swiglu_quantise_, rows, 1, RowThreads(columns), gate_up.data_ptr(), Stride(gate_up), static_cast<int>(columns),
             out.values.data_ptr(), out.scales.data_ptr());
    } else {
      Launch(swiglu_, Blocks(rows * (columns / width_), kThreads), 1, kThreads, gate_up.data_ptr(), Stride(gate_up),
             static_cast<int>(rows), static_cast<int>(columns), out.values.data_ptr());
    }
    return out;
  }

  at::Tensor GatherRows(const RowPools& pools, const at::Tensor& index) const override {
    const at::Tensor& own = pools.own;
    const at::Tensor& kept = pools.kept.defined() ? pools.kept : own;
    const int64_t rows = index.size(0), columns = own.size(2);
    at::Tensor out = at::empty({own.size(0), rows, columns}, own.options());
    Launch(gather_rows_, Blocks(rows * (columns / width_), kThreads), static_cast<unsigned>(own.size(0)), kThreads,
           kept.data_ptr(), Stride(kept, 1), Stride(kept), static_cast<int>(pools.kept.defined() ? kept.size(1) : 0),
           own.data_ptr(), Stride(own, 1), Stride(own), index.data_ptr(), static_cast<int>(rows), static_cast<int>(columns),
           out.data_ptr());
    return out;
  }

  DeviceRows Quantise(const at::Tensor& x) const override {
    const int64_t columns = x.size(1);
    const DeviceRows out = EmptyRows(x, columns, true);
    Launch(quantise_rows_, x.size(0), 1, RowThreads(columns), x.data_ptr(), Stride(x), static_cast<int>(columns),
           out.values.data_ptr(), out.scales.data_ptr());
    return out;
  }

 private:
  template <typename... Arguments>
  void Launch(void* kernel, int64_t blocks, unsigned planes, unsigned threads, Arguments... arguments) const {
    if (blocks == 0) return;
    void* pointers[] = {static_cast<void*>(&arguments)...};
    driver_.Check(driver_.launch(kernel, static_cast<unsigned>(blocks), planes, 1, threads, 1, 1, 0, stream_, pointers, nullptr),
                  "a kernel cannot be launched");
  }

  // Of a block that has a row.
  unsigned RowThreads(int64_t columns) const {
    return static_cast<unsigned>(std::min(kThreads, Blocks(columns / width_, 32) * 32));
  }

  const Driver& driver_ = LoadDriver();
  const int64_t width_;
  void* const stream_;
  void* module_ = nullptr;
  void *add_rms_norm_ = nullptr, *norm_and_rotate_ = nullptr, *swiglu_ = nullptr, *gather_rows_ = nullptr;
  // None where the GPU has no 8 bits.
  void *quantise_rows_ = nullptr, *add_rms_norm_quantise_ = nullptr, *swiglu_quantise_ = nullptr;
};

// Of the rows in a slot. `whole`: each begins at a vector of 16 bytes and ends with one.
struct SlotShape {
  int64_t columns = 0;
  bool whole = false;
};

std::vector<SlotShape> ShapesOf(const Program& program, int64_t width) {
  std::vector<SlotShape> shapes(program.slots);
  for (const Command& command : program.commands) {
    const bool embeds = command.opcode == Opcode::kEmbed, views = command.opcode == Opcode::kView;
    if (command.first_input() == 0 && !embeds) continue;  // works in place
    const SlotShape& read = shapes[command.slots[command.first_input()]];
    int64_t columns = read.columns;
    if (embeds) columns = command.table->values.size(1);
    if (views) columns = command.columns;
    if (command.opcode == Opcode::kLinear) columns = command.weight->rows;
    if (command.opcode == Opcode::kSwiglu) columns /= 2;
    shapes[command.slots[0]] = {columns, columns % width == 0 && (!views || (read.whole && command.first % width == 0))};
  }
  return shapes;
}

}  // namespace

std::vector<std::string> KernelOptions(at::ScalarType dtype) {
  return {dtype == at::kFloat ? "-DELEMENT_BITS=32" : "-DELEMENT_BITS=16",
          dtype == at::kBFloat16 ? "-DELEMENT_BFLOAT=1" : "-DELEMENT_BFLOAT=0"};
}

std::unique_ptr<RowOperations> FuseRows(const Placement& placement, int architecture, void* stream) {
  return std::make_unique<FusedRows>(placement, architecture, stream);
}

void MarkFused(Program& program, const Placement& placement) {
  const int64_t width = WidthOf(placement);
  const std::vector<SlotShape> shapes = ShapesOf(program, width);
  for (Command& command : program.commands) {
    const auto& slots = command.slots;
    // A product has its rows rounded, where nothing rounded them before.
    const auto first = slots.begin() + (command.opcode == Opcode::kLinear ? 1 : 0);
    command.fused = std::all_of(first, slots.end(), [&](size_t slot) { return shapes[slot].whole; });
    if (command.opcode == Opcode::kEmbed) command.fused = command.fused && command.table->values.scalar_type() == placement.dtype;
    if (command.opcode == Opcode::kRmsNorm || command.opcode == Opcode::kAddRmsNorm) {
      command.fused = command.fused && shapes[slots[0]].columns <= kThreads * kHeld * width;
    }
    if (command.opcode == Opcode::kNormAndRotate) {
      command.fused = command.fused && program.head_dim % width == 0 && program.head_dim <= kLargestHead;
    }
  }
}

}  // namespace rerank
