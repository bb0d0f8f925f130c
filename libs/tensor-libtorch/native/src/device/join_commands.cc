#include "join_commands.h"

#include <algorithm>
#include <vector>

namespace rerank {
namespace {

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

void JoinNormsOf(Command& attention, const Users& users) {
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

// Whether a product may add to rows that it does not read, by a weight that has their dtype.
bool CanAdd(const Command& product, const Command& sum, const Users& users) {
  const size_t read = product.slots[1], made = product.slots[0];
  return product.opcode == Opcode::kLinear && product.weight->rows > 1 && product.weight->format != Format::kFp8 &&
         made == sum.slots[2] && users[made].size() == 2 && read != sum.slots[1] && !IsView(*users[read].front());
}

}  // namespace

// Nothing comes between the two: the residual is what it was.
void JoinSums(Program& program) {
  const Users users = UsersOf(program);
  for (size_t index = 1; index < program.commands.size(); ++index) {
    Command &product = program.commands[index - 1], &sum = program.commands[index];
    if (sum.opcode != Opcode::kAddRmsNorm || sum.slots[2] == program.result || !CanAdd(product, sum, users)) continue;
    product.adds_to = sum.slots[1];
    sum.joined = true;
  }
}

void JoinNorms(Program& program) {
  const Users users = UsersOf(program);
  for (Command& command : program.commands) {
    if (command.opcode == Opcode::kAttention) JoinNormsOf(command, users);
  }
}

}  // namespace rerank
