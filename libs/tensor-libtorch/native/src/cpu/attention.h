#pragma once

#include "arena.h"
#include "matrix.h"
#include "../plan.h"
#include "rows.h"

namespace rerank {

struct Heads {
  Matrix q;  // [T or B, Hq * head_dim]
  Matrix k;  // [T, Hkv * head_dim]
  Matrix v;  // [T, Hkv * head_dim]
};

/// One call of Attend.
struct Attending {
  const Plan& plan;
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
void Attend(const Plan& plan, const Heads& heads, int64_t layer, bool scored_only, Arena& arena, const Rows& out);

bool AttendsInto(Format format, const Plan& plan);

}  // namespace rerank
