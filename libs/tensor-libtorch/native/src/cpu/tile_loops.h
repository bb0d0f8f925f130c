// Attention of one key head in bf16, with the processor's matrix tiles: products of bf16 summed in float32, softmax in float32.
#pragma once

#include <cstdint>

namespace rerank {

/// Packed keys and values are filled up with zeros to a multiple of it: the depth of a product of tiles.
constexpr int64_t kTileKeys = 32;
/// Head sizes that the tiles serve: multiples of 16 up to this.
constexpr int64_t kTileHeadDim = 256;

constexpr int64_t RoundUp(int64_t value, int64_t multiple) { return (value + multiple - 1) / multiple * multiple; }

constexpr bool TilesServe(int64_t head_dim) { return head_dim % 16 == 0 && head_dim <= kTileHeadDim; }

/// Rows of heads, bf16 or float32; the stride is in numbers. Plain, as all that the loops take (see RowBlock).
struct HeadRows {
  void* data;
  int64_t stride;
  bool bf16;
};

constexpr int64_t PackedKeyBytes(int64_t count, int64_t head_dim) {
  return RoundUp(count, kTileKeys) * RoundUp(head_dim, 32) * 2;
}
constexpr int64_t PackedHeadBytes(int64_t count, int64_t head_dim) {
  return PackedKeyBytes(count, head_dim) + RoundUp(count, kTileKeys) * head_dim * 2;
}

/// Keys and values of a segment, packed: PackedHeadBytes for each key head. First its keys, a tile of 1 KiB for 16 keys and 32
/// numbers, [16 pairs of numbers][16 keys][2]; then its values, a tile for 32 keys and 16 numbers, [16 pairs of keys][16][2].
struct TilePiece {
  const void* packed;
  int64_t count;
};

/// Rows of a segment and some of its key heads. The query heads of a key head lie side by side, head_dim numbers each.
struct TileTask {
  HeadRows queries;  // begins with the first position's first query head
  HeadRows out;      // likewise
  int64_t first;     // position of the first row within its segment
  int64_t rows;
  int64_t key_heads;
  int64_t group;     // query heads of a key head
  int64_t head_dim;
  const TilePiece* pieces;  // the ancestors', seen whole, then the own one, seen up to the row itself; at the first key head
  int64_t piece_count;
};

struct TileLoops {
  /// Packs `rows` of a segment of `count`, from the row `first`, a multiple of kTileKeys. Keys and values begin with row 0.
  void (*pack)(const HeadRows& keys, const HeadRows& values, int64_t count, int64_t key_heads, int64_t head_dim, int64_t first,
               int64_t rows, void* packed);
  /// Writes `out`. The workspace has `workspace_bytes`, aligned to 64 bytes.
  void (*attend)(const TileTask& task, void* workspace);
  int64_t workspace_bytes;
};

/// Null where the processor, the system or the compiler has no tiles.
const TileLoops* Tiles();

}  // namespace rerank
