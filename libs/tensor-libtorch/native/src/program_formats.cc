#include "program_formats.h"

#include <optional>

#include "errors.h"
#include "packed_weight.h"

namespace rerank {
namespace {

class Formats {
 public:
  explicit Formats(const Program& program) : program_(program), wanted_(static_cast<size_t>(program.slots)) { CheckSlots(); }

  std::vector<Format> Find() {
    wanted_.at(static_cast<size_t>(program_.result)) = Format::kF32;
    for (auto command = program_.commands.rbegin(); command != program_.commands.rend(); ++command) {
      const bool in_place = SlotArguments(command->opcode) == 1;
      for (int argument = in_place ? 0 : 1; argument < SlotArguments(command->opcode); ++argument) {
        Want(Slot(*command, argument), Reads(*command));
      }
    }
    std::vector<Format> formats;
    for (const std::optional<Format>& wanted : wanted_) formats.push_back(wanted.value_or(Format::kF32));
    return formats;
  }

 private:
  static size_t Slot(const Command& command, int argument) { return static_cast<size_t>(command.arguments[argument]); }

  void CheckSlots() const {
    for (const Command& command : program_.commands) {
      for (int argument = 0; argument < SlotArguments(command.opcode); ++argument) {
        if (Slot(command, argument) >= wanted_.size()) throw InvalidArgument("a recorded pass names a slot that is not there");
      }
    }
  }

  void Want(size_t slot, Format format) {
    std::optional<Format>& wanted = wanted_[slot];
    wanted = wanted.value_or(format) == format ? format : Format::kF32;
  }

  Format Reads(const Command& command) const {
    const Format made = wanted_[Slot(command, 0)].value_or(Format::kF32);
    switch (command.opcode) {
      case Opcode::kLinear: {
        const Weight& weight = *std::get<std::shared_ptr<Weight>>(program_.operands.at(Slot(command, 2)));
        return weight.packed == nullptr ? Format::kF32 : weight.packed->format();
      }
      case Opcode::kGatherScored:
        return made;
      case Opcode::kSwiglu:
        return made == Format::kF32 ? Format::kF32 : Format::kBf16;
      default:
        return Format::kF32;
    }
  }

  const Program& program_;
  std::vector<std::optional<Format>> wanted_;
};

}  // namespace

std::vector<Format> FindFormats(const Program& program) { return Formats(program).Find(); }

}  // namespace rerank
