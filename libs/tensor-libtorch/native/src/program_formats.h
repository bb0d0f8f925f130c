// In which format each command of a pass writes its rows.
#pragma once

#include <vector>

#include "program.h"
#include "rows.h"

namespace rerank {

/// For each slot the format in which all that read it want its rows: float32 where these differ.
std::vector<Format> FindFormats(const Program& program);

}  // namespace rerank
