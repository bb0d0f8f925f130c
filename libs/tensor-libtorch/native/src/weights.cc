#include "weights.h"

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "errors.h"
#include "cpu/huge_pages.h"
#include "cpu/product_loops.h"
#include "device/quantised.h"

namespace rerank {
namespace {

// A read-only mapping of a range of a file; whole pages, as mmap wants it.
class Mapping {
 public:
  Mapping(const std::string& path, int64_t offset, int64_t length) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) throw InvalidArgument(path + " cannot be opened");
    struct stat status = {};
    const bool known = ::fstat(descriptor, &status) == 0;
    const int64_t page = ::sysconf(_SC_PAGESIZE);
    const int64_t start = offset / page * page;
    if (known && offset + length <= status.st_size) {
      length_ = static_cast<size_t>(offset + length - start);
      address_ = ::mmap(nullptr, length_, PROT_READ, MAP_PRIVATE, descriptor, start);
    }
    ::close(descriptor);
    if (address_ == MAP_FAILED) throw InvalidArgument(path + " cannot be mapped; is it truncated?");
    data_ = static_cast<char*>(address_) + (offset - start);
  }
  ~Mapping() { ::munmap(address_, length_); }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  void* data() const { return data_; }

 private:
  void* address_ = MAP_FAILED;
  size_t length_ = 0;
  void* data_ = nullptr;
};

// The stored elements as a tensor; a mapping lives as long as the tensor.
at::Tensor View(const StoredMatrix& part) {
  const auto options = at::TensorOptions().dtype(part.dtype);
  if (part.path.empty()) {
    return at::from_blob(const_cast<void*>(part.bytes), {part.rows, part.columns}, options);
  }
  auto mapping = std::make_shared<Mapping>(part.path, part.offset, part.byte_length());
  return at::from_blob(mapping->data(), {part.rows, part.columns}, [mapping](void*) {}, options);
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

void Table::Gather(const std::vector<int32_t>& ids, const Matrix& out) const {
  for (const int32_t id : ids) {
    if (id < 0 || id >= values.size(0)) throw InvalidArgument("token id " + std::to_string(id) + " is outside the vocabulary");
  }
  switch (values.scalar_type()) {
    case at::kBFloat16:
      return CopyRows<c10::BFloat16>(values, ids, out);
    case at::kHalf:
      return CopyRows<c10::Half>(values, ids, out);
    default:
      return CopyRows<float>(values, ids, out);
  }
}

namespace {

std::shared_ptr<const PackedWeight> Pack(const std::vector<StoredMatrix>& parts, int64_t rows, Format format) {
  auto packed = std::make_shared<PackedWeight>(format, rows, parts[0].columns);
  int64_t first = 0;
  for (const StoredMatrix& part : parts) {
    const at::Tensor view = View(part);
    at::parallel_for(0, part.rows, kPanelColumns, [&](int64_t begin, int64_t end) {
      const c10::InferenceMode guard;
      // A few rows at a time: a float32 copy of the whole would be as much memory again.
      for (int64_t row = begin; row < end; row += kPanelColumns) {
        const int64_t count = std::min(kPanelColumns, end - row);
        packed->Pack(first + row, count, view.narrow(0, row, count).to(at::kFloat).contiguous().data_ptr<float>());
      }
    });
    first += part.rows;
  }
  return packed;
}

}  // namespace

Weight LoadWeight(const std::vector<StoredMatrix>& parts, const Placement& placement, Format format) {
  const c10::InferenceMode guard;
  int64_t rows = 0;
  for (const StoredMatrix& part : parts) {
    if (part.columns != parts[0].columns) throw InvalidArgument("the parts of a weight must have equal columns");
    rows += part.rows;
  }
  if (format != Format::kF32 && rows > 1 && !placement.tensors) return {{}, {}, Pack(parts, rows, format)};
  const bool quantised = placement.format == Format::kFp8 && rows > 1 && Quantisable(rows, parts[0].columns);
  const at::ScalarType dtype = rows == 1 || quantised ? at::kFloat : placement.dtype;
  at::Tensor values = at::empty({rows, parts[0].columns}, placement.options().dtype(dtype));
  if (placement.device.is_cpu()) PreferHugePages(values.data_ptr(), values.nbytes());
  int64_t row = 0;
  for (const StoredMatrix& part : parts) {
    values.narrow(0, row, part.rows).copy_(View(part));
    row += part.rows;
  }
  if (!quantised) return {values, {}, {}};
  const QuantisedRows in_8_bits = QuantiseRows(values);
  return {in_8_bits.values, in_8_bits.scales, {}};
}

Table LoadTable(const StoredMatrix& part, const Placement& placement) {
  const c10::InferenceMode guard;
  const at::Tensor view = View(part);
  if (!placement.device.is_cpu()) return {view.to(placement.device)};
  return {part.path.empty() ? view.clone() : view};
}

}  // namespace rerank
