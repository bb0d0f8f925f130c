#include "kernels.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "../errors.h"
#include "packed_weight.h"
#include "product_loops.h"

// One build for every x86-64, with the loops compiled a second time for AVX2 and FMA; the loader picks.
#if defined(__x86_64__)
#define RERANK_KERNEL __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define RERANK_KERNEL
#endif
#define RERANK_INLINE static inline __attribute__((always_inline))

namespace rerank {
namespace {

// Rows per task: about 64 KiB of floats, so that a task is worth a thread.
int64_t GrainRows(int64_t columns) { return std::max<int64_t>(1, 16384 / std::max<int64_t>(1, columns)); }

// Sixteen partial sums: one chain of additions would be as slow as its latency, and less exact.
RERANK_INLINE float SumOfSquares(const float* x, int64_t count) {
  float partial[16] = {};
  int64_t i = 0;
  for (; i + 16 <= count; i += 16)
    for (int j = 0; j < 16; ++j) partial[j] += x[i + j] * x[i + j];
  float sum = 0;
  for (; i < count; ++i) sum += x[i] * x[i];
  for (float part : partial) sum += part;
  return sum;
}

RERANK_INLINE float InverseRms(const float* x, int64_t count, float eps) {
  return 1.0f / std::sqrt(SumOfSquares(x, count) / static_cast<float>(count) + eps);
}

RERANK_KERNEL void NormRow(const float* x, const float* weight, float eps, int64_t count, float* out) {
  const float scale = InverseRms(x, count, eps);
  for (int64_t i = 0; i < count; ++i) out[i] = x[i] * scale * weight[i];
}

RERANK_KERNEL void AddNormRow(float* residual, const float* delta, const float* weight, float eps, int64_t count, float* out) {
  for (int64_t i = 0; i < count; ++i) residual[i] += delta[i];
  const float scale = InverseRms(residual, count, eps);
  for (int64_t i = 0; i < count; ++i) out[i] = residual[i] * scale * weight[i];
}

// Where a row of float32 is made: in place, or beside it to be written in the format of its rows while it is in the cache.
class RowOfFloats {
 public:
  RowOfFloats(const Rows& out, int64_t index) : out_(out), index_(index) {
    if (out.format != Format::kF32) made_.resize(static_cast<size_t>(out.columns));
  }
  float* data() const { return out_.format == Format::kF32 ? out_.floats(index_) : made_.data(); }
  void Write() const {
    if (out_.format != Format::kF32) WriteRow(made_.data(), out_, index_);
  }

 private:
  static thread_local std::vector<float> made_;
  const Rows& out_;
  const int64_t index_;
};

thread_local std::vector<float> RowOfFloats::made_;

RERANK_KERNEL void NormAndRotateHead(float* x, const float* weight, float eps, int64_t half, const float* cosines, const float* sines) {
  const float scale = InverseRms(x, 2 * half, eps);
  for (int64_t i = 0; i < half; ++i) {
    const float first = x[i] * scale * weight[i];
    const float second = x[i + half] * scale * weight[i + half];
    x[i] = first * cosines[i] - second * sines[i];
    x[i + half] = second * cosines[i] + first * sines[i];
  }
}

template <typename Element>
void CopyRows(const at::Tensor& table, const std::vector<int32_t>& ids, const Matrix& out) {
  const Element* values = static_cast<const Element*>(table.data_ptr());
  at::parallel_for(0, out.rows, 16, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const Element* row = values + static_cast<int64_t>(ids[static_cast<size_t>(r)]) * out.columns;
      for (int64_t c = 0; c < out.columns; ++c) out.row(r)[c] = static_cast<float>(row[c]);
    }
  });
}

}  // namespace

void Embed(const at::Tensor& table, const std::vector<int32_t>& ids, const Matrix& out) {
  for (const int32_t id : ids) {
    if (id < 0 || id >= table.size(0)) throw InvalidArgument("token id " + std::to_string(id) + " is outside the vocabulary");
  }
  if (table.scalar_type() == at::kBFloat16) return CopyRows<c10::BFloat16>(table, ids, out);
  if (table.scalar_type() == at::kHalf) return CopyRows<c10::Half>(table, ids, out);
  CopyRows<float>(table, ids, out);
}

