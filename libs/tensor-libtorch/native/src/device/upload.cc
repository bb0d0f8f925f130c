#include "upload.h"

#include <ATen/Functions.h>

#include <cstring>

namespace rerank {
namespace {

constexpr size_t kAligned = 4;  // integers: kernels read vectors of 16 bytes

}  // namespace

void Upload::Add(at::Tensor& place, const std::vector<int32_t>& values, int64_t count, int32_t filling) {
  const size_t first = host_.size();
  pieces_.push_back({&place, static_cast<int64_t>(first), count});
  host_.insert(host_.end(), values.begin(), values.end());
  host_.resize(first + static_cast<size_t>(count), filling);
  while (host_.size() % kAligned != 0) host_.push_back(0);
}

void Upload::Send(at::Tensor& integers, const Placement& placement) {
  const auto options = at::TensorOptions().dtype(at::kInt);
  const int64_t count = static_cast<int64_t>(host_.size());
  const at::Tensor staged = at::empty({count}, options.pinned_memory(placement.device.is_cuda()));
  std::memcpy(staged.data_ptr(), host_.data(), host_.size() * sizeof(int32_t));
  if (!integers.defined()) integers = at::empty({count}, options.device(placement.device));
  integers.copy_(staged, /*non_blocking=*/true);
  for (const Piece& piece : pieces_) *piece.place = integers.narrow(0, piece.first, piece.count);
}

}  // namespace rerank
