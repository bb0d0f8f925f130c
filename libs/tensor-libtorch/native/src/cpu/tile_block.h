// Part of tile_loops.cc, for processors with AMX only.
#pragma once

#include "tile_sums.h"

namespace rerank {
namespace amx {
namespace {

constexpr int64_t kBlockRows = 32;   // two tiles
constexpr int64_t kBlockKeys = 256;  // their scores and what they mix stay in the first cache
constexpr int64_t kScoreStride = kBlockKeys + 16;  // a cache line more: rows would share the same few sets of the cache
constexpr int64_t kScoreBytes = kScoreStride * sizeof(float);
constexpr int64_t kMostSpans = kBlockKeys / kTileKeys;

struct alignas(64) Workspace {
  uint16_t queries[kBlockRows * kTileHeadDim];
  float scores[kBlockRows * kScoreStride];  // then, in the same place, their weights as bf16
  float mixed[kBlockRows * kTileHeadDim];
  float peak[kBlockRows];   // of the scores so far
  float total[kBlockRows];  // of the weights so far
};

// Keys of one piece that a block computes: they begin at `column` of the scores.
struct Span {
  const uint8_t* keys;
  const uint8_t* values;
  int64_t column;
  int64_t begin;
  int64_t count;
  bool own;
};

// Where a row of a block lies: heads of a position are neighbours, so that a document of 23 tokens and two heads fills 46 of 48 rows.
struct Place {
  int64_t row;
  int64_t column;
};

RERANK_INLINE Place PlaceOf(const TileTask& task, int64_t head, int64_t row) {
  return {row / task.group, (head * task.group + row % task.group) * task.head_dim};
}

template <int RowTiles>
class Block {
 public:
  Block(const TileTask& task, Workspace& space, int64_t head, int64_t row, int64_t rows)
      : task_(task), space_(space), head_(head), row_(row), rows_(rows), padded_(RoundUp(task.head_dim, 32)) {}

  void Run() {
    PackQueries();
    const int64_t last = task_.first + (row_ + rows_ - 1) / task_.group;
    int64_t piece = 0, begin = 0;
    for (bool first = true; piece < task_.piece_count; first = false) {
      count_ = 0;
      for (int64_t column = 0; piece < task_.piece_count && column < kBlockKeys;) {
        const TilePiece& source = task_.pieces[piece];
        const bool own = piece + 1 == task_.piece_count;
        const int64_t keys = own ? last + 1 : source.count;
        const int64_t count = AtMost(keys - begin, kBlockKeys - column);
        const auto* packed = static_cast<const uint8_t*>(source.packed) + head_ * PackedHeadBytes(source.count, task_.head_dim);
        const uint8_t* values = packed + PackedKeyBytes(source.count, task_.head_dim) + begin * task_.head_dim * 2;
        spans_[count_++] = {packed + begin * padded_ * 2, values, column, begin, count, own};
        column += RoundUp(count, kTileKeys);
        begin += count;
        if (begin == keys) ++piece, begin = 0;
      }
      Score();
      for (int64_t r = 0; r < rows_; ++r) Weigh(r, first);
      Mix(first);
    }
    for (int64_t r = 0; r < rows_; ++r) Write(r);
  }

 private:
  void PackQueries() {
    for (int64_t r = 0; r < rows_; ++r) {
      const Place place = PlaceOf(task_, head_, row_ + r);
      uint16_t* out = space_.queries + r * padded_;
      for (int64_t d = 0; d < task_.head_dim; d += 32) {
        _mm512_store_si512(out + d, Load32(task_.queries, place.row, place.column + d, task_.head_dim - d));
      }
    }
  }

  void Score() {
    FinishStores();
    for (int64_t s = 0; s < count_; ++s) {
      const Span& span = spans_[s];
      for (int64_t k = 0; k < span.count; k += 32) {
        if (span.count - k > 16) ScoreKeys<2>(*this, span, k);
        else ScoreKeys<1>(*this, span, k);
      }
    }
  }

  template <int ColumnTiles>
  RERANK_INLINE void ScoreKeys(const Block& block, const Span& span, int64_t k) {
    using Tiles = Sums<RowTiles, ColumnTiles>;
    const auto* queries = reinterpret_cast<const uint8_t*>(block.space_.queries);
    const int64_t stride = block.padded_ * 2, panel = stride * 16;
    Tiles::Zero();
    for (int64_t d = 0; d < stride; d += 64) Tiles::Add(queries + d, stride, span.keys + k * stride + d / 64 * kTileBytes, panel);
    Tiles::Store(reinterpret_cast<uint8_t*>(block.space_.scores + span.column + k), kScoreBytes);
  }

  int64_t Visible(const Span& span, int64_t r) const {
    if (!span.own) return span.count;
    return AtMost(AtLeast(task_.first + (row_ + r) / task_.group + 1 - span.begin, 0), span.count);
  }

