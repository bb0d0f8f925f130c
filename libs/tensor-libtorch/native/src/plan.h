// The layout of a pass: where each segment's rows lie, and what it attends to.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "errors.h"

namespace rerank {

/// Keys and values of a segment, all layers. A pass stores them and others read them, as the executor holds them that made them:
/// no handle of one executor reaches another.
class KeyValues {
 public:
  KeyValues(int64_t layers, int64_t tokens, int64_t width, int64_t element_bytes)
      : layers_(layers), tokens_(tokens), width_(width), element_bytes_(element_bytes) {}
  virtual ~KeyValues() = default;

  int64_t layers() const { return layers_; }
  int64_t tokens() const { return tokens_; }
  int64_t width() const { return width_; }
  int64_t bytes() const { return layers_ * 2 * tokens_ * width_ * element_bytes_; }
  /// How many layers a pass stores here. Throws InvalidArgument on another width.
  int64_t Accept(int64_t width) const {
    if (width != width_) throw InvalidArgument("keys and values of another width were to be stored");
    return layers_;
  }

 private:
  int64_t layers_;
  int64_t tokens_;
  int64_t width_;
  int64_t element_bytes_;
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
  std::vector<int32_t> ids;               // [T]
  std::vector<int32_t> positions;         // [T]
  std::vector<int64_t> scored_rows;       // [B]
  std::vector<int32_t> scored_positions;  // [B]
  int64_t head_dim = 0;

  int64_t rows() const { return static_cast<int64_t>(ids.size()); }
  /// Positions that rotations are needed for: one more than the last one.
  int64_t position_count() const { return positions.empty() ? 0 : 1 + *std::max_element(positions.begin(), positions.end()); }
};

/// Finds what follows from the layout: the keys of ancestors, and the positions of scored rows. Throws InvalidArgument when a
/// segment, a position or a scored row lies outside of the rows.
void PreparePlan(Plan& plan);

}  // namespace rerank
