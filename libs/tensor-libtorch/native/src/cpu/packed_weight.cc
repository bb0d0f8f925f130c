#include "packed_weight.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <vector>

#include "../errors.h"
#include "../huge_pages.h"
#include "product_loops.h"

namespace rerank {
namespace {

constexpr int64_t kTileBytes = 1024;
constexpr int64_t kTileColumns = kPanelColumns / 2;
constexpr int32_t kWeightLevels = 127;
constexpr Int8Range kEightBits{127, 128};
constexpr Int8Range kSevenBits{63, 64};
// Rows that are multiplied with a panel before the next one: they stay in the second cache, of which a core has 1 to 2 MB.
constexpr int64_t kCachedBytes = 1 << 20;
constexpr int64_t kTurns = 4;

int64_t Whole(int64_t value, int64_t multiple) { return (value + multiple - 1) / multiple * multiple; }

uint8_t* Allocate(int64_t bytes) {
  constexpr int64_t kHugePage = 2 << 20;
  const size_t size = static_cast<size_t>(Whole(bytes, bytes < kHugePage ? 64 : kHugePage));
  void* memory = std::aligned_alloc(bytes < kHugePage ? 64 : kHugePage, size);
  if (memory == nullptr) throw std::bad_alloc();
  PreferHugePages(memory, size);
  std::memset(memory, 0, size);
  return static_cast<uint8_t*>(memory);
}

bool Saturates() {
  alignas(64) uint8_t rows[kBlockRows][kPieceBytes];
  alignas(64) int8_t panel[2 * kTileBytes];
  alignas(64) int32_t zeros[kPanelColumns] = {};
  alignas(64) float ones[kPanelColumns], sums[kBlockRows][kPanelColumns];
  std::memset(rows, 255, sizeof rows);
  std::memset(panel, kWeightLevels, sizeof panel);
  std::fill_n(ones, kPanelColumns, 1.0f);
  Products().multiply_int8({rows[0], kPieceBytes, kBlockRows, 1, reinterpret_cast<uint8_t*>(panel), nullptr, zeros, ones, ones, sums,
                            kPanelColumns, kPanelColumns, false});
  return sums[0][0] != 255.0f * kWeightLevels * kPieceBytes;
}

uint16_t ToBf16(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

// Where column c of a row of the weight lies within its panel, in bytes: groups of 4 bytes, 16 rows side by side.
int64_t PlaceInPanel(int64_t row_of_panel, int64_t byte_of_row) {
  return byte_of_row / kPieceBytes * 2 * kTileBytes + row_of_panel / kTileColumns * kTileBytes +
         byte_of_row % kPieceBytes / 4 * kPieceBytes + row_of_panel % kTileColumns * 4 + byte_of_row % 4;
}

}  // namespace

Int8Range int8_range() {
  static const Int8Range range = Saturates() ? kSevenBits : kEightBits;
  return range;
}

int64_t StrideFor(Format format, int64_t columns) {
  const int64_t piece = kPieceBytes / BytesOf(format);
  return Whole(columns, piece) + piece;
}

PackedWeight::PackedWeight(Format format, int64_t rows, int64_t columns)
    : format_(format), rows_(rows), columns_(columns), panels_(nullptr, std::free), scales_(nullptr, std::free), sums_(nullptr, std::free) {
  panels_.reset(Allocate(Whole(rows, kPanelColumns) * pieces() * kPieceBytes));
  if (format != Format::kInt8) return;
  scales_.reset(Allocate(Whole(rows, kPanelColumns) * 4));
  sums_.reset(Allocate(Whole(rows, kPanelColumns) * 4));
}

int64_t PackedWeight::pieces() const { return Whole(columns_ * BytesOf(format_), kPieceBytes) / kPieceBytes; }

int64_t PackedWeight::bytes() const {
  const int64_t whole = Whole(rows_, kPanelColumns);
  return whole * pieces() * kPieceBytes + (format_ == Format::kInt8 ? whole * 8 : 0);
}

void PackedWeight::StoreNumbers(int64_t row, const int8_t* numbers, float scale) {
  uint8_t* place = panel(row / kPanelColumns);
  int32_t sum = 0;
  for (int64_t c = 0; c < columns_; ++c) {
    place[PlaceInPanel(row % kPanelColumns, c)] = static_cast<uint8_t>(numbers[c]);
    sum += numbers[c];
  }
  reinterpret_cast<float*>(scales_.get())[row] = scale;
  reinterpret_cast<int32_t*>(sums_.get())[row] = int8_range().zero_point * sum;
}

void PackedWeight::PackNumbers(int64_t first, int64_t count, const int8_t* numbers, const float* scales) {
  for (int64_t r = 0; r < count; ++r) StoreNumbers(first + r, numbers + r * columns_, scales[r]);
}

void PackedWeight::Pack(int64_t first, int64_t count, const float* values) {
  std::vector<int8_t> numbers(static_cast<size_t>(columns_));
  for (int64_t r = 0; r < count; ++r) {
    const float* row = values + r * columns_;
    if (format_ == Format::kBf16) {
      uint8_t* place = panel((first + r) / kPanelColumns);
      const int64_t within = (first + r) % kPanelColumns;
      for (int64_t c = 0; c < columns_; ++c) {
        const uint16_t number = ToBf16(row[c]);
        std::memcpy(place + PlaceInPanel(within, 2 * c), &number, sizeof number);
      }
      continue;
    }
    float largest = 1e-30f;
    for (int64_t c = 0; c < columns_; ++c) largest = std::max(largest, std::fabs(row[c]));
    const float factor = kWeightLevels / largest;
    for (int64_t c = 0; c < columns_; ++c) {
      numbers[static_cast<size_t>(c)] = static_cast<int8_t>(std::nearbyint(static_cast<double>(row[c]) * factor));
    }
    StoreNumbers(first + r, numbers.data(), largest / kWeightLevels);
  }
}

void PackedWeight::Multiply(const Rows& x, const Rows& out) const {
  if (x.format != format_ || x.columns != columns_ || out.format == Format::kInt8) {
    throw InvalidArgument(std::string("a weight in ") + NameOf(format_) + " was given rows in " + NameOf(x.format));
  }
  const ProductLoops& loops = Products();
  const auto multiply = format_ == Format::kBf16 ? loops.multiply_bf16 : loops.multiply_int8;
  const int64_t panels = (rows_ + kPanelColumns - 1) / kPanelColumns;
  const int64_t rows_at_once = std::max(kBlockRows, kCachedBytes / (x.stride * BytesOf(x.format)) / kBlockRows * kBlockRows);
  // Neighbours in memory, so that threads do not write to the same lines; several turns each, for one may be held up.
  const int64_t panels_at_once = std::max<int64_t>(1, panels / (kTurns * at::get_num_threads()));
  const float* scales = reinterpret_cast<const float*>(scales_.get());
  const int32_t* sums = reinterpret_cast<const int32_t*>(sums_.get());
  const int64_t groups = (panels + panels_at_once - 1) / panels_at_once;
  const int64_t turns = (x.rows + rows_at_once - 1) / rows_at_once * groups;
  std::atomic<int64_t> next{0};
  at::parallel_for(0, at::get_num_threads(), 1, [&](int64_t, int64_t) {
    for (int64_t turn = next.fetch_add(1); turn < turns; turn = next.fetch_add(1)) {
      const int64_t row = turn / groups * rows_at_once;
      const int64_t count = std::min(rows_at_once, x.rows - row);
      const int64_t first = turn % groups * panels_at_once, end = std::min(first + panels_at_once, panels);
      for (int64_t index = first; index < end; ++index) {
        const int64_t column = index * kPanelColumns;
        multiply({x.bytes(row), x.stride * BytesOf(format_), count, pieces(), panel(index), index + 1 < panels ? panel(index + 1) : nullptr,
                  sums == nullptr ? nullptr : sums + column, scales == nullptr ? nullptr : scales + column,
                  x.scales == nullptr ? nullptr : x.scales + row, out.bytes(row) + column * BytesOf(out.format), out.stride,
                  std::min(kPanelColumns, rows_ - column), out.format == Format::kBf16});
      }
    }
  });
}

void WriteRow(const float* row, const Rows& out, int64_t index) {
  if (out.format == Format::kF32) {
    std::copy(row, row + out.columns, out.floats(index));
  } else if (out.format == Format::kBf16) {
    Products().write_bf16(row, out.columns, out.bytes(index));
  } else {
    const Int8Range range = int8_range();
    out.scales[index] = Products().write_int8(row, out.columns, range.levels, range.zero_point, out.bytes(index));
  }
}

void WriteRows(const Matrix& rows, const Rows& out) {
  at::parallel_for(0, rows.rows, std::max<int64_t>(1, 16384 / std::max<int64_t>(1, rows.columns)), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) WriteRow(rows.row(r), out, r);
  });
}

}  // namespace rerank
