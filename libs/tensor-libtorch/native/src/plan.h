// The layout of a pass, prepared: where each segment's rows lie, what it attends to, and the rotations of its rows.
#pragma once

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "cpu/kernels.h"

namespace rerank {

/// How the loops of the CPU read keys and values: panels of float32 (vector_loops.h), tiles of bf16 (tile_loops.h).
enum class Packing { kPanels, kTiles };

/// Size of the packed keys and values of one segment and layer.
struct KeyValueSize {
  Packing packing = Packing::kPanels;
  int64_t tokens = 0;
  int64_t heads = 0;
  int64_t head_dim = 0;

  int64_t key_bytes() const;   // of one head
  int64_t head_bytes() const;  // its keys, then its values
  int64_t layer_bytes() const { return heads * head_bytes(); }
};

/// Keys and values of a segment, all layers: packed as the attention kernels of the CPU read them, or as a tensor.
class KeyValues {
 public:
  KeyValues(int64_t layers, int64_t tokens, int64_t width, int64_t element_bytes);

  int64_t layers() const { return layers_; }
  int64_t tokens() const { return tokens_; }
  int64_t width() const { return width_; }
  int64_t bytes() const;
  /// Memory is made when the head size is known, by the pass that stores. Throws InvalidArgument on another size.
  void Reserve(const KeyValueSize& size);
  /// The packed heads of a layer. Throws InvalidArgument where no pass stored them.
  uint8_t* layer(int64_t layer) const;
  /// How many layers a pass stores here. Throws InvalidArgument on another width.
  int64_t Accept(int64_t width) const;

  /// [layers, 2, tokens, width], set by a pass on tensors.
  at::Tensor on_device;

 private:
  int64_t layers_;
  int64_t tokens_;
  int64_t width_;
  int64_t element_bytes_;
  KeyValueSize size_;
  std::unique_ptr<uint8_t[], void (*)(void*)> data_{nullptr, std::free};
};

struct Segment {
  int64_t start = 0;   // first row; meaningless when kept
  int64_t length = 0;
  std::vector<int64_t> ancestors;  // indices, root first
  int64_t prefix_keys = 0;         // keys of all ancestors
  int64_t scored_row = -1;         // place among the scored rows
  std::shared_ptr<KeyValues> kept;
  std::shared_ptr<KeyValues> store;
};

struct Plan {
  std::vector<Segment> segments;
  std::vector<int32_t> ids;          // [T]
  std::vector<int32_t> positions;    // [T]
  std::vector<int64_t> scored_rows;  // [B]
  int64_t head_dim = 0;
  std::vector<float> frequencies;                   // [head_dim / 2]
  Packing packing = Packing::kPanels;
  std::vector<float> cosines, sines;                // [T, head_dim / 2]
  std::vector<float> scored_cosines, scored_sines;  // [B, head_dim / 2]

  int64_t rows() const { return static_cast<int64_t>(ids.size()); }
  /// Positions that rotations are needed for: one more than the last one.
  int64_t position_count() const { return positions.empty() ? 0 : 1 + *std::max_element(positions.begin(), positions.end()); }
  Rotation rotation(bool scored_only) const {
    return scored_only ? Rotation{scored_cosines.data(), scored_sines.data()} : Rotation{cosines.data(), sines.data()};
  }
};

/// Throws InvalidArgument when a segment, a position or a scored row lies outside of the rows.
void CheckPlan(const Plan& plan);

/// How the attention of the CPU packs: into tiles where they are allowed, and serve this processor and head size.
Packing PackingFor(bool bf16_allowed, int64_t head_dim);

/// Fills the tables of cosines and sines: angle = position * frequency, rounded to float32 as transformers does.
void PrepareRotations(Plan& plan);

}  // namespace rerank
