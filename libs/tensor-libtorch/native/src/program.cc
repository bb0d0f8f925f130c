#include "program.h"

#include <ATen/Functions.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "attention.h"
#include "errors.h"
#include "kernels.h"
#include "packed_weight.h"
#include "product_loops.h"
#include "program_formats.h"

namespace rerank {
namespace {

constexpr int64_t kSpareFloats = 16;  // a cache line, so that rows of a large power of two do not share the same few places of a cache

at::Tensor AsTensor(const Matrix& matrix) {
  return at::from_blob(matrix.data, {matrix.rows, matrix.columns}, {matrix.stride, 1}, at::TensorOptions().dtype(at::kFloat));
}

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

class Execution {
 public:
  Execution(const Program& program, const Plan& plan, Arena& arena)
      : program_(program), plan_(plan), arena_(arena), slots_(static_cast<size_t>(program.slots)),
        buffers_(static_cast<size_t>(program.slots)), base_(static_cast<size_t>(program.slots)),
        last_use_(static_cast<size_t>(program.slots), 0), wanted_(FindFormats(program)) {
    FindLastUses();
  }

  std::vector<float> Run() {
    for (size_t index = 0; index < program_.commands.size();) index = RunFrom(index);
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

  Format Wanted(const Command& command, int argument) const { return wanted_[Slot(command, argument)]; }

  // Commands that look at one row at a time are done for a part of the rows after the other, so that the next command finds
  // in the cache what the last one made. Answers the first command that is left.
  size_t RunFrom(size_t begin) {
    Part part;
    part.total = RowsAt(program_.commands[begin], FirstInput(program_.commands[begin])).rows;
    bool packed = false;
    if (part.total > kPartRows) part.made.resize(slots_.size());
    for (part.end = begin; part.total > kPartRows && part.end < program_.commands.size(); ++part.end) {
      const Command& command = program_.commands[part.end];
      if (!IsByRow(command) || !ReadsPartsOnly(command, part)) break;
      packed = packed || (command.opcode == Opcode::kLinear && WeightAt(command, 2).packed != nullptr);
      if (FirstInput(command) == 1) part.made[Slot(command, 0)] = true;
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
      if (command.opcode == Opcode::kView && last_use_[base_[Slot(command, 0)]] >= end) Step(command);
    }
    return end;
  }

  Rows PartOf(Rows rows) const {
    rows.data = rows.bytes(part_->first);
    if (rows.scales != nullptr) rows.scales += part_->first;
    rows.rows = part_->rows;
    return rows;
  }

  static int FirstInput(const Command& command) { return SlotArguments(command.opcode) == 1 ? 0 : 1; }

  // In float32 SwiGLU writes where it reads: what it makes is a view.
  bool IsByRow(const Command& command) const {
    switch (command.opcode) {
      case Opcode::kEmbed:
      case Opcode::kAttention:
      case Opcode::kGatherScored:
        return false;
      default:
        return command.opcode == Opcode::kView || !IsView(command);
    }
  }

  bool ReadsPartsOnly(const Command& command, const Part& part) const {
    for (int argument = FirstInput(command); argument < SlotArguments(command.opcode); ++argument) {
      const size_t slot = Slot(command, argument);
      if (!part.made[slot] && slots_[slot].rows != part.total) return false;
    }
    return true;
  }

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
    return Hold(Slot(command, 0), rows, [&](Buffer& buffer, int64_t count) { return MakeRows(buffer, format, count, columns); });
  }

  // What is read after a run in parts is made whole by its first part.
  template <typename MakeRowsOf>
  const Rows& Hold(size_t slot, int64_t rows, const MakeRowsOf& make) {
    if (!part_.has_value() || last_use_[slot] < part_->end) return slots_[slot] = make(buffers_[slot], rows);
    if (part_->first == 0) whole_[slot] = make(buffers_[slot], part_->total);
    return slots_[slot] = PartOf(whole_[slot]);
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
        Rotation rotation = plan_.rotation(Flag(command, 3));
        if (part_.has_value()) rotation = rotation.from(part_->first, plan_.head_dim / 2);
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
    const Format format = Wanted(command, 0);
    const int64_t stride = columns + kSpareFloats * 4 / BytesOf(format);
    return Hold(Slot(command, 0), rows, [&](Buffer& buffer, int64_t count) -> Rows {
      buffer = arena_.Take(count * stride * BytesOf(format));
      return {buffer.as<void>(), format, count, columns, stride};
    });
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
      const bool of_later_parts = part_.has_value() && !part_->is_last() && !part_->made[base];
      if (last_use_[base] == index && !of_later_parts) buffers_[base].GiveBack();
    }
  }

  const Program& program_;
  const Plan& plan_;
  Arena& arena_;
  std::vector<Rows> slots_;
  std::vector<Rows> whole_;  // while a run is done in parts
  std::optional<Part> part_;
  std::vector<Buffer> buffers_;  // of the slots that are no views
  std::vector<size_t> base_;
  std::vector<size_t> last_use_;
  const std::vector<Format> wanted_;
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
