// A recorded forward pass: a list of commands over numbered slots, executed in one call.
#pragma once

#include <memory>
#include <variant>
#include <vector>

#include "arena.h"
#include "plan.h"
#include "weights.h"

namespace rerank {

/// The order is that of `Opcode` in native-binding.ts.
enum class Opcode { kEmbed, kRmsNorm, kAddRmsNorm, kLinear, kNormAndRotate, kAttention, kSwiglu, kGatherScored, kView, kAddBias };

/// What a command may mean by its arguments is written beside each case in program.cc.
struct Command {
  Opcode opcode;
  double arguments[7];
};

using Operand = std::variant<std::shared_ptr<Weight>, std::shared_ptr<Table>>;

struct Program {
  std::vector<Command> commands;
  std::vector<Operand> operands;
  int64_t slots = 0;
  int64_t result = 0;
  int64_t result_rows = 0;
};

/// How many leading arguments of a command are slots.
int SlotArguments(Opcode opcode);

/// Runs the pass on the CPU; answers the values of its result. One at a time per arena.
std::vector<float> Execute(const Program& program, const Plan& plan, Arena& arena);

}  // namespace rerank
