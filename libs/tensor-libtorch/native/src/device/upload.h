// Integers of many index tensors in one upload.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "../placement.h"

namespace rerank {

class Upload {
 public:
  /// `place` becomes a view of so many integers once they are sent; those beyond `values` are `filling`.
  void Add(at::Tensor& place, const std::vector<int32_t>& values, int64_t count, int32_t filling);

  /// Into `integers`, which is made when it is not there.
  void Send(at::Tensor& integers, const Placement& placement);

 private:
  struct Piece {
    at::Tensor* place;
    int64_t first;
    int64_t count;
  };
  std::vector<int32_t> host_;
  std::vector<Piece> pieces_;
};

}  // namespace rerank
