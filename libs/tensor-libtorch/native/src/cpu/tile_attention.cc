#include <cstdlib>

#include "packed_segments.h"
#include "tile_loops.h"

namespace rerank {
namespace {

// Positions of a task: their queries meet the same keys, which the cache holds.
constexpr int64_t kTaskRows = 64;
// Key heads of a task at most: their keys and values behind some 400 tokens fit into the second cache.
constexpr int64_t kTaskHeads = 4;
// Tasks that each thread should find: those of long documents take longer.
constexpr int64_t kTasksPerThread = 4;
// Keys that a task packs.
constexpr int64_t kPackRows = 64;

HeadRows At(const Matrix& x, int64_t row, int64_t column) { return {x.row(row) + column, x.stride, false}; }

HeadRows At(const Rows& x, int64_t row, int64_t column) {
  return {x.bytes(row) + column * BytesOf(x.format), x.stride, x.format == Format::kBf16};
}

void* Workspace(const TileLoops& tiles) {
  thread_local std::unique_ptr<void, void (*)(void*)> space{
      std::aligned_alloc(64, static_cast<size_t>(RoundUp(tiles.workspace_bytes, 64))), std::free};
  if (space == nullptr) throw std::bad_alloc();
  return space.get();
}

class TileAttention {
 public:
  TileAttention(const Attending& attending, Arena& arena)
      : tiles_(*Tiles()), plan_(attending.plan), attending_(attending), head_dim_(plan_.head_dim),
        key_heads_(attending.key_heads()), packed_(attending, arena) {}

  void Pack() {
    std::vector<RowTask> tasks = RowTasks(plan_, false, kPackRows);
    ForEachTask(static_cast<int64_t>(tasks.size()), [&](int64_t index) {
      const RowTask& task = tasks[static_cast<size_t>(index)];
      const Segment& segment = plan_.segments[static_cast<size_t>(task.segment)];
      const Heads& heads = attending_.heads;
      tiles_.pack(At(heads.k, segment.start, 0), At(heads.v, segment.start, 0), segment.length, key_heads_, head_dim_, task.first,
                  task.rows, packed_.of(task.segment));
    });
  }

  void Run() {
    const std::vector<RowTask> tasks = RowTasks(plan_, attending_.scored_only, kTaskRows);
    const int64_t count = static_cast<int64_t>(tasks.size());
    if (count == 0) return;
    const int64_t wanted = (kTasksPerThread * at::get_num_threads() + count - 1) / count;
    const int64_t heads = std::max<int64_t>(1, std::min(kTaskHeads, key_heads_ / wanted));
    const int64_t parts = (key_heads_ + heads - 1) / heads;
    ForEachTask(count * parts, [&](int64_t index) {
      const int64_t head = index % parts * heads;
      RunTask(tasks[static_cast<size_t>(index / parts)], head, std::min(heads, key_heads_ - head));
    });
  }

 private:
  void RunTask(const RowTask& task, int64_t head, int64_t heads) {
    const Segment& segment = plan_.segments[static_cast<size_t>(task.segment)];
    thread_local std::vector<TilePiece> pieces;
    pieces.clear();
    for (const int64_t ancestor : segment.ancestors) pieces.push_back(Piece(ancestor, head));
    pieces.push_back(Piece(task.segment, head));
    const int64_t column = head * attending_.group() * head_dim_;
    const TileTask work{At(attending_.heads.q, task.stored, column), At(attending_.out, task.stored, column), task.first, task.rows,
                        heads, attending_.group(), head_dim_, pieces.data(), static_cast<int64_t>(pieces.size())};
    tiles_.attend(work, Workspace(tiles_));
  }

  TilePiece Piece(int64_t segment, int64_t head) const {
    const KeyValueSize size = packed_.size(segment);
    return {packed_.of(segment) + head * size.head_bytes(), size.tokens};
  }

  const TileLoops& tiles_;
  const Plan& plan_;
  const Attending& attending_;
  const int64_t head_dim_;
  const int64_t key_heads_;
  const PackedSegments packed_;
};

}  // namespace

void AttendInTiles(const Attending& attending, Arena& arena) {
  TileAttention attention(attending, arena);
  attention.Pack();
  attention.Run();
}

}  // namespace rerank
