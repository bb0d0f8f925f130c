#include "cpu_pass.h"

#include <ATen/Functions.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "../errors.h"
#include "kernels.h"
#include "packed_weight.h"
#include "product_loops.h"

namespace rerank {
namespace {

at::Tensor AsTensor(const Matrix& matrix) {
  return at::from_blob(matrix.data, {matrix.rows, matrix.columns}, {matrix.stride, 1}, at::TensorOptions().dtype(at::kFloat));
}

const float* VectorOf(const Command& command) { return command.weight->values.data_ptr<float>(); }

// Rows that a run of commands is done for at a time: what they make, up to 12 MiB with the shape of 0.6B, stays in the last cache.
constexpr int64_t kPartRows = 960;

// Of a run of commands, up to `end`: which rows are its turn, and the slots that the run itself makes.
struct Part {
  int64_t first = 0;
  int64_t rows = 0;
  int64_t total = 0;
  size_t end = 0;
  std::vector<bool> made;

  bool is_last() const { return first + rows == total; }
};

class CpuPass {
 public:
  CpuPass(const Program& program, const Plan& plan, const RotationTable& rotations, Packing packing, Arena& arena)
      : program_(program), plan_(plan), rotations_(rotations), packing_(packing), arena_(arena), slots_(program.slots),
        buffers_(program.slots) {}

  std::vector<float> Run() {
    for (size_t index = 0; index < program_.commands.size();) index = RunFrom(index);
    const Matrix result = slots_[program_.result].matrix();
    if (result.rows != program_.result_rows(plan_)) throw InvalidArgument("a program has another number of rows than it says");
    std::vector<float> values;
    for (int64_t r = 0; r < result.rows; ++r) values.insert(values.end(), result.row(r), result.row(r) + result.columns);
    return values;
  }

 private:
  const Rows& RowsAt(const Command& command, size_t index) const { return slots_[command.slots[index]]; }
  Matrix At(const Command& command, size_t index) const { return RowsAt(command, index).matrix(); }
  Format Wanted(const Command& command) const { return program_.formats[command.slots[0]]; }

  // Commands that look at one row at a time are done for a part of the rows after the other, so that the next command finds
  // in the cache what the last one made. Answers the first command that is left.
  size_t RunFrom(size_t begin) {
    Part part;
    part.total = RowsAt(program_.commands[begin], program_.commands[begin].first_input()).rows;
    bool packed = false;
    if (part.total > kPartRows) part.made.resize(slots_.size());
    for (part.end = begin; part.total > kPartRows && part.end < program_.commands.size(); ++part.end) {
      const Command& command = program_.commands[part.end];
      if (!IsByRow(command) || !ReadsPartsOnly(command, part)) break;
      packed = packed || (command.opcode == Opcode::kLinear && command.weight->format != Format::kF32);
      if (command.first_input() == 1) part.made[command.slots[0]] = true;
    }
    if (packed) return RunInParts(begin, std::move(part));
    Step(program_.commands[begin]);
    ReleaseAfter(begin);
    return begin + 1;
  }

  size_t RunInParts(size_t begin, Part part) {
    const int64_t parts = (part.total + kPartRows - 1) / kPartRows;
    const int64_t step = ((part.total + parts - 1) / parts + kBlockRows - 1) / kBlockRows * kBlockRows;
    whole_ = slots_;
    part_ = std::move(part);
    for (; part_->first < part_->total; part_->first += step) {
      part_->rows = std::min(step, part_->total - part_->first);
      for (size_t slot = 0; slot < slots_.size(); ++slot) {
        if (whole_[slot].rows == part_->total) slots_[slot] = PartOf(whole_[slot]);
      }
      for (size_t index = begin; index < part_->end; ++index) {
        Step(program_.commands[index]);
        ReleaseAfter(index);
      }
    }
    const size_t end = part_->end;
    part_.reset();
    slots_.swap(whole_);
    for (size_t index = begin; index < end; ++index) {
      const Command& command = program_.commands[index];
      if (command.opcode == Opcode::kView && program_.last_use[command.slots[0]] >= end) Step(command);
    }
    return end;
  }

  Rows PartOf(Rows rows) const {
    rows.data = rows.bytes(part_->first);
    if (rows.scales != nullptr) rows.scales += part_->first;
    rows.rows = part_->rows;
    return rows;
  }

  // In float32 SwiGLU writes where it reads: what it makes is a view.
  bool IsByRow(const Command& command) const {
    if (command.opcode == Opcode::kSwiglu) return Wanted(command) != Format::kF32;
    return command.opcode != Opcode::kEmbed && command.opcode != Opcode::kAttention && command.opcode != Opcode::kGatherScored;
  }

  bool ReadsPartsOnly(const Command& command, const Part& part) const {
    for (size_t index = command.first_input(); index < command.slots.size(); ++index) {
      const size_t slot = command.slots[index];
      if (!part.made[slot] && slots_[slot].rows != part.total) return false;
    }
    return true;
  }

  // Whole blocks of rows, as products read them, and scales behind them.
  Rows MakeRows(Buffer& buffer, Format format, int64_t rows, int64_t columns) {
    const int64_t stride = StrideFor(format, columns), memory_rows = (rows + kBlockRows - 1) / kBlockRows * kBlockRows;
    const int64_t bytes = memory_rows * stride * BytesOf(format);
    buffer = arena_.Take(bytes + memory_rows * static_cast<int64_t>(sizeof(float)));
    return {buffer.as<void>(), format, rows, columns, stride, reinterpret_cast<float*>(buffer.as<uint8_t>() + bytes)};
  }