void RmsNorm(const Matrix& x, const float* weight, float eps, const Rows& out) {
  at::parallel_for(0, x.rows, GrainRows(x.columns), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const RowOfFloats row(out, r);
      NormRow(x.row(r), weight, eps, x.columns, row.data());
      row.Write();
    }
  });
}

void AddRmsNorm(const Matrix& residual, const Matrix& delta, const float* weight, float eps, const Rows& out) {
  at::parallel_for(0, residual.rows, GrainRows(residual.columns), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const RowOfFloats row(out, r);
      AddNormRow(residual.row(r), delta.row(r), weight, eps, residual.columns, row.data());
      row.Write();
    }
  });
}

void AddBias(const Matrix& x, const float* bias) {
  at::parallel_for(0, x.rows, GrainRows(x.columns), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r)
      for (int64_t c = 0; c < x.columns; ++c) x.row(r)[c] += bias[c];
  });
}

void NormAndRotate(const Matrix& heads, const float* weight, float eps, int64_t head_dim, const Rotation& rotation) {
  const int64_t half = head_dim / 2;
  at::parallel_for(0, heads.rows, GrainRows(heads.columns), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const int64_t turn = rotation.positions[r] * half;
      for (int64_t c = 0; c < heads.columns; c += head_dim)
        NormAndRotateHead(heads.row(r) + c, weight, eps, half, rotation.cosines + turn, rotation.sines + turn);
    }
  });
}

void Swiglu(const Matrix& gate, const Matrix& up) {
  at::parallel_for(0, gate.rows, GrainRows(gate.columns), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) Loops().swiglu(gate.row(r), up.row(r), gate.columns, gate.row(r));
  });
}

void SwigluRows(const Rows& both, const Rows& out) {
  at::parallel_for(0, out.rows, GrainRows(out.columns), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const RowOfFloats row(out, r);
      if (both.format == Format::kBf16) {
        Products().swiglu_bf16(both.halves(r), both.halves(r) + out.columns, out.columns, row.data());
      } else {
        Loops().swiglu(both.floats(r), both.floats(r) + out.columns, out.columns, row.data());
      }
      row.Write();
    }
  });
}

void GatherRows(const Rows& x, const std::vector<int64_t>& rows, const Rows& out) {
  for (int64_t r = 0; r < out.rows; ++r) {
    const int64_t from = rows[static_cast<size_t>(r)];
    if (x.format != out.format) {
      WriteRow(x.floats(from), out, r);
      continue;
    }
    const int64_t numbers = x.format == Format::kF32 ? x.columns : x.stride;
    std::copy_n(x.bytes(from), numbers * BytesOf(x.format), out.bytes(r));
    if (x.format == Format::kInt8) out.scales[r] = x.scales[from];
  }
}

void PackKeys(const Matrix& keys, float* panels) {
  for (int64_t k = 0; k < keys.rows; ++k) {
    float* column = panels + k / kPanel * kPanel * keys.columns + k % kPanel;
    for (int64_t d = 0; d < keys.columns; ++d) column[d * kPanel] = keys.row(k)[d];
  }
  // The last panel's spare columns are computed and thrown away: they must be numbers.
  for (int64_t k = keys.rows; k < Panels(keys.rows) * kPanel; ++k) {
    float* column = panels + k / kPanel * kPanel * keys.columns + k % kPanel;
    for (int64_t d = 0; d < keys.columns; ++d) column[d * kPanel] = 0;
  }
}

void PackValues(const Matrix& values, float* panels) {
  for (int64_t c = 0; c < values.columns; c += kPanel) {
    const int64_t width = std::min(kPanel, values.columns - c);
    for (int64_t k = 0; k < values.rows; ++k) {
      float* row = panels + c * values.rows + k * kPanel;
      std::copy(values.row(k) + c, values.row(k) + c + width, row);
      std::fill(row + width, row + kPanel, 0.0f);
    }
  }
}

}  // namespace rerank
