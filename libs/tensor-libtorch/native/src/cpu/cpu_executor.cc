#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>

#include "../executor.h"
#include "arena.h"
#include "cpu_pass.h"
#include "packed_segments.h"
#include "packed_weight.h"
#include "product_format.h"
#include "product_loops.h"

namespace rerank {
namespace {

FormatChoice Choose(const std::string& dtype, const std::string& because) {
  try {
    return ChooseFormat(dtype);
  } catch (const InvalidArgument& error) {
    throw InvalidArgument(error.what() + (because.empty() ? "" : "; no GPU serves: " + because));
  }
}

std::shared_ptr<PackedWeight> Pack(const StoredParts& parts, Format format) {
  auto packed = std::make_shared<PackedWeight>(format, RowsOf(parts), parts[0].columns);
  int64_t first = 0;
  for (const StoredMatrix& part : parts) {
    if (part.dtype == at::kChar && format != Format::kInt8) throw InvalidArgument("weights in 8 bits are read by products in int8 alone");
    const at::Tensor view = part.View();
    at::parallel_for(0, part.rows, kPanelColumns, [&](int64_t begin, int64_t end) {
      const c10::InferenceMode guard;
      // A few rows at a time: a float32 copy of the whole would be as much memory again.
      for (int64_t row = begin; row < end; row += kPanelColumns) {
        const int64_t count = std::min(kPanelColumns, end - row);
        const at::Tensor values = view.narrow(0, row, count);
        if (part.dtype == at::kChar) packed->PackNumbers(first + row, count, values.data_ptr<int8_t>(), part.scales.data() + row);
        else packed->Pack(first + row, count, values.to(at::kFloat).contiguous().data_ptr<float>());
      }
    });
    first += part.rows;
  }
  return packed;
}

Format ReadsRowsIn(const Command& command, Format made) {
  if (made == Format::kF32 || command.opcode == Opcode::kGatherScored) return made;
  return command.opcode == Opcode::kSwiglu ? Format::kBf16 : Format::kF32;
}

// What SwiGLU makes in float32 lies over the gate: one buffer less.
bool MakesViewOf(const Program& program, const Command& command) {
  if (command.opcode == Opcode::kView) return true;
  return command.opcode == Opcode::kSwiglu && program.formats[command.slots[0]] == Format::kF32;
}

class CpuExecutor final : public Executor {
 public:
  CpuExecutor(const Choice& choice, const std::string& because)
      : because_(because), products_(Choose(choice.dtype, because)), tiles_(choice.tiles || products_.format != Format::kF32) {}

  Description Describe() const override {
    return {"cpu", NameOf(products_.format), products_.precise, products_.measured, "", 0, {}};
  }

  std::vector<std::string> Notes() const override {
    if (because_.empty()) return {};
    return {"a GPU: " + because_};
  }

  MemoryUse memory() const override { return {arena_.bytes(), {}, {}, 0}; }

  Weight MakeWeight(const StoredParts& parts, std::optional<Format> format) const override {
    const c10::InferenceMode guard;
    const Format held = format.value_or(products_.format);
    if (held == Format::kF32 || RowsOf(parts) == 1) return DenseWeight(Joined(parts, at::kFloat));
    const std::shared_ptr<const PackedWeight> packed = Pack(parts, held);
    return {packed->rows(), packed->bytes(), held, {}, {}, packed};
  }

  Table MakeTable(const StoredMatrix& part) const override {
    const c10::InferenceMode guard;
    return {part.Lasting()};
  }

  std::shared_ptr<KeyValues> MakeKeyValues(int64_t layers, int64_t tokens, int64_t width) const override {
    return std::make_shared<PackedKeyValues>(layers, tokens, width, BytesOf(Format::kF32));
  }

  void Compile(Program& program) const override { Analyse(program, ReadsRowsIn, MakesViewOf); }

  Launched Run(const std::shared_ptr<const Program>& program, const Plan& plan) override {
    const RotationTable& rotations = rotations_.For(plan.position_count(), program->frequencies);
    return {RunOnCpu(*program, plan, rotations, PackingFor(tiles_, plan.head_dim), arena_), {}};
  }

  void Close() override { arena_.Clear(); }

 private:
  const std::string because_;
  const FormatChoice products_;
  const bool tiles_;  // attention may be in bf16
  Arena arena_;
  Rotations rotations_{c10::kCPU};
};

}  // namespace

std::shared_ptr<Executor> OpenLoops(const Choice& choice, const std::string& because) {
  return std::make_shared<CpuExecutor>(choice, because);
}

}  // namespace rerank
