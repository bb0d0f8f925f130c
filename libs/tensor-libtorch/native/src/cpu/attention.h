#pragma once

#include "../plan.h"
#include "arena.h"
#include "matrix.h"
#include "rows.h"

namespace rerank {

/// How the loops read keys and values: panels of float32 (vector_loops.h), tiles of bf16 (tile_loops.h).
enum class Packing { kPanels, kTiles };

/// Into tiles where they are allowed, and serve this processor and head size.
Packing PackingFor(bool bf16_allowed, int64_t head_dim);

struct Heads {
  Matrix q;  // [T or B, Hq * head_dim]
  Matrix k;  // [T, Hkv * head_dim]
  Matrix v;  // [T, Hkv * head_dim]
};

/// One call of Attend.
struct Attending {
  const Plan& plan;
  Packing packing;
  const Heads& heads;
  int64_t layer;
  bool scored_only;
  const Rows& out;

  int64_t key_heads() const { return heads.k.columns / plan.head_dim; }
  /// Query heads that share a key head.
  int64_t group() const { return heads.q.columns / heads.k.columns; }
};

/// Causal attention over the segment tree, scale head_dim^-0.5. With `scored_only`, q and out have a row per scored
/// segment. Segments with a store keep this layer's keys and values there. `out` is float32; or bf16, where AttendsInto says so.
void Attend(const Attending& attending, Arena& arena);

/// In float32, by the vector loops.
void AttendInPanels(const Attending& attending, Arena& arena);

/// In bf16 with sums and softmax in float32, by the processor's tiles; see Tiles().
void AttendInTiles(const Attending& attending, Arena& arena);

bool AttendsInto(Format format, Packing packing);

}  // namespace rerank