  // Scores of a row -> weights 2^(score - peak), unnormalised; what earlier blocks left is scaled to the new peak.
  void Weigh(int64_t r, bool first) {
    float* scores = space_.scores + r * kScoreStride;
    __m512 largest = _mm512_set1_ps(-3.4e38f);
    for (int64_t s = 0; s < count_; ++s) {
      const float* at = scores + spans_[s].column;
      const int64_t visible = Visible(spans_[s], r);
      int64_t k = 0;
      for (; k + 16 <= visible; k += 16) largest = _mm512_max_ps(largest, _mm512_load_ps(at + k));
      if (k < visible) largest = _mm512_mask_max_ps(largest, First(visible - k), largest, _mm512_load_ps(at + k));
    }
    const float scale = 1.44269504f / __builtin_sqrtf(static_cast<float>(task_.head_dim));
    float peak = _mm512_reduce_max_ps(largest);
    if (!first) {
      peak = peak > space_.peak[r] ? peak : space_.peak[r];
      Rescale(r, (space_.peak[r] - peak) * scale);
    }
    space_.peak[r] = peak;
    const __m512 factor = _mm512_set1_ps(scale), most = _mm512_set1_ps(peak);
    __m512 total = _mm512_setzero_ps();
    for (int64_t s = 0; s < count_; ++s) {
      const float* at = scores + spans_[s].column;
      auto* weights = reinterpret_cast<uint16_t*>(scores) + spans_[s].column;
      const int64_t visible = Visible(spans_[s], r);
      int64_t k = 0;
      for (; k < visible; k += 32) {
        // The difference first: rounded products of large scores would leave a rest.
        __m512 low = PowerOfTwo(_mm512_mul_ps(_mm512_sub_ps(_mm512_load_ps(at + k), most), factor));
        __m512 high = PowerOfTwo(_mm512_mul_ps(_mm512_sub_ps(_mm512_load_ps(at + k + 16), most), factor));
        if (k + 32 > visible) {
          low = _mm512_maskz_mov_ps(First(visible - k), low);
          high = _mm512_maskz_mov_ps(First(visible - k - 16), high);
        }
        total = _mm512_add_ps(total, _mm512_add_ps(low, high));
        _mm512_store_si512(weights + k, Pack32(low, high));
      }
      for (; k < spans_[s].count; k += 32) _mm512_store_si512(weights + k, _mm512_setzero_si512());
    }
    const float sum = _mm512_reduce_add_ps(total);
    space_.total[r] = first ? sum : space_.total[r] + sum;
  }

  void Rescale(int64_t r, float exponent) {
    if (exponent == 0) return;
    const __m512 factor = PowerOfTwo(_mm512_set1_ps(exponent));
    space_.total[r] *= _mm512_cvtss_f32(factor);
    float* mixed = space_.mixed + r * task_.head_dim;
    for (int64_t c = 0; c < task_.head_dim; c += 16) _mm512_store_ps(mixed + c, _mm512_mul_ps(_mm512_load_ps(mixed + c), factor));
  }

  void Mix(bool first) {
    FinishStores();
    const int64_t tiles = task_.head_dim / 16;
    int64_t tile = 0;
    for (; tile + 2 <= tiles; tile += 2) MixColumns<2>(*this, tile, first);
    if (tile < tiles) MixColumns<1>(*this, tile, first);
  }

  template <int ColumnTiles>
  RERANK_INLINE void MixColumns(const Block& block, int64_t tile, bool first) {
    using Tiles = Sums<RowTiles, ColumnTiles>;
    const int64_t stride = block.task_.head_dim * static_cast<int64_t>(sizeof(float));
    auto* mixed = reinterpret_cast<uint8_t*>(block.space_.mixed) + tile * 64;
    if (first) Tiles::Zero();
    else Tiles::Load(mixed, stride);
    for (int64_t s = 0; s < block.count_; ++s) {
      const Span& span = block.spans_[s];
      const auto* weights = reinterpret_cast<const uint8_t*>(block.space_.scores) + span.column * 2;
      for (int64_t k = 0; k < span.count; k += kTileKeys) {
        Tiles::Add(weights + k * 2, kScoreBytes, span.values + k * block.task_.head_dim * 2 + tile * kTileBytes, kTileBytes);
      }
    }
    Tiles::Store(mixed, stride);
  }

  void Write(int64_t r) {
    const Place place = PlaceOf(task_, head_, row_ + r);
    const __m512 factor = _mm512_set1_ps(1.0f / space_.total[r]);
    const float* mixed = space_.mixed + r * task_.head_dim;
    const int64_t at = place.row * task_.out.stride + place.column;
    for (int64_t c = 0; c < task_.head_dim; c += 16) {
      const __m512 values = _mm512_mul_ps(_mm512_load_ps(mixed + c), factor);
      if (!task_.out.bf16) {
        _mm512_storeu_ps(static_cast<float*>(task_.out.data) + at + c, values);
      } else {
        const auto rounded = reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(values));
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(static_cast<uint16_t*>(task_.out.data) + at + c), rounded);
      }
    }
  }

  const TileTask& task_;
  Workspace& space_;
  const int64_t head_;  // key head
  const int64_t row_;   // first row of the block, counting heads
  const int64_t rows_;
  const int64_t padded_;  // head_dim, filled up to whole tiles
  Span spans_[kMostSpans];
  int64_t count_ = 0;
};

}  // namespace
}  // namespace amx
}  // namespace rerank
