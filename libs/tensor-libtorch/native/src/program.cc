#include "program.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "errors.h"

namespace rerank {
namespace {

enum class Needs { kNothing, kWeight, kTable };

/// What each operation needs, in the order of `Opcode`.
struct Signature {
  const char* name;
  size_t slots;
  Needs needs;
};

constexpr Signature kSignatures[] = {
    {"embed", 1, Needs::kTable},         {"rmsNorm", 2, Needs::kWeight},
    {"addRmsNorm", 3, Needs::kWeight},   {"linear", 2, Needs::kWeight},
    {"normAndRotate", 1, Needs::kWeight}, {"attention", 4, Needs::kNothing},
    {"swiglu", 2, Needs::kNothing},      {"gatherScored", 2, Needs::kNothing},
    {"view", 2, Needs::kNothing},        {"addBias", 1, Needs::kWeight},
};

const Signature& SignatureOf(const Command& command) { return kSignatures[static_cast<size_t>(command.opcode)]; }

void Check(bool holds, const std::string& otherwise) {
  if (!holds) throw InvalidArgument("a program is wrong: " + otherwise);
}

void CheckProgram(const Program& program) {
  Check(program.result < program.slots, "its result is a slot that is not there");
  Check(program.head_dim > 0 && program.head_dim == 2 * static_cast<int64_t>(program.frequencies.size()),
        "a head has a frequency for each pair of columns");
  for (const Command& command : program.commands) {
    const Signature& signature = SignatureOf(command);
    const std::string name = signature.name;
    Check(command.slots.size() == signature.slots, name + " takes " + std::to_string(signature.slots) + " slots");
    for (const size_t slot : command.slots) Check(slot < program.slots, name + " names a slot that is not there");
    Check((command.weight != nullptr) == (signature.needs == Needs::kWeight), name + " takes a weight, or takes none");
    Check(command.weight == nullptr || command.opcode == Opcode::kLinear || command.weight->rows == 1, name + " takes a weight of one row");
    Check((command.table != nullptr) == (signature.needs == Needs::kTable), name + " takes a table, or takes none");
    Check(command.layer >= 0 && command.first >= 0 && command.columns >= 0, name + " takes no negative numbers");
  }
}

std::vector<Format> FindFormats(const Program& program, Reads reads) {
  std::vector<std::optional<Format>> wanted(program.slots);
  wanted[program.result] = Format::kF32;
  for (auto command = program.commands.rbegin(); command != program.commands.rend(); ++command) {
    const bool product = command->opcode == Opcode::kLinear;
    const Format made = wanted[command->slots[0]].value_or(Format::kF32);
    const Format format = product ? command->weight->format : reads(*command, made);
    for (size_t read = command->first_input(); read < command->slots.size(); ++read) {
      std::optional<Format>& there = wanted[command->slots[read]];
      there = there.value_or(format) == format ? format : Format::kF32;
    }
  }
  std::vector<Format> formats;
  for (const auto& format : wanted) formats.push_back(format.value_or(Format::kF32));
  return formats;
}

/// A view keeps the memory of its base alive.
void FindLastUses(Program& program, MakesView makes_view) {
  std::vector<size_t> base(program.slots), last_use(program.slots, 0);
  std::iota(base.begin(), base.end(), size_t{0});
  for (size_t index = 0; index < program.commands.size(); ++index) {
    const Command& command = program.commands[index];
    if (makes_view(program, command)) base[command.slots[0]] = base[command.slots[1]];
    for (const size_t slot : command.slots) last_use[base[slot]] = index;
  }
  last_use[base[program.result]] = program.commands.size();
  program.ended.resize(program.commands.size());
  for (size_t slot = 0; slot < program.slots; ++slot) {
    program.last_use.push_back(last_use[base[slot]]);
    if (program.last_use[slot] < program.ended.size()) program.ended[program.last_use[slot]].push_back(slot);
  }
}

}  // namespace

Opcode OpcodeNamed(const std::string& name) {
  const auto* found = std::find_if(std::begin(kSignatures), std::end(kSignatures), [&](const Signature& one) { return one.name == name; });
  Check(found != std::end(kSignatures), "there is no operation " + name);
  return static_cast<Opcode>(found - std::begin(kSignatures));
}

void Analyse(Program& program, Reads reads, MakesView makes_view) {
  CheckProgram(program);
  program.formats = FindFormats(program, reads);
  FindLastUses(program, makes_view);
}

}  // namespace rerank
