// One walk through the commands of a program, by the loops for the CPU.
#pragma once

#include <vector>

#include "arena.h"
#include "../program.h"

namespace rerank {

/// Answers the values of the program's result. One at a time per arena.
std::vector<float> RunOnCpu(const Program& program, const Plan& plan, Arena& arena);

}  // namespace rerank
