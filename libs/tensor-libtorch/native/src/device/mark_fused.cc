// Which commands of a program the kernels serve.
#include <algorithm>

#include "fused_kernels.h"

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

// The commands that name a slot, in their order.
using Users = std::vector<std::vector<Command*>>;

Users UsersOf(Program& program) {
  Users users(program.slots);
  for (Command& command : program.commands) {
    for (const size_t slot : command.slots) users[slot].push_back(&command);
  }
  return users;
}

bool IsView(const Command& command) { return command.opcode == Opcode::kView; }

// The view that makes a slot, where nothing but `reader`, and a norm before it, uses the slot.
const Command* OnlyViewOf(const std::vector<Command*>& users, const Command& reader, bool normed) {
  const size_t count = normed ? 3 : 2;
  const bool alone = users.size() == count && IsView(*users.front()) && users.back() == &reader;
  return alone && (!normed || users[1]->opcode == Opcode::kNormAndRotate) ? users.front() : nullptr;
}

// Columns of one and then of the other, of rows that only views take apart.
bool AreBeside(const Command& first, const Command& second, const Users& users) {
  const size_t rows = first.slots[1];
  return rows == second.slots[1] && first.first + first.columns == second.first &&
         std::all_of(users[rows].begin() + 1, users[rows].end(), [](const Command* user) { return IsView(*user); });
}

void JoinNorms(Command& attention, const Users& users) {
  const auto& slots = attention.slots;
  const Command* q = OnlyViewOf(users[slots[1]], attention, true);
  const Command* k = OnlyViewOf(users[slots[2]], attention, true);
  const Command* v = OnlyViewOf(users[slots[3]], attention, false);
  if (k == nullptr || v == nullptr || !AreBeside(*k, *v, users)) return;
  Command& key_norm = *users[slots[2]][1];
  if (!key_norm.fused || key_norm.scored_only) return;
  attention.key_norm = key_norm.weight;
  attention.eps = key_norm.eps;
  key_norm.joined = true;
  if (q == nullptr || !AreBeside(*q, *k, users)) return;
  Command& query_norm = *users[slots[1]][1];
  if (!query_norm.fused || query_norm.scored_only || query_norm.eps != key_norm.eps) return;
  attention.query_norm = query_norm.weight;
  query_norm.joined = true;
}

}  // namespace

bool FusedRows::Has(const std::string& name) const {
  for (const Kernel* kernel : const_cast<FusedRows*>(this)->All()) {
    if (kernel->name == name) return kernel->function != nullptr;
  }
  return false;
}

void FusedRows::Mark(Program& program) const {
  const std::vector<SlotShape> shapes = ShapesOf(program, width_);
  for (Command& command : program.commands) {
    const auto& slots = command.slots;
    // A product has its rows rounded, where nothing rounded them before.
    const auto first = slots.begin() + (command.opcode == Opcode::kLinear ? 1 : 0);
    const bool whole = std::all_of(first, slots.end(), [&](size_t slot) { return shapes[slot].whole; });
    command.fused = whole && Serves(program, command, shapes[*first].columns);
    command.packed = whole && command.opcode == Opcode::kAttention &&
                     ServesAttention(shapes[slots[1]].columns, shapes[slots[2]].columns, program.head_dim);
  }
  const Users users = UsersOf(program);
  for (Command& command : program.commands) {
    if (command.opcode == Opcode::kAttention) JoinNorms(command, users);
  }
}

// `columns` of what it makes, of a product's of what it reads.
bool FusedRows::Serves(const Program& program, const Command& command, int64_t columns) const {
  const bool quantised = program.formats[command.slots[0]] == Format::kFp8;
  const bool fits = RowThreads(columns) <= kMostRowThreads;
  switch (command.opcode) {
    case Opcode::kEmbed:
      return gather_rows_.function != nullptr && command.table->values.scalar_type() == dtype_;
    case Opcode::kRmsNorm:
    case Opcode::kAddRmsNorm:
      return fits && (quantised ? add_rms_norm_quantise_ : add_rms_norm_).function != nullptr;
    case Opcode::kLinear:
      return fits && quantise_rows_.function != nullptr;
    case Opcode::kNormAndRotate:
      return RotationOf(program.head_dim).function != nullptr && program.head_dim % 8 == 0 && program.head_dim <= kLargestHead;
    case Opcode::kSwiglu:
      return quantised ? fits && swiglu_quantise_.function != nullptr : swiglu_.function != nullptr;
    default:
      return gather_rows_.function != nullptr;
  }
}

bool FusedRows::ServesAttention(int64_t query_columns, int64_t key_columns, int64_t head_dim) const {
  const int64_t sharing = query_columns / key_columns;
  const bool is_power = (sharing & (sharing - 1)) == 0;
  return (head_dim == 64 || head_dim == 128) && AttentionOf(head_dim).function != nullptr && is_power && sharing <= kMostSharing;
}

}  // namespace rerank
