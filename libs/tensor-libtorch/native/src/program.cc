#include "program.h"

#include <ATen/Functions.h>
#include <c10/core/InferenceMode.h>

#include <optional>

#include "attention.h"
#include "errors.h"
#include "kernels.h"
#include "packed_weight.h"
#include "product_loops.h"

namespace rerank {
namespace {

constexpr int64_t kSpareFloats = 16;  // a cache line, so that rows of a large power of two do not share the same few places of a cache

at::Tensor AsTensor(const Matrix& matrix) {
  return at::from_blob(matrix.data, {matrix.rows, matrix.columns}, {matrix.stride, 1}, at::TensorOptions().dtype(at::kFloat));
}

class Execution {
 public:
  Execution(const Program& program, const Plan& plan, Arena& arena)
      : program_(program), plan_(plan), arena_(arena), slots_(static_cast<size_t>(program.slots)),
        buffers_(static_cast<size_t>(program.slots)), base_(static_cast<size_t>(program.slots)),
        last_use_(static_cast<size_t>(program.slots), 0), wanted_(static_cast<size_t>(program.slots)) {
    CheckSlots();
    FindFormats();
    FindLastUses();
  }

  std::vector<float> Run() {
    for (size_t index = 0; index < program_.commands.size(); ++index) {
      Step(program_.commands[index]);
      ReleaseAfter(index);
    }
    const Matrix result = slots_[static_cast<size_t>(program_.result)].matrix();
    if (result.rows != program_.result_rows) throw InvalidArgument("a recorded pass has another number of rows than it says");
    std::vector<float> values;
    for (int64_t r = 0; r < result.rows; ++r) values.insert(values.end(), result.row(r), result.row(r) + result.columns);
    return values;
  }

 private:
  static size_t Slot(const Command& command, int argument) { return static_cast<size_t>(command.arguments[argument]); }
  const Rows& RowsAt(const Command& command, int argument) const { return slots_[Slot(command, argument)]; }
  Matrix At(const Command& command, int argument) const { return RowsAt(command, argument).matrix(); }
  float Number(const Command& command, int argument) const { return static_cast<float>(command.arguments[argument]); }
  bool Flag(const Command& command, int argument) const { return command.arguments[argument] != 0; }

  const Weight& WeightAt(const Command& command, int argument) const {
    return *std::get<std::shared_ptr<Weight>>(program_.operands.at(Slot(command, argument)));
  }
  const float* VectorAt(const Command& command, int argument) const {
    return static_cast<const float*>(WeightAt(command, argument).values.data_ptr());
  }

  Format Wanted(const Command& command, int argument) const { return wanted_[Slot(command, argument)].value_or(Format::kF32); }

  // Rows that products read: whole blocks of them, and scales behind them.
  Rows MakeRows(Buffer& buffer, Format format, int64_t rows, int64_t columns) {
    const int64_t stride = format == Format::kF32 ? columns : StrideFor(format, columns);
    if (format == Format::kF32) {
      buffer = arena_.Take(rows * stride * BytesOf(format));
      return {buffer.as<void>(), format, rows, columns, stride};
    }
    const int64_t memory_rows = (rows + kBlockRows - 1) / kBlockRows * kBlockRows;
    const int64_t bytes = memory_rows * stride * BytesOf(format);
    buffer = arena_.Take(bytes + memory_rows * static_cast<int64_t>(sizeof(float)));
    return {buffer.as<void>(), format, rows, columns, stride, reinterpret_cast<float*>(buffer.as<uint8_t>() + bytes)};
  }

  const Rows& Make(const Command& command, int64_t rows, int64_t columns, Format format = Format::kF32) {
    const size_t slot = Slot(command, 0);
    slots_[slot] = MakeRows(buffers_[slot], format, rows, columns);
    return slots_[slot];
  }

