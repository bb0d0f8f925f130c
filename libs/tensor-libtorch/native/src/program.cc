#include "program.h"

#include <ATen/Functions.h>
#include <c10/core/InferenceMode.h>

#include "attention.h"
#include "errors.h"
#include "kernels.h"

namespace rerank {
namespace {

at::Tensor AsTensor(const Matrix& matrix) {
  return at::from_blob(matrix.data, {matrix.rows, matrix.columns}, {matrix.stride, 1}, at::TensorOptions().dtype(at::kFloat));
}

class Execution {
 public:
  Execution(const Program& program, const Plan& plan, Arena& arena)
      : program_(program), plan_(plan), arena_(arena), slots_(static_cast<size_t>(program.slots)),
        buffers_(static_cast<size_t>(program.slots)), base_(static_cast<size_t>(program.slots)),
        last_use_(static_cast<size_t>(program.slots), 0) {
    FindLastUses();
  }

  std::vector<float> Run() {
    for (size_t index = 0; index < program_.commands.size(); ++index) {
      Step(program_.commands[index]);
      ReleaseAfter(index);
    }
    const Matrix& result = slots_[static_cast<size_t>(program_.result)];
    if (result.rows != program_.result_rows) throw InvalidArgument("a recorded pass has another number of rows than it says");
    std::vector<float> values;
    for (int64_t r = 0; r < result.rows; ++r) values.insert(values.end(), result.row(r), result.row(r) + result.columns);
    return values;
  }

 private:
  static size_t Slot(const Command& command, int argument) { return static_cast<size_t>(command.arguments[argument]); }
  const Matrix& At(const Command& command, int argument) const { return slots_[Slot(command, argument)]; }
  float Number(const Command& command, int argument) const { return static_cast<float>(command.arguments[argument]); }
  bool Flag(const Command& command, int argument) const { return command.arguments[argument] != 0; }

  const Weight& WeightAt(const Command& command, int argument) const {
    return *std::get<std::shared_ptr<Weight>>(program_.operands.at(Slot(command, argument)));
  }
  const float* VectorAt(const Command& command, int argument) const {
    return static_cast<const float*>(WeightAt(command, argument).values.data_ptr());
  }

  const Matrix& Make(const Command& command, int64_t rows, int64_t columns) {
    const size_t slot = Slot(command, 0);
    buffers_[slot] = arena_.Take(rows * columns * static_cast<int64_t>(sizeof(float)));
    slots_[slot] = {buffers_[slot].as<float>(), rows, columns, columns};
    return slots_[slot];
  }

  void Step(const Command& command) {
    switch (command.opcode) {
      case Opcode::kEmbed: {  // out, table
        const Table& table = *std::get<std::shared_ptr<Table>>(program_.operands.at(Slot(command, 1)));
        return table.Gather(plan_.ids, Make(command, plan_.rows(), table.values.size(1)));
      }
      case Opcode::kRmsNorm: {  // out, x, weight, eps
        const Matrix x = At(command, 1);
        return RmsNorm(x, VectorAt(command, 2), Number(command, 3), Make(command, x.rows, x.columns));
      }
      case Opcode::kAddRmsNorm: {  // out, residual (updated in place), delta, weight, eps
        const Matrix residual = At(command, 1);
        const Matrix& out = Make(command, residual.rows, residual.columns);
        return AddRmsNorm(residual, At(command, 2), VectorAt(command, 3), Number(command, 4), out);
      }
      case Opcode::kLinear: {  // out, x, weight
        const at::Tensor& weight = WeightAt(command, 2).values;
        const Matrix x = At(command, 1);
        at::Tensor out = AsTensor(Make(command, x.rows, weight.size(0)));
        if (x.rows > 0) at::mm_out(out, AsTensor(x), weight.t());
        return;
      }
      case Opcode::kNormAndRotate: {  // x (in place), weight, eps, scored rows only
        const Rotation rotation = plan_.rotation(Flag(command, 3));
        return NormAndRotate(At(command, 0), VectorAt(command, 1), Number(command, 2), plan_.head_dim, rotation);
      }
      case Opcode::kAttention: {  // out, q, k, v, layer, scored rows only
        const Heads heads{At(command, 1), At(command, 2), At(command, 3)};
        const Matrix& out = Make(command, heads.q.rows, heads.q.columns);
        return Attend(plan_, heads, static_cast<int64_t>(command.arguments[4]), Flag(command, 5), arena_, out);
      }
      case Opcode::kSwiglu: {  // out, [gate | up]; out is the gate half: one buffer less
        const Matrix& both = At(command, 1);
        const Matrix gate{both.data, both.rows, both.columns / 2, both.stride};
        slots_[Slot(command, 0)] = gate;
        return Swiglu(gate, {both.data + gate.columns, gate.rows, gate.columns, gate.stride});
      }
      case Opcode::kGatherScored: {  // out, x
        const Matrix x = At(command, 1);
        const Matrix& out = Make(command, static_cast<int64_t>(plan_.scored_rows.size()), x.columns);
        for (int64_t r = 0; r < out.rows; ++r) {
          const float* row = x.row(plan_.scored_rows[static_cast<size_t>(r)]);
          std::copy(row, row + x.columns, out.row(r));
        }
        return;
      }
      case Opcode::kAddBias:  // x (in place), bias
        return AddBias(At(command, 0), VectorAt(command, 1));
      case Opcode::kView: {  // out, x, first column, columns
        const Matrix& x = At(command, 1);
        const int64_t first = static_cast<int64_t>(command.arguments[2]), columns = static_cast<int64_t>(command.arguments[3]);
        if (first < 0 || columns < 0 || first + columns > x.columns) throw InvalidArgument("a recorded pass views columns that are not there");
        slots_[Slot(command, 0)] = {x.data + first, x.rows, columns, x.stride};
        return;
      }
    }
    throw InvalidArgument("unknown command in a recorded pass");
  }

  static bool IsView(Opcode opcode) { return opcode == Opcode::kView || opcode == Opcode::kSwiglu; }

  // A view keeps the buffer of its base alive.
  void FindLastUses() {
    for (size_t slot = 0; slot < base_.size(); ++slot) base_[slot] = slot;
    for (size_t index = 0; index < program_.commands.size(); ++index) {
      const Command& command = program_.commands[index];
      for (int argument = 0; argument < SlotArguments(command.opcode); ++argument) {
        if (Slot(command, argument) >= base_.size()) throw InvalidArgument("a recorded pass names a slot that is not there");
      }
      if (IsView(command.opcode)) base_[Slot(command, 0)] = base_[Slot(command, 1)];
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
  std::vector<Matrix> slots_;
  std::vector<Buffer> buffers_;  // of the slots that are no views
  std::vector<size_t> base_;
  std::vector<size_t> last_use_;
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
