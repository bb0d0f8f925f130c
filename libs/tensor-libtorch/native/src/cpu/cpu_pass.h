// One walk through the commands of a program, by the loops for the CPU.
#pragma once

#include <vector>

#include "../program.h"
#include "../rotations.h"
#include "arena.h"
#include "attention.h"

namespace rerank {

/// Answers the values of the program's result. `rotations` has those of all positions. One at a time per arena.
std::vector<float> RunOnCpu(const Program& program, const Plan& plan, const RotationTable& rotations, Packing packing, Arena& arena);

}  // namespace rerank