  void Step(const Command& command) {
    switch (command.opcode) {
      case Opcode::kEmbed: {  // out, table
        const Table& table = *std::get<std::shared_ptr<Table>>(program_.operands.at(Slot(command, 1)));
        return table.Gather(plan_.ids, Make(command, plan_.rows(), table.values.size(1)).matrix());
      }
      case Opcode::kRmsNorm: {  // out, x, weight, eps
        const Matrix x = At(command, 1);
        return RmsNorm(x, VectorAt(command, 2), Number(command, 3), Make(command, x.rows, x.columns, Wanted(command, 0)));
      }
      case Opcode::kAddRmsNorm: {  // out, residual (updated in place), delta, weight, eps
        const Matrix residual = At(command, 1);
        const Rows& out = Make(command, residual.rows, residual.columns, Wanted(command, 0));
        return AddRmsNorm(residual, At(command, 2), VectorAt(command, 3), Number(command, 4), out);
      }
      case Opcode::kLinear:  // out, x, weight
        return Multiply(command, RowsAt(command, 1), WeightAt(command, 2));
      case Opcode::kNormAndRotate: {  // x (in place), weight, eps, scored rows only
        const Rotation rotation = plan_.rotation(Flag(command, 3));
        return NormAndRotate(At(command, 0), VectorAt(command, 1), Number(command, 2), plan_.head_dim, rotation);
      }
      case Opcode::kAttention: {  // out, q, k, v, layer, scored rows only
        const Heads heads{At(command, 1), At(command, 2), At(command, 3)};
        const Rows& out = Make(command, heads.q.rows, heads.q.columns, Wanted(command, 0));
        return Attend(heads, static_cast<int64_t>(command.arguments[4]), Flag(command, 5), out);
      }
      case Opcode::kSwiglu:  // out, [gate | up]
        return Activate(command, RowsAt(command, 1));
      case Opcode::kGatherScored: {  // out, x
        const Rows x = RowsAt(command, 1);
        return GatherRows(x, plan_.scored_rows, Make(command, static_cast<int64_t>(plan_.scored_rows.size()), x.columns, Wanted(command, 0)));
      }
      case Opcode::kAddBias:  // x (in place), bias
        return AddBias(At(command, 0), VectorAt(command, 1));
      case Opcode::kView: {  // out, x, first column, columns
        const Matrix x = At(command, 1);
        const int64_t first = static_cast<int64_t>(command.arguments[2]), columns = static_cast<int64_t>(command.arguments[3]);
        if (first < 0 || columns < 0 || first + columns > x.columns) throw InvalidArgument("a recorded pass views columns that are not there");
        slots_[Slot(command, 0)] = {x.data + first, Format::kF32, x.rows, columns, x.stride};
        return;
      }
    }
    throw InvalidArgument("unknown command in a recorded pass");
  }

  void Multiply(const Command& command, const Rows& x, const Weight& weight) {
    if (weight.packed == nullptr) {
      at::Tensor out = AsTensor(Make(command, x.rows, weight.values.size(0)).matrix());
      if (x.rows > 0) at::mm_out(out, AsTensor(x.matrix()), weight.values.t());
      return;
    }
    Buffer buffer;
    Rows read = x;
    if (x.format == Format::kF32) {  // what several products read in different formats
      read = MakeRows(buffer, weight.packed->format(), x.rows, x.columns);
      WriteRows(x.matrix(), read);
    }
    weight.packed->Multiply(read, MakeProduct(command, x.rows, weight.packed->rows()));
  }

  const Rows& MakeProduct(const Command& command, int64_t rows, int64_t columns) {
    const size_t slot = Slot(command, 0);
    const Format format = Wanted(command, 0);
    const int64_t stride = columns + kSpareFloats * 4 / BytesOf(format);
    buffers_[slot] = arena_.Take(rows * stride * BytesOf(format));
    slots_[slot] = {buffers_[slot].as<void>(), format, rows, columns, stride};
    return slots_[slot];
  }

  void Attend(const Heads& heads, int64_t layer, bool scored_only, const Rows& out) {
    if (AttendsInto(out.format, plan_)) return rerank::Attend(plan_, heads, layer, scored_only, arena_, out);
    Buffer buffer;
    const Rows attended = MakeRows(buffer, Format::kF32, out.rows, out.columns);
    rerank::Attend(plan_, heads, layer, scored_only, arena_, attended);
    WriteRows(attended.matrix(), out);
  }

