// Compiled for processors with AMX only (CMakeLists.txt); vector_dispatch.cc asks whether this is one. Plain numbers, as in
// vector_loops.cc: nothing of the standard library.
#include "tile_loops.h"

#include "tile_block.h"
#include "tile_packing.h"

namespace rerank {
namespace amx {
namespace {

// Rows of different positions lie kilobytes apart, which no processor guesses.
void Prefetch(const TileTask& task, const HeadRows& rows, int64_t head, int64_t row, bool to_write) {
  const int64_t end = AtMost(row + kBlockRows, task.rows * task.group), bytes = rows.bf16 ? 2 : 4;
  for (; row < end; ++row) {
    const Place place = PlaceOf(task, head, row);
    const char* at = static_cast<const char*>(rows.data) + (place.row * rows.stride + place.column) * bytes;
    for (int64_t line = 0; line < task.head_dim * bytes; line += 64) {
      if (to_write) __builtin_prefetch(at + line, 1);
      else __builtin_prefetch(at + line, 0, 2);
    }
  }
}

void Attend(const TileTask& task, void* workspace) {
  Workspace& space = *static_cast<Workspace*>(workspace);
  const int64_t rows = task.rows * task.group;
  _tile_loadconfig(&kTileConfiguration);
  Prefetch(task, task.queries, 0, 0, false);
  for (int64_t head = 0; head < task.key_heads; ++head) {
    for (int64_t row = 0; row < rows; row += kBlockRows) {
      if (row + kBlockRows < rows) Prefetch(task, task.queries, head, row + kBlockRows, false);
      else if (head + 1 < task.key_heads) Prefetch(task, task.queries, head + 1, 0, false);
      Prefetch(task, task.out, head, row, true);
      const int64_t count = AtMost(kBlockRows, rows - row);
      if (count > 16) Block<2>(task, space, head, row, count).Run();
      else Block<1>(task, space, head, row, count).Run();
    }
  }
  _tile_release();
}

}  // namespace

extern const TileLoops kTiles;
const TileLoops kTiles{Pack, Attend, sizeof(Workspace)};

}  // namespace amx
}  // namespace rerank
