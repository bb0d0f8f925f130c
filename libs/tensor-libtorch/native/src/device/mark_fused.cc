// Which commands of a program the kernels serve.
#include <algorithm>

#include "fused_kernels.h"
#include "join_commands.h"

namespace rerank {
namespace {

constexpr int64_t kMostRowThreads = 1024;
constexpr int64_t kLargestHead = 256;
constexpr int64_t kMostSharing = 64;  // query heads of a key head

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

std::string ShapeOf(const Program& program, const Command& command, int64_t columns) {
  switch (command.opcode) {
    case Opcode::kEmbed:
      return std::string("a table in ") + c10::toString(command.table->values.scalar_type());
    case Opcode::kNormAndRotate:
    case Opcode::kAttention:
      return "heads of " + std::to_string(program.head_dim);
    default:
      return "rows of " + std::to_string(columns) + " numbers";
  }
}

}  // namespace

bool FusedRows::Has(const std::string& name) const {
  for (const Kernel* kernel : const_cast<FusedRows*>(this)->All()) {
    if (kernel->name == name) return kernel->function != nullptr;
  }
  return false;
}

std::vector<std::string> FusedRows::Mark(Program& program) const {
  const std::vector<SlotShape> shapes = ShapesOf(program, width_);
  std::vector<std::string> left;
  for (Command& command : program.commands) {
    const auto& slots = command.slots;
    const bool attends = command.opcode == Opcode::kAttention;
    // A product has its rows rounded, where nothing rounded them before.
    const auto first = slots.begin() + (command.opcode == Opcode::kLinear ? 1 : 0);
    const bool whole = std::all_of(first, slots.end(), [&](size_t slot) { return shapes[slot].whole; });
    command.fused = whole && Serves(program, command, shapes[*first].columns);
    command.packed = whole && attends && ServesAttention(shapes[slots[1]].columns, shapes[slots[2]].columns, program.head_dim);
    const Kernel* kernel = KernelOf(program, command);
    if (kernel == nullptr || (attends ? command.packed : command.fused)) continue;
    left.push_back(std::string(kernel->name) + ": does not serve " + ShapeOf(program, command, shapes[*first].columns));
  }
  JoinNorms(program);
  return left;
}

// Null: there is none for it.
const FusedRows::Kernel* FusedRows::KernelOf(const Program& program, const Command& command) const {
  const bool quantised = program.formats[command.slots[0]] == Format::kFp8;
  const auto there = [](const Kernel& kernel) { return kernel.function == nullptr ? nullptr : &kernel; };
  switch (command.opcode) {
    case Opcode::kEmbed:
    case Opcode::kGatherScored:
      return there(gather_rows_);
    case Opcode::kRmsNorm:
    case Opcode::kAddRmsNorm:
      return there(quantised ? add_rms_norm_quantise_ : add_rms_norm_);
    case Opcode::kLinear:
      return command.weight->format == Format::kFp8 ? there(quantise_rows_) : nullptr;
    case Opcode::kNormAndRotate:
      return there(RotationOf(program.head_dim));
    case Opcode::kAttention:
      return there(AttentionOf(program.head_dim));
    case Opcode::kSwiglu:
      return there(quantised ? swiglu_quantise_ : swiglu_);
    default:
      return nullptr;
  }
}

// `columns` of what it makes, of a product's of what it reads.
bool FusedRows::Serves(const Program& program, const Command& command, int64_t columns) const {
  const bool quantised = program.formats[command.slots[0]] == Format::kFp8;
  const bool fits = RowThreads(columns) <= kMostRowThreads;
  const bool there = KernelOf(program, command) != nullptr;
  switch (command.opcode) {
    case Opcode::kEmbed:
      return there && command.table->values.scalar_type() == dtype_;
    case Opcode::kRmsNorm:
    case Opcode::kAddRmsNorm:
    case Opcode::kLinear:
      return there && fits;
    case Opcode::kNormAndRotate:
      return there && program.head_dim % 8 == 0 && program.head_dim <= kLargestHead;
    case Opcode::kSwiglu:
      return there && (fits || !quantised);
    case Opcode::kAttention:
      return gather_rows_.function != nullptr;
    default:
      return there;
  }
}

bool FusedRows::ServesAttention(int64_t query_columns, int64_t key_columns, int64_t head_dim) const {
  const int64_t sharing = query_columns / key_columns;
  const bool is_power = (sharing & (sharing - 1)) == 0;
  return (head_dim == 64 || head_dim == 128) && AttentionOf(head_dim).function != nullptr && is_power && sharing <= kMostSharing;
}

}  // namespace rerank