  // In float32, out is the gate half: one buffer less.
  void Activate(const Command& command, const Rows& both) {
    if (Wanted(command, 0) != Format::kF32) {
      const Rows read = both;
      return SwigluRows(read, Make(command, read.rows, read.columns / 2, Wanted(command, 0)));
    }
    const Matrix halves = both.matrix();
    const Matrix gate{halves.data, halves.rows, halves.columns / 2, halves.stride};
    slots_[Slot(command, 0)] = {gate.data, Format::kF32, gate.rows, gate.columns, gate.stride};
    Swiglu(gate, {gate.data + gate.columns, gate.rows, gate.columns, gate.stride});
  }

  bool IsView(const Command& command) const {
    return command.opcode == Opcode::kView || (command.opcode == Opcode::kSwiglu && Wanted(command, 0) == Format::kF32);
  }

  void CheckSlots() const {
    for (const Command& command : program_.commands) {
      for (int argument = 0; argument < SlotArguments(command.opcode); ++argument) {
        if (Slot(command, argument) >= slots_.size()) throw InvalidArgument("a recorded pass names a slot that is not there");
      }
    }
  }

  // Rows are written in the format in which all that read them want them: float32 where these differ.
  void Want(const Command& command, int argument, Format format) {
    std::optional<Format>& wanted = wanted_[Slot(command, argument)];
    wanted = wanted.value_or(format) == format ? format : Format::kF32;
  }

  void FindFormats() {
    wanted_[static_cast<size_t>(program_.result)] = Format::kF32;
    for (auto command = program_.commands.rbegin(); command != program_.commands.rend(); ++command) {
      const bool in_place = SlotArguments(command->opcode) == 1;
      for (int argument = in_place ? 0 : 1; argument < SlotArguments(command->opcode); ++argument) {
        Want(*command, argument, Reads(*command));
      }
    }
  }

  Format Reads(const Command& command) const {
    switch (command.opcode) {
      case Opcode::kLinear:
        return WeightAt(command, 2).packed == nullptr ? Format::kF32 : WeightAt(command, 2).packed->format();
      case Opcode::kGatherScored:
        return Wanted(command, 0);
      case Opcode::kSwiglu:
        return Wanted(command, 0) == Format::kF32 ? Format::kF32 : Format::kBf16;
      default:
        return Format::kF32;
    }
  }

  // A view keeps the buffer of its base alive.
  void FindLastUses() {
    for (size_t slot = 0; slot < base_.size(); ++slot) base_[slot] = slot;
    for (size_t index = 0; index < program_.commands.size(); ++index) {
      const Command& command = program_.commands[index];
      if (IsView(command)) base_[Slot(command, 0)] = base_[Slot(command, 1)];
      for (int argument = 0; argument < SlotArguments(command.opcode); ++argument) {
        last_use_[base_[Slot(command, argument)]] = index;
      }
    }
    last_use_[base_.at(static_cast<size_t>(program_.result))] = program_.commands.size();
  }

  void ReleaseAfter(size_t index) {
    const Command& command = program_.commands[index];
    for (int argument = 0; argument < SlotArguments(command.opcode); ++argument) {
      const size_t base = base_[Slot(command, argument)];
      if (last_use_[base] == index) buffers_[base].GiveBack();
    }
  }

  const Program& program_;
  const Plan& plan_;
  Arena& arena_;
  std::vector<Rows> slots_;
  std::vector<Buffer> buffers_;  // of the slots that are no views
  std::vector<size_t> base_;
  std::vector<size_t> last_use_;
  std::vector<std::optional<Format>> wanted_;
};

}  // namespace

int SlotArguments(Opcode opcode) {
  switch (opcode) {
    case Opcode::kEmbed:
    case Opcode::kNormAndRotate:
    case Opcode::kAddBias:
      return 1;
    case Opcode::kAddRmsNorm:
      return 3;
    case Opcode::kAttention:
      return 4;
    default:
      return 2;
  }
}

std::vector<float> Execute(const Program& program, const Plan& plan, Arena& arena) {
  c10::InferenceMode guard;
  return Execution(program, plan, arena).Run();
}

}  // namespace rerank