  const Rows& Make(const Command& command, int64_t rows, int64_t columns) { return Make(command, rows, columns, Wanted(command)); }
  Matrix MakeFloats(const Command& command, int64_t rows, int64_t columns) {
    return Make(command, rows, columns, Format::kF32).matrix();
  }

  // What is read after a run in parts is made whole by its first part.
  const Rows& Make(const Command& command, int64_t rows, int64_t columns, Format format) {
    const size_t slot = command.slots[0];
    const bool whole = part_.has_value() && program_.last_use[slot] >= part_->end;
    if (!whole) return slots_[slot] = MakeRows(buffers_[slot], format, rows, columns);
    if (part_->first == 0) whole_[slot] = MakeRows(buffers_[slot], format, part_->total, columns);
    return slots_[slot] = PartOf(whole_[slot]);
  }

  void Step(const Command& command) {
    switch (command.opcode) {
      case Opcode::kEmbed:
        return Embed(command.table->values, plan_.ids, MakeFloats(command, plan_.rows(), command.table->values.size(1)));
      case Opcode::kRmsNorm: {
        const Matrix x = At(command, 1);
        return RmsNorm(x, VectorOf(command), command.eps, Make(command, x.rows, x.columns));
      }
      case Opcode::kAddRmsNorm: {
        const Matrix residual = At(command, 1);
        const Rows& out = Make(command, residual.rows, residual.columns);
        return AddRmsNorm(residual, At(command, 2), VectorOf(command), command.eps, out);
      }
      case Opcode::kLinear:
        return Multiply(command, RowsAt(command, 1), *command.weight);
      case Opcode::kNormAndRotate: {
        const std::vector<int32_t>& positions = command.scored_only ? plan_.scored_positions : plan_.positions;
        const Rotation rotation{rotations_.cosines.data_ptr<float>(), rotations_.sines.data_ptr<float>(),
                                positions.data() + (part_.has_value() ? part_->first : 0)};
        return NormAndRotate(At(command, 0), VectorOf(command), command.eps, plan_.head_dim, rotation);
      }
      case Opcode::kAttention: {
        const Heads heads{At(command, 1), At(command, 2), At(command, 3)};
        return Attend(heads, command, Make(command, heads.q.rows, heads.q.columns));
      }
      case Opcode::kSwiglu:
        return Activate(command, RowsAt(command, 1));
      case Opcode::kGatherScored: {
        const Rows x = RowsAt(command, 1);
        return GatherRows(x, plan_.scored_rows, Make(command, static_cast<int64_t>(plan_.scored_rows.size()), x.columns));
      }
      case Opcode::kAddBias:
        return AddBias(At(command, 0), VectorOf(command));
      case Opcode::kView: {
        const Matrix x = At(command, 1);
        if (command.first + command.columns > x.columns) throw InvalidArgument("a program views columns that are not there");
        slots_[command.slots[0]] = {x.data + command.first, Format::kF32, x.rows, command.columns, x.stride};
        return;
      }
    }
  }

  void Multiply(const Command& command, const Rows& x, const Weight& weight) {
    if (weight.packed == nullptr) {
      at::Tensor out = AsTensor(MakeFloats(command, x.rows, weight.rows));
      if (x.rows > 0) at::mm_out(out, AsTensor(x.matrix()), weight.values.t());
      return;
    }
    Buffer buffer;
    Rows read = x;
    if (x.format == Format::kF32) {  // what several products read in different formats
      read = MakeRows(buffer, weight.format, x.rows, x.columns);
      WriteRows(x.matrix(), read);
    }
    weight.packed->Multiply(read, Make(command, x.rows, weight.rows));
  }

  void Attend(const Heads& heads, const Command& command, const Rows& out) {
    const auto attend = [&](const Rows& into) { rerank::Attend({plan_, packing_, heads, command.layer, command.scored_only, into}, arena_); };
    if (AttendsInto(out.format, packing_)) return attend(out);
    Buffer buffer;
    const Rows attended = MakeRows(buffer, Format::kF32, out.rows, out.columns);
    attend(attended);
    WriteRows(attended.matrix(), out);
  }

  // In float32, out is the gate half: one buffer less.
  void Activate(const Command& command, const Rows& both) {
    if (Wanted(command) != Format::kF32) {
      const Rows read = both;
      return SwigluRows(read, Make(command, read.rows, read.columns / 2));
    }
    const Matrix halves = both.matrix();
    const Matrix gate{halves.data, halves.rows, halves.columns / 2, halves.stride};
    slots_[command.slots[0]] = {gate.data, Format::kF32, gate.rows, gate.columns, gate.stride};
    Swiglu(gate, {gate.data + gate.columns, gate.rows, gate.columns, gate.stride});
  }

  void ReleaseAfter(size_t index) {
    for (const size_t slot : program_.ended[index]) {
      const bool of_later_parts = part_.has_value() && !part_->is_last() && !part_->made[slot];
      if (!of_later_parts) buffers_[slot].GiveBack();
    }
  }

  const Program& program_;
  const Plan& plan_;
  const RotationTable& rotations_;
  const Packing packing_;
  Arena& arena_;
  std::vector<Rows> slots_;
  std::vector<Rows> whole_;  // while a run is done in parts
  std::optional<Part> part_;
  std::vector<Buffer> buffers_;  // of the slots that are no views
};

}  // namespace

std::vector<float> RunOnCpu(const Program& program, const Plan& plan, const RotationTable& rotations, Packing packing, Arena& arena) {
  c10::InferenceMode guard;
  return CpuPass(program, plan, rotations, packing, arena).Run();
}

}  // namespace rerank
