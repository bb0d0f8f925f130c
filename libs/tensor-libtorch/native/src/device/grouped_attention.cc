#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "device_attention.h"

namespace rerank {
namespace {

constexpr int64_t kChunkRows = 512;          // query rows of a task
constexpr int64_t kMostScores = 1LL << 26;   // scores held at once: 256 MiB

using Size = std::pair<int64_t, int64_t>;  // queries, keys

// Long sequences are cut by their rows: each piece is a sequence whose keys end where its rows end.
std::map<Size, std::vector<Sequence>> GroupBySize(const std::vector<Sequence>& sequences) {
  std::map<Size, std::vector<Sequence>> groups;
  for (const Sequence& whole : sequences) {
    for (int64_t first = 0; first < whole.queries; first += kChunkRows) {
      const int64_t queries = std::min(kChunkRows, whole.queries - first);
      const int64_t keys = whole.keys - (whole.queries - first - queries);
      groups[{queries, keys}].push_back({whole.first_query + first, queries, whole.first_key, keys});
    }
  }
  return groups;
}

// Indices [count * length] of `length` rows from each start.
at::Tensor RowsFrom(const std::vector<int64_t>& starts, int64_t length, const c10::Device& device) {
  const auto options = at::TensorOptions().dtype(at::kLong);
  const at::Tensor first = at::from_blob(const_cast<int64_t*>(starts.data()), {static_cast<int64_t>(starts.size()), 1}, options);
  return (first + at::arange(length, options)).view({-1}).to(device);
}

// q [n, Hkv, group * L, D]; k, v [n, Hkv, K, D], all float32 -> [n, Hkv, group * L, D].
at::Tensor AttendEqual(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const Size& size) {
  const auto [queries, keys] = size;
  at::Tensor scores = at::matmul(q, k.transpose(2, 3)).mul_(1.0 / std::sqrt(static_cast<double>(q.size(3))));
  if (queries > 1) {
    const auto options = at::TensorOptions().dtype(at::kLong).device(q.device());
    const at::Tensor last_seen = at::arange(queries, options).add_(keys - queries).unsqueeze(1);
    const at::Tensor hidden = at::arange(keys, options).unsqueeze(0).gt(last_seen);  // [L, K]
    const int64_t group = q.size(2) / queries;
    scores.view({q.size(0), q.size(1), group, queries, keys}).masked_fill_(hidden, -INFINITY);
  }
  return at::matmul(at::softmax(scores, -1), v);
}

}  // namespace

at::Tensor AttendByGroups(const Sequences& sequences, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  const int64_t heads = q.size(1), key_heads = k.size(1), head_dim = q.size(2), group = heads / key_heads;
  // Rows of no sequence are numbers too: products of the CPU in bf16 read beyond the end of a row, and weigh that with zero.
  at::Tensor out = at::zeros({q.size(0), heads * head_dim}, q.options());
  for (const auto& [size, members] : GroupBySize(sequences.list)) {
    const auto [queries, keys] = size;
    const size_t most = static_cast<size_t>(std::max<int64_t>(1, kMostScores / (heads * queries * keys)));
    for (size_t begin = 0; begin < members.size(); begin += most) {
      const size_t end = std::min(members.size(), begin + most);
      std::vector<int64_t> query_starts, key_starts;
      for (size_t index = begin; index < end; ++index) {
        query_starts.push_back(members[index].first_query);
        key_starts.push_back(members[index].first_key);
      }
      const int64_t count = static_cast<int64_t>(end - begin);
      const at::Tensor query_rows = RowsFrom(query_starts, queries, q.device());
      const at::Tensor key_rows = RowsFrom(key_starts, keys, q.device());
      const auto keys_of = [&, keys = keys](const at::Tensor& x) {
        return x.index_select(0, key_rows).to(at::kFloat).view({count, keys, key_heads, head_dim}).transpose(1, 2);
      };
      const at::Tensor asked = q.index_select(0, query_rows).to(at::kFloat).view({count, queries, key_heads, group, head_dim});
      const at::Tensor attended =
          AttendEqual(asked.permute({0, 2, 3, 1, 4}).reshape({count, key_heads, group * queries, head_dim}), keys_of(k), keys_of(v), size)
              .view({count, key_heads, group, queries, head_dim})
              .permute({0, 3, 1, 2, 4})
              .reshape({count * queries, heads * head_dim});
      out.index_copy_(0, query_rows, attended.to(q.scalar_type()));
    }
  }
  return out;
}

}  // namespace rerank
